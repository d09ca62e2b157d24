"""Records that change nothing, or only some fields of the row that their key names, recognised early.

Most records of an edited file are like that. What is said of them here is what the long way would say
(`bake.compiler.batch`), which gets all others, and whatever is doubtful; so this changes how long a compilation takes,
and nothing else. A law in tests/laws holds the two ways together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bake.catalog.model import ID, Column
from bake.catalog.names import near
from bake.catalog.row import Row
from bake.catalog.values import Json, Text, Uuid, same, shown
from bake.compiler.binding import Binding
from bake.compiler.layout import Known, Layout, Parent, Unfit
from bake.compiler.scope import Scope
from bake.sources.model import Record

#: How many rows that others refer to are remembered as tuples.
_REMEMBERED = 20_000


@dataclass(slots=True)
class Recognised:
    """A record and the row that it is about.

    Attributes:
        record: the record.
        known: the id of the row, and the fields that matter.
        fields: which those are.
        edits: what the record asks to change there: canonical values by field.
    """

    record: Record
    known: Known
    fields: tuple[str, ...]
    edits: dict[str, Json]

    @property
    def id(self) -> int:
        """The id of the row."""
        return int(self.known[0])

    @property
    def row(self) -> Row:
        """The row, with the fields that matter."""
        return Row(self.id, dict(zip(self.fields, self.known[1:], strict=True)))


@dataclass(slots=True)
class Sorted:
    """The records of a batch, each kind in the order of the source.

    Attributes:
        rest: those that go the long way.
        unchanged: those that change nothing.
        edited: those that change fields of their row.
        fields: what is known of each row, after its id.
    """

    fields: tuple[str, ...]
    rest: list[Record] = field(default_factory=list)
    unchanged: list[tuple[Record, Known]] = field(default_factory=list)
    edited: list[Recognised] = field(default_factory=list)


class Recognition:
    """Recognises records of one section, batch by batch."""

    def __init__(self, scope: Scope, binding: Binding) -> None:
        self._scope = scope
        self._binding = binding
        self._key = _key_column(binding) if scope.options.mode != "skip-existing" else None
        self.fields = _fields(binding)
        at = {(name,): place for place, name in enumerate((ID, *self.fields)) if name in (ID, "uuid")}
        self._identity = [(column.name, at[column.path]) for column in binding.view.columns if column.path in at]
        self._layouts: dict[tuple[str, ...], tuple[Layout | None, tuple[str, ...]]] = {}

    def sort(self, records: list[Record]) -> Sorted:
        """Tell the records of a batch apart, and note columns that the view does not have."""
        rows = self._rows(records, self._key) if self._key else {}
        name = self._key.name if self._key else ""
        bases = self._scope.base.find(name, list(rows)) if self._scope.base and rows else {}
        result = Sorted(self.fields)
        for record in records:
            layout, unknown = self._layout(tuple(record.value))
            for column in unknown:
                self._note(column, record.number)
            row = rows.get(key) if type(key := record.value.get(name)) is str else None
            edits = self._asked(layout, record, row, bases.get(key)) if layout and row else None
            if row is None or edits is None:
                result.rest.append(record)
            elif edits:
                result.edited.append(Recognised(record, row, self.fields, edits))
            else:
                result.unchanged.append((record, row))
        return result

    def _rows(self, records: list[Record], column: Column) -> Mapping[Json, Known]:
        """By key, the rows of which exactly one record of the batch has the key."""
        said = [key for record in records if type(key := record.value.get(column.name)) is str and _storable(key)]
        once = [(key,) for key, times in Counter(said).items() if times == 1]
        entity = self._binding.entity
        if not once:
            return {}
        found = self._scope.snapshot.tuples(entity.name, (column.path[0],), once, self.fields)
        rows = {key: rows[0] for (key,), rows in found.items() if len(rows) == 1}
        self._fetch_parents(rows.values())
        return rows

    def _fetch_parents(self, rows: Iterable[Known]) -> None:
        for name, below in self._binding.shape.items():
            target = self._binding.entity.references[name]
            at = self.fields.index(name) + 1
            ids = {row[at] for row in rows} - {None}
            self._scope.keys.fetch(target, ids)
            if below:
                parents = [row for id_ in ids if (row := self._scope.keys.known(target, id_))]
                self._scope.keys.fetch_parents(target, parents, below)

    def _asked(
        self, layout: Layout, record: Record, row: Known, base: Mapping[str, Json] | None
    ) -> dict[str, Json] | None:
        """What a record asks to change; None where only the long way can tell."""
        if self._scope.base is None:
            return self._edits(layout, record, row)
        return {} if base is not None and self._is_as_exported(record.value, base, row) else None

    def _is_as_exported(self, value: Mapping[str, Json], base: Mapping[str, Json], row: Known) -> bool:
        """Whether a record is what the export wrote for this very row, so that whatever the row is now, it stays."""
        return all(value.get(name) in (None, row[at]) for name, at in self._identity) and all(
            name in base and same(raw, base[name]) for name, raw in value.items()
        )

    def _edits(self, layout: Layout, record: Record, row: Known) -> dict[str, Json] | None:
        said = tuple(record.value.values())
        around: tuple[Json, ...] = ()
        for parent in layout.parents:
            id_ = row[parent.at]
            values = parent.known[id_] if id_ in parent.known else self._read(parent, id_)
            if values is None or (parent.by_id is not None and not self._is_of(parent, said[parent.by_id], row)):
                return None
            around += values
        return layout.edits(said, row, around)

    def _layout(self, names: tuple[str, ...]) -> tuple[Layout | None, tuple[str, ...]]:
        """How records with these columns compare, if they can be; and which of the columns the view does not have."""
        if (known := self._layouts.get(names)) is not None:
            return known
        ids = self._scope.ids_are_its_own
        try:
            layout = Layout(self._scope.catalog, self._binding, self.fields, names, ids=ids)
        except Unfit:
            layout = None
        result = layout, tuple(name for name in names if name not in self._binding.view.by_name)
        if len(self._layouts) < _REMEMBERED:
            self._layouts[names] = result
        return result

    def _note(self, name: str, record: int) -> None:
        view = self._binding.view
        meant = near(name, view.by_name)
        hint = f"; did you mean {meant}?" if meant else ""
        self._scope.notices.add("unknown_field", f"{shown(name)} is no column of {view.name}{hint}", record)

    def _read(self, parent: Parent, id_: int | None) -> tuple[Json, ...] | None:
        """What a row that is referred to has at the ends of the paths; None if it is not there."""
        if len(parent.known) > _REMEMBERED:
            parent.known.clear()
        row = self._scope.keys.known(parent.entity, id_) if id_ is not None else None
        if row is not None:
            parent.known[id_] = tuple(self._at(parent.entity, row, path) for path in parent.paths)
        else:
            parent.known[id_] = (None,) * len(parent.paths) if id_ is None else None
        return parent.known[id_]

    def _at(self, entity: str, row: Row, path: tuple[str, ...]) -> Json:
        value, below = row.values.get(path[0]), path[1:]
        if not below or value is None:
            return value
        target = self._scope.catalog.entities[entity].references[path[0]]
        parent = self._scope.keys.known(target, value)
        return None if parent is None else self._at(target, parent, below)

    def _is_of(self, parent: Parent, raw: Json, row: Known) -> bool:
        """Whether an id that a document gives is that of its record about the row that is referred to."""
        named = self._scope.fresh.in_document(parent.entity, raw)
        return raw is None or (isinstance(named, int) and named == row[parent.at])


def _storable(key: str) -> bool:
    """Whether a database could be asked for a text: no NUL, no half of a surrogate pair."""
    return key.isprintable()


def _key_column(binding: Binding) -> Column | None:
    """The column by which rows are found: the uuid where records carry it, else the first key of one text."""
    by_path = {column.path: column for column in binding.view.columns if column.exported}
    single = [key for key in binding.entity.identities if len(key) == 1]
    keys = [key for key in single if isinstance(binding.entity.fields[key[0]].type, Text | Uuid)]
    return next((by_path[key] for key in keys if key in by_path), None)


def _fields(binding: Binding) -> tuple[str, ...]:
    """What has to be known of a row: what the view shows of it, and by what it is called."""
    item = binding.entity
    shown = {path[0] for column in binding.view.columns for path in column.paths}
    first = item.portable_keys[:1]  # the one that rows are called by, unless they may lack it
    lacking = any(item.fields[name].nullable for key in first for name in key)
    keys = {name for key in (item.portable_keys if lacking else first) for name in key}
    return tuple(name for name in item.fields if name in shown | keys or f"{{{name}}}" in item.label)

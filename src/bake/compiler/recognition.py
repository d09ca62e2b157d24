"""Records that change nothing, or only some fields of the row that their key names, recognised early.

Most records of an edited file are like that. What is said of them here is what the long way would say
(`bake.compiler.batch`), which gets all others, and whatever is doubtful; so this changes how long a compilation takes,
and nothing else. A law in tests/laws holds the two ways together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import compress, islice
from operator import attrgetter, itemgetter, not_

from bake.catalog.model import ID, Column
from bake.catalog.names import near
from bake.catalog.row import Row
from bake.catalog.values import Json, Text, Uuid, same, shown
from bake.compiler.around import Around
from bake.compiler.base import Base
from bake.compiler.binding import Binding
from bake.compiler.layout import Known, Layout, Unfit
from bake.compiler.pending import Pending
from bake.compiler.scope import Scope
from bake.sources.model import Record

#: How many records are compared together: with their rows, no more than a processor keeps near.
_PIECE = 500

#: How many forms of records are remembered.
_REMEMBERED = 20_000

_NUMBER = attrgetter("number")


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
    """The records of a batch. Of those that change nothing, which are most, little is kept.

    Attributes:
        rest: those that go the long way, in the order of the source.
        unchanged: those that change nothing: the record's number, the id of its row, and the id that it carries.
        edited: those that change fields of their row.
        new: those about a row that is certainly new.
        fields: what is known of each row, after its id.
    """

    fields: tuple[str, ...]
    rest: list[Record] = field(default_factory=list)
    unchanged: list[tuple[int, int, Json]] = field(default_factory=list)
    edited: list[Recognised] = field(default_factory=list)
    new: list[Pending] = field(default_factory=list)

    def add(self, record: Record, row: Known, edits: dict[str, Json] | None) -> None:
        """Add a record by what it asks to change on its row; None where only the long way can tell."""
        if edits is None:
            self.rest.append(record)
        elif edits:
            self.edited.append(Recognised(record, row, self.fields, edits))
        else:
            self.leave([(record, row)])

    def leave(self, those: Iterable[tuple[Record, Known]]) -> None:
        """Add records that change nothing on their rows."""
        self.unchanged += ((record.number, row[0], record.value.get(ID)) for record, row in those)


class Recognition:
    """Recognises records of one section, batch by batch."""

    def __init__(self, scope: Scope, binding: Binding) -> None:
        self._scope = scope
        self._binding = binding
        self._key = _key_column(binding) if scope.options.mode != "skip-existing" else None
        self.fields = _fields(binding, self._key.path[0] if self._key else "")
        self._around = Around(scope, binding, self.fields)
        at = {(name,): place for place, name in enumerate((ID, *self.fields)) if name in (ID, "uuid")}
        self._identity = [(column.name, at[column.path]) for column in binding.view.columns if column.path in at]
        self._layouts: dict[tuple[str, ...], tuple[Layout | None, tuple[str, ...]]] = {}

    def sort(self, records: Iterable[Record]) -> Sorted:
        """Tell the records of a batch apart as they are read, and note columns that the view does not have."""
        rest, result = iter(records), Sorted(self.fields)
        while piece := list(islice(rest, _PIECE)):
            self._sort(result, piece, self._keys(piece))
        result.rest.sort(key=_NUMBER)
        return result

    def _keys(self, records: list[Record]) -> list[str | None]:
        """Of each record, the key by which its row is to be found; None if it has none, or another has it, too."""
        name = self._key.name if self._key else ""
        said = [key if type(key := record.value.get(name)) is str else None for record in records]
        times = Counter(said)
        return [key if key is not None and times[key] == 1 and _storable(key) else None for key in said]

    def _sort(self, result: Sorted, records: list[Record], keys: list[str | None]) -> None:
        rows = self._rows([key for key in keys if key is not None], self._key) if self._key else {}
        forms = defaultdict[tuple[str, ...], list[tuple[Record, Known | None]]](list)
        for record, key in zip(records, keys, strict=True):
            forms[tuple(record.value)].append((record, rows.get(key)))
        self._note_unknown(forms)
        for names, those in forms.items():
            layout, _ = self._layout(names)
            found = [(record, row) for record, row in those if layout and row]
            if len(found) < len(those):
                result.rest += (record for record, row in those if not (layout and row))
            if layout and found:
                self._compare(result, layout, found)

    def _compare(self, result: Sorted, layout: Layout, found: list[tuple[Record, Known]]) -> None:
        """Tell records with the same columns apart."""
        if self._scope.base is not None:
            alike = self._are_as_exported(self._scope.base, found)
            result.leave(compress(found, alike))
            result.rest += (record for record, _ in compress(found, map(not_, alike)))
            return
        said = [tuple(record.value.values()) for record, _ in found]
        rows = [row for _, row in found]
        around = self._around.of(layout.parents, said, rows)
        alike = layout.alike(said, rows, around)
        result.leave(compress(found, alike))
        for (record, row), one, those in compress(zip(found, said, around, strict=True), map(not_, alike)):
            result.add(record, row, layout.edits(one, row, those))

    def _are_as_exported(self, base: Base, found: list[tuple[Record, Known]]) -> list[bool]:
        """Of records and their rows, which are what the export wrote for these very rows."""
        name = self._key.name if self._key else ""
        exported = base.find(name, [record.value[name] for record, _ in found])
        return [
            (those := exported.get(record.value[name])) is not None and self._is_as_exported(record.value, those, row)
            for record, row in found
        ]

    def _rows(self, keys: list[str], column: Column) -> Mapping[str | None, Known]:
        """The rows that alone have one of these keys, by key, and all to which they refer."""
        if not keys:
            return {}
        found = self._scope.snapshot.tuples(
            self._binding.entity.name, (column.path[0],), [(key,) for key in keys], self.fields
        )
        rows = {key: rows[0] for (key,), rows in found.items() if len(rows) == 1}
        self._around.fetch(rows.values())
        return rows

    def _is_as_exported(self, value: Mapping[str, Json], base: Mapping[str, Json], row: Known) -> bool:
        """Whether a record is what the export wrote for this very row, so that whatever the row is now, it stays."""
        return all(value.get(name) in (None, row[at]) for name, at in self._identity) and all(
            name in base and same(raw, base[name]) for name, raw in value.items()
        )

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

    def _note_unknown(self, forms: Mapping[tuple[str, ...], list[tuple[Record, Known | None]]]) -> None:
        """Note the columns that the view does not have, record by record."""
        unknown = [(those, name) for names, those in forms.items() for name in self._layout(names)[1]]
        noted = [(record.number, name) for those, name in unknown for record, _ in those]
        for number, name in sorted(noted, key=itemgetter(0)):
            self._note(name, number)

    def _note(self, name: str, record: int) -> None:
        view = self._binding.view
        meant = near(name, view.by_name)
        hint = f"; did you mean {meant}?" if meant else ""
        self._scope.notices.add("unknown_field", f"{shown(name)} is no column of {view.name}{hint}", record)


def _storable(key: str) -> bool:
    """Whether a database could be asked for a text: no NUL, no half of a surrogate pair."""
    return key.isprintable()


def _key_column(binding: Binding) -> Column | None:
    """The column by which rows are found: the uuid where records carry it, else the first key of one text."""
    by_path = {column.path: column for column in binding.view.columns if column.exported}
    single = [key for key in binding.entity.identities if len(key) == 1]
    keys = [key for key in single if isinstance(binding.entity.fields[key[0]].type, Text | Uuid)]
    return next((by_path[key] for key in keys if key in by_path), None)


def _fields(binding: Binding, by: str) -> tuple[str, ...]:
    """What has to be known of a row that is found by a field: what the view shows of it, and by what it is called."""
    item = binding.entity
    shown = {path[0] for column in binding.view.columns for path in column.paths}
    first = item.portable_keys[:1]  # the one that rows are called by, unless they may lack it
    lacking = any(item.fields[name].nullable and name != by for key in first for name in key)
    keys = {name for key in (item.portable_keys if lacking else first) for name in key}
    return tuple(name for name in item.fields if name in shown | keys or f"{{{name}}}" in item.label)

"""Match and compare, first look: a batch is compared as it stands, a column after the other, before anything is read.

    a text key that only this record has finds a row
        and all that the record says is what that row has       unchanged: nothing more is made of it
        but some columns differ                                 known: its row, and which columns have to be read
        but the columns that identify it differ                 rest: all of it is read, and it is identified anew
    otherwise                                                   rest

So what most records of an edited file are costs next to nothing. This only decides what certainly asks for nothing;
whatever else there is goes on to `bake.compiler.batch`. A law in tests/laws compiles the same sources without this
first look, to the same changesets.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, compress, count, pairwise
from operator import attrgetter

import msgspec

from bake.catalog.base_digest import BASE
from bake.catalog.entity import ID
from bake.catalog.field_types import Text, Uuid
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.catalog.view import Column
from bake.compiler.context import Context
from bake.compiler.drafting.parent_values import ParentValues
from bake.compiler.matching.column_batch import ColumnBatch, column_batches
from bake.compiler.matching.comparison_plan import Columns, ComparisonPlan, Nulls, RowValues, UnsupportedColumns
from bake.compiler.reading.binding import Binding
from bake.sources.model import Batch, Record

#: How many forms of records are remembered.
_REMEMBERED = 20_000

_NUMBER = attrgetter("number")


class KnownRow(msgspec.Struct, frozen=True):
    """The row that a record is about, as its key says, and in what the record differs from it.

    Attributes:
        row: with the fields that the records of the batch speak of, and those that name it.
        columns: the columns of the record that have to be read; what the others say is what the row has.
    """

    row: Row
    columns: frozenset[str]


@dataclass(slots=True)
class ComparedBatch:
    """The records of a batch after the first look. Of those that change nothing, which are most, little is kept.

    Attributes:
        unchanged: the numbers of those that change nothing.
        rows: the ids of their rows.
        carried: the ids that they carry themselves; of any, if that matters.
        rest: all others, in the order of the source.
        known: of those among the rest whose row is known, by the number of the record, that row.
        unknown: columns that the view does not have, each with the number of a record, in the order of those.
    """

    unchanged: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    carried: list[Json] = field(default_factory=list)
    rest: list[Record] = field(default_factory=list)
    known: dict[int, KnownRow] = field(default_factory=dict)
    unknown: list[tuple[int, str]] = field(default_factory=list)


class RowMatcher:
    """Matches the records of one section with their rows and compares them as they stand, batch by batch."""

    def __init__(self, context: Context, binding: Binding) -> None:
        self._context = context
        self._binding = binding
        self._keys_by_rank = _key_columns(context, binding)
        self._key: Column | None = None
        self._identifying = _identifying(binding)
        self._ids = _ids(context, binding)
        self._parents = ParentValues(context, binding)
        self._seen: set[str] = set()
        self._fields: tuple[str, ...] = ()
        self._plans: dict[tuple[str, ...], ComparisonPlan | None] = {}

    def compare(self, batch: Batch) -> ComparedBatch:
        """Tell the records of a batch apart as they are read."""
        result = ComparedBatch()
        for piece in column_batches(batch):
            self._note_unknown(result, piece)
            self._compare(result, piece)
        result.rest.sort(key=_NUMBER)
        return result

    def _compare(self, result: ComparedBatch, piece: list[ColumnBatch]) -> None:
        self._see(piece)
        for alike, positions, rows in self._with_rows(piece):
            plan = self._plan(alike.names) if positions else None
            if plan is None:
                result.rest += map(alike.record, range(len(alike.values)))
                continue
            result.rest += alike.rest(positions)
            self._compare_with_rows(result, plan, alike.some(positions), rows)

    def _with_rows(self, piece: list[ColumnBatch]) -> Iterator[tuple[ColumnBatch, Sequence[int], Columns]]:
        """The records, the places of those whose row is known, and the columns of these rows."""
        keys = [key for alike in piece for key in self._keys(alike)]
        positions = _asked(keys)
        found: Sequence[int] = []
        rows: Columns = []
        if positions:
            item, by = self._binding.entity.name, self._field
            asked = [keys[n] for n in positions] if len(positions) < len(keys) else keys
            found, rows = self._context.snapshot.columns(item, by, asked, self._fields)
            found = [positions[n] for n in found] if len(positions) < len(keys) else found
        borders = pairwise(accumulate((len(alike.values) for alike in piece), initial=0))
        for alike, (begin, end) in zip(piece, borders, strict=True):
            first, last = bisect_left(found, begin), bisect_left(found, end)
            theirs = rows if last - first == len(found) else [column[first:last] for column in rows]
            yield alike, [n - begin for n in found[first:last]], theirs

    @property
    def _field(self) -> str:
        """By which field rows are found."""
        return self._key.path[0] if self._key else ""

    def _keys(self, alike: ColumnBatch) -> Sequence[Json]:
        """Of each record, the key by which its row is to be found; null if it has none."""
        if self._key is None or self._key.name not in alike.names:
            return [None] * len(alike.values)
        position = alike.names.index(self._key.name)
        return [one[position] for one in alike.values]

    def _compare_with_rows(
        self, result: ComparedBatch, plan: ComparisonPlan, alike: ColumnBatch, rows: Columns
    ) -> None:
        """Compare records with the same columns with their rows."""
        said = list(zip(*alike.values, strict=True))
        differing = plan.differing(said, rows, self._parents.disagreeing, self._nulls(alike.names))
        for n in self._with_edited_computed(alike.names, said):
            _ = differing[n]
        same = bytearray(b"\1") * len(alike.values)
        for n in sorted(differing):
            same[n] = 0
            record = alike.record(n)
            result.rest.append(record)
            if self._identifying.isdisjoint(differing[n]):
                read = differing[n].union(self._ids.intersection(alike.names))
                result.known[record.number] = self._known_row(tuple([column[n] for column in rows]), read)
        result.unchanged += compress(alike.numbers, same) if differing else alike.numbers
        result.rows += compress(rows[0], same) if differing else rows[0]
        if self._context.ids_are_of_source:
            result.carried += map(alike.carried, compress(count(), same))

    def _known_row(self, values: RowValues, columns: set[str]) -> KnownRow:
        id_, *others = values
        assert isinstance(id_, int)
        return KnownRow(Row(id_, dict(zip(self._fields, others, strict=True))), frozenset(columns))

    def _nulls(self, names: Sequence[str]) -> Nulls:
        """Whether records with these columns may mean something by a null: they do if they are of an export."""
        is_export = self._binding.base is not None and (BASE in names or self._context.source.is_export)
        return Nulls.COUNT if is_export else Nulls.SAY_NOTHING

    def _with_edited_computed(self, names: Sequence[str], said: Columns) -> Iterator[int]:
        """The records with a value in a computed column that was not exported, as far as their base can be told."""
        base = self._binding.base
        if base is None or BASE not in names:
            return
        bases = said[names.index(BASE)]
        for name in self._binding.computed:
            if name in names:
                yield from base.differing(name, bases, said[names.index(name)])

    def _see(self, piece: list[ColumnBatch]) -> None:
        """Choose by which key rows are looked up, and have more of their fields if these records have more columns."""
        names = {name for alike in piece for name in alike.names if name in self._binding.view.by_name}
        key = next((column for column in self._keys_by_rank if column.name in names), None)
        if not names <= self._seen or key is not self._key:
            self._seen |= names
            self._key = key
            self._fields = _fields(self._binding, self._field, self._seen)
            self._plans.clear()

    def _plan(self, names: tuple[str, ...]) -> ComparisonPlan | None:
        """How records with these columns compare, if they can be."""
        if names not in self._plans:
            if len(self._plans) == _REMEMBERED:
                self._plans.clear()
            context = self._context
            try:
                self._plans[names] = ComparisonPlan(
                    context.catalog, self._binding, self._fields, names, ids=context.ids_are_of_source
                )
            except UnsupportedColumns:
                self._plans[names] = None
        return self._plans[names]

    def _note_unknown(self, result: ComparedBatch, piece: list[ColumnBatch]) -> None:
        """Note the columns that the view does not have and that say something, record by record."""
        known = {*self._binding.view.by_name, BASE}
        there = ((alike, [(n, name) for n, name in enumerate(alike.names) if name not in known]) for alike in piece)
        result.unknown += sorted(
            (
                (number, name)
                for alike, unknown in there
                if unknown
                for number, said in zip(alike.numbers, alike.values, strict=True)
                for n, name in unknown
                if said[n] is not None
            ),
            key=lambda noted: noted[0],
        )


def _asked(keys: Sequence[Json]) -> Sequence[int]:
    """The places of keys by which a row can be found: texts that no other record has, and that can be stored."""
    if set(map(type, keys)) == {str} and len(set(keys)) == len(keys) and _storable("".join(keys)):
        return range(len(keys))
    times = Counter(key for key in keys if type(key) is str)
    return [n for n, key in enumerate(keys) if type(key) is str and times[key] == 1 and _storable(key)]


def _storable(key: str) -> bool:
    """Whether a database could be asked for a text: no NUL, no half of a surrogate pair."""
    return key.isprintable()


def _key_columns(context: Context, binding: Binding) -> list[Column]:
    """The columns by which rows can be found, the best first: the uuid, then each key of one text."""
    if context.options.mode == "skip-existing":
        return []  # there, whether a row is there is all that counts
    by_path = {column.path: column for column in binding.view.columns if column.exported}
    single = [key for key in binding.entity.identities if len(key) == 1]
    keys = [key for key in single if isinstance(binding.entity.fields[key[0]].type, Text | Uuid)]
    return [by_path[key] for key in keys if key in by_path]


def _fields(binding: Binding, by: str, names: set[str]) -> tuple[str, ...]:
    """What has to be known of a row: what such records say, by what it is found, and what it is called."""
    item = binding.entity
    said = {column.path[0] for column in binding.view.columns if column.name in names and column.path}
    first = item.portable_keys[:1]  # the one that rows are called by, unless they may lack it
    lacking = any(item.fields[name].nullable and name != by for key in first for name in key)
    keys = {name for key in (item.portable_keys if lacking else first) for name in key}
    return tuple(name for name in item.fields if name in said | keys | {by, "uuid"} or f"{{{name}}}" in item.label)


def _identifying(binding: Binding) -> frozenset[str]:
    """The columns that alone may name another row: id, uuid, keys of one field."""
    single = {(ID,), *(key for key in binding.entity.identities if len(key) == 1)}
    return frozenset(column.name for column in binding.view.columns if column.path in single)


def _ids(context: Context, binding: Binding) -> frozenset[str]:
    """The columns that are always read: the record's id, where others of the source refer to it by that."""
    return frozenset(c.name for c in binding.view.columns if c.path == (ID,) and context.ids_are_of_source)

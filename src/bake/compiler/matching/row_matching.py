"""Row matching: compares a batch with the database by columns of raw values, before any value is parsed.

    the record                                                  becomes
    has a text key that no other record has, and it finds a row:
        all values of the record equal those of the row         unchanged: it is only counted
        some columns differ                                     known: its row, and the columns that have to be parsed
        columns that identify the row differ                    rest: it is parsed as a whole, and identified again
    any other                                                   rest

Most records of an edited file are unchanged, and cost little. Row matching is cautious: what is not certainly equal
goes on to `bake.compiler.batch`. A law in tests/laws compiles the same sources to the same changesets without it.
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

#: How many comparison plans are cached: one for each combination of columns.
_CACHED_PLANS = 20_000

_NUMBER = attrgetter("number")


class KnownRow(msgspec.Struct, frozen=True):
    """The row that the key of a record names, and the columns in which they may differ.

    Attributes:
        row: the row, with the fields that the records of the batch have, and those that name it.
        columns: the columns of the record that have to be parsed; the values of the others equal those of the row.
    """

    row: Row
    columns: frozenset[str]


@dataclass(slots=True)
class ComparedBatch:
    """The records of a batch after row matching.

    Attributes:
        unchanged: the numbers of the records that equal their row.
        rows: the ids of the rows of these records, in the same order.
        carried: the ids that these records give, in the same order; empty unless ids are those of the source.
        rest: all other records, in the order of the source.
        known: by number of a record in `rest`, its row, if that is known.
        unknown: the columns that the view does not have, each with the number of the record, in their order.
    """

    unchanged: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    carried: list[Json] = field(default_factory=list)
    rest: list[Record] = field(default_factory=list)
    known: dict[int, KnownRow] = field(default_factory=dict)
    unknown: list[tuple[int, str]] = field(default_factory=list)


class RowMatcher:
    """Matches the records of one section, batch by batch."""

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
        """Match the records of a batch with rows, and compare them."""
        result = ComparedBatch()
        for piece in column_batches(batch):
            self._note_unknown(result, piece)
            self._compare(result, piece)
        result.rest.sort(key=_NUMBER)
        return result

    def _compare(self, result: ComparedBatch, piece: list[ColumnBatch]) -> None:
        self._choose_key_and_fields(piece)
        for group, positions, rows in self._with_rows(piece):
            plan = self._plan(group.names) if positions else None
            if plan is None:
                result.rest += map(group.record, range(len(group.values)))
                continue
            result.rest += group.rest(positions)
            self._compare_with_rows(result, plan, group.some(positions), rows)

    def _with_rows(self, piece: list[ColumnBatch]) -> Iterator[tuple[ColumnBatch, Sequence[int], Columns]]:
        """For each group of records with the same columns: it, the positions of those with a row, and these rows."""
        keys = [key for group in piece for key in self._keys(group)]
        positions = _positions_to_find(keys)
        found: Sequence[int] = []
        rows: Columns = []
        if positions:
            item, by = self._binding.entity.name, self._field
            asked = [keys[n] for n in positions] if len(positions) < len(keys) else keys
            found, rows = self._context.snapshot.columns(item, by, asked, self._fields)
            found = [positions[n] for n in found] if len(positions) < len(keys) else found
        borders = pairwise(accumulate((len(group.values) for group in piece), initial=0))
        for group, (begin, end) in zip(piece, borders, strict=True):
            first, last = bisect_left(found, begin), bisect_left(found, end)
            theirs = rows if last - first == len(found) else [column[first:last] for column in rows]
            yield group, [n - begin for n in found[first:last]], theirs

    @property
    def _field(self) -> str:
        """The field by which rows are found."""
        return self._key.path[0] if self._key else ""

    def _keys(self, group: ColumnBatch) -> Sequence[Json]:
        """Of each record, the key by which its row is to be found; null if it has none."""
        if self._key is None or self._key.name not in group.names:
            return [None] * len(group.values)
        position = group.names.index(self._key.name)
        return [one[position] for one in group.values]

    def _compare_with_rows(
        self, result: ComparedBatch, plan: ComparisonPlan, group: ColumnBatch, rows: Columns
    ) -> None:
        """Compare records with the same columns with their rows."""
        said = list(zip(*group.values, strict=True))
        differing = plan.differing(said, rows, self._parents.disagreeing, self._nulls(group.names))
        for n in self._with_edited_computed(group.names, said):
            differing.setdefault(n, set())
        same = bytearray(b"\1") * len(group.values)
        for n in sorted(differing):
            same[n] = 0
            record = group.record(n)
            result.rest.append(record)
            if self._identifying.isdisjoint(differing[n]):
                read = differing[n].union(self._ids.intersection(group.names))
                result.known[record.number] = self._known_row(tuple([column[n] for column in rows]), read)
        result.unchanged += compress(group.numbers, same) if differing else group.numbers
        result.rows += compress(rows[0], same) if differing else rows[0]
        if self._context.ids_are_of_source:
            result.carried += map(group.carried, compress(count(), same))

    def _known_row(self, values: RowValues, columns: set[str]) -> KnownRow:
        id_, *others = values
        assert isinstance(id_, int)
        return KnownRow(Row(id_, dict(zip(self._fields, others, strict=True))), frozenset(columns))

    def _nulls(self, names: Sequence[str]) -> Nulls:
        """What a null means in records with these columns: it counts in records of an export."""
        is_export = self._binding.base is not None and (BASE in names or self._context.source.is_export)
        return Nulls.COUNT if is_export else Nulls.SAY_NOTHING

    def _with_edited_computed(self, names: Sequence[str], said: Columns) -> Iterator[int]:
        """The positions of the records in which a computed column was edited, according to the base that they carry."""
        base = self._binding.base
        if base is None or BASE not in names:
            return
        bases = said[names.index(BASE)]
        for name in self._binding.computed:
            if name in names:
                yield from base.differing(name, bases, said[names.index(name)])

    def _choose_key_and_fields(self, piece: list[ColumnBatch]) -> None:
        """Choose the key by which rows are found, and the fields to read, which only become more within a section."""
        names = {name for group in piece for name in group.names if name in self._binding.view.by_name}
        key = next((column for column in self._keys_by_rank if column.name in names), None)
        if not names <= self._seen or key is not self._key:
            self._seen |= names
            self._key = key
            self._fields = _fields(self._binding, self._field, self._seen)
            self._plans.clear()

    def _plan(self, names: tuple[str, ...]) -> ComparisonPlan | None:
        """The plan by which records with these columns are compared; None if they have to be parsed."""
        if names not in self._plans:
            if len(self._plans) == _CACHED_PLANS:
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
        """Note the columns that the view does not have, for each record with a value in them."""
        known = {*self._binding.view.by_name, BASE}
        there = ((group, [(n, name) for n, name in enumerate(group.names) if name not in known]) for group in piece)
        result.unknown += sorted(
            (
                (number, name)
                for group, unknown in there
                if unknown
                for number, said in zip(group.numbers, group.values, strict=True)
                for n, name in unknown
                if said[n] is not None
            ),
            key=lambda noted: noted[0],
        )


def _positions_to_find(keys: Sequence[Json]) -> Sequence[int]:
    """The positions of the keys by which rows are looked up: texts that no other record has, and that can be stored."""
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
        return []  # whether a row exists is decided by all keys, in the steps after this
    by_path = {column.path: column for column in binding.view.columns if column.exported}
    single = [key for key in binding.entity.identities if len(key) == 1]
    keys = [key for key in single if isinstance(binding.entity.fields[key[0]].type, Text | Uuid)]
    return [by_path[key] for key in keys if key in by_path]


def _fields(binding: Binding, by: str, names: set[str]) -> tuple[str, ...]:
    """The fields to read of rows: those that records give, those by which a row is found, and those that name it.

    Args:
        binding: the view of the records.
        by: the field by which rows are found.
        names: the names of the columns of the records.
    """
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
    """The columns that are always parsed: the id of the record, if others of the source may refer to it by that."""
    return frozenset(c.name for c in binding.view.columns if c.path == (ID,) and context.ids_are_of_source)

"""Records that change nothing, or only some fields of the row that their key names, recognised early.

Most records of an edited file are like that. What is said of them here is what the long way would say
(`bake.compiler.batch`), which gets all others, and whatever is doubtful; so this changes how long a compilation takes,
and nothing else. A law in tests/laws holds the two ways together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, compress, count, pairwise
from operator import attrgetter

import msgspec

from bake.catalog.base_digest import BASE
from bake.catalog.model import Column, Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, Text, Uuid
from bake.compiler.base_comparison import BaseComparison, Judged
from bake.compiler.binding import Binding
from bake.compiler.column_batch import ColumnBatch, column_batches
from bake.compiler.comparison_plan import Columns, ComparisonPlan, Known, UnsupportedColumns, edits
from bake.compiler.context import Context
from bake.compiler.parent_values import ParentValues
from bake.compiler.pending_record import PendingRecord
from bake.sources.model import Batch, Record

#: How many forms of records are remembered.
_REMEMBERED = 20_000

_NUMBER = attrgetter("number")


class MatchedRecord(msgspec.Struct):
    """A record and the row that it is about.

    Attributes:
        number: of the record.
        known: the id of the row, and the fields that matter.
        fields: which those are.
        edits: what the record asks to change there: canonical values by field.
        carried: the id that it carries itself, if that matters.
    """

    number: int
    known: Known
    fields: tuple[str, ...]
    edits: dict[str, Json]
    carried: Json = None

    @property
    def id(self) -> int:
        """The id of the row."""
        id_: int = self.known[0]
        return id_

    @property
    def row(self) -> Row:
        """The row, with the fields that matter."""
        return Row(self.id, dict(zip(self.fields, self.known[1:], strict=True)))


@dataclass(slots=True)
class ClassifiedBatch:
    """The records of a batch. Of those that change nothing, which are most, little is kept.

    Attributes:
        rest: those that go the long way, in the order of the source.
        unchanged: the numbers of those that change nothing.
        rows: the ids of their rows.
        carried: the ids that they carry themselves; of any, if that matters.
        edited: those that change fields of their row.
        new: those about a row that is certainly new.
        unknown: columns that the view does not have, each with the number of a record, in the order of those.
        stale: those whose row others have changed since the export, in fields that the record left alone.
    """

    rest: list[Record] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    carried: list[Json] = field(default_factory=list)
    edited: list[MatchedRecord] = field(default_factory=list)
    new: list[PendingRecord] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)


class RowMatcher:
    """Recognises records of one section, batch by batch."""

    def __init__(self, context: Context, binding: Binding) -> None:
        self._context = context
        self._binding = binding
        self._key = _key_column(binding) if context.options.mode != "skip-existing" else None
        self._around = ParentValues(context, binding)
        self._bases = BaseComparison(context, binding)
        self._seen: set[str] = set()
        self._fields: tuple[str, ...] = ()
        self._naming: dict[str, int] = {}
        self._layouts: dict[tuple[str, ...], ComparisonPlan | None] = {}

    def sort(self, batch: Batch) -> ClassifiedBatch:
        """Tell the records of a batch apart as they are read."""
        result = ClassifiedBatch()
        for piece in column_batches(batch):
            self._note_unknown(result, piece)
            self._sort(result, piece)
        result.rest.sort(key=_NUMBER)
        return result

    def _sort(self, result: ClassifiedBatch, piece: list[ColumnBatch]) -> None:
        self._see(piece)
        for alike, positions, rows in self._with_rows(piece):
            layout = self._layout(alike.names) if positions else None
            if layout is None:
                result.rest += map(alike.record, range(len(alike.said)))
                continue
            result.rest += alike.rest(positions)
            self._compare(result, layout, alike.some(positions), rows)

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
        borders = pairwise(accumulate((len(alike.said) for alike in piece), initial=0))
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
            return [None] * len(alike.said)
        position = alike.names.index(self._key.name)
        return [one[position] for one in alike.said]

    def _compare(self, result: ClassifiedBatch, layout: ComparisonPlan, alike: ColumnBatch, rows: Columns) -> None:
        """Tell records with the same columns and known rows apart."""
        said = list(zip(*alike.said, strict=True))
        differing = layout.differing(said, rows, self._around.disagreeing)
        judged = self._bases.judge(alike, said, rows, differing)
        result.stale += [alike.numbers[n] for n in sorted(judged.stale)]
        asking = self._asking(result, layout, alike, rows, judged)
        same = bytearray(b"\1") * len(alike.said)
        for n in asking:
            same[n] = 0
        result.unchanged += compress(alike.numbers, same) if asking else alike.numbers
        result.rows += compress(rows[0], same) if asking else rows[0]
        if self._context.ids_are_its_own:
            result.carried += map(alike.carried, compress(count(), same))

    def _asking(
        self, result: ClassifiedBatch, layout: ComparisonPlan, alike: ColumnBatch, rows: Columns, differing: Judged
    ) -> set[int]:
        """The places of the records that ask for something: edits, or what only the long way can tell."""
        positions = sorted(differing.own.keys() | differing.elsewhere)
        known = {n: tuple([column[n] for column in rows]) for n in positions}
        unclear = self._unclear(layout, alike, known, sorted(differing.elsewhere - differing.closer)) | differing.closer
        asking: set[int] = set()
        for n, row in known.items():
            asked = None if n in unclear else edits(alike.said[n], row, differing.own.get(n, ()))
            if asked is None:
                result.rest.append(alike.record(n))
            elif asked:
                carried = alike.carried(n) if self._context.ids_are_its_own else None
                result.edited.append(MatchedRecord(alike.numbers[n], row, self._fields, asked, carried))
            if asked != {}:
                asking.add(n)
        self._fetch_around(row for n, row in known.items() if n not in unclear)
        return asking

    def _unclear(
        self, layout: ComparisonPlan, alike: ColumnBatch, known: Mapping[int, Known], positions: list[int]
    ) -> set[int]:
        """The places of those that do say something else of rows that their row refers to."""
        said = [alike.said[n] for n in positions]
        around = self._around.of(layout.parents, said, [known[n] for n in positions])
        return {n for n, one, those in zip(positions, said, around, strict=True) if not layout.agrees(one, those)}

    def _fetch_around(self, rows: Iterable[Known]) -> None:
        """Make the rows known by which these are called."""
        if self._naming and (those := list(rows)):
            for name, at in self._naming.items():
                self._around.fetch(name, [row[at] for row in those])

    def _see(self, piece: list[ColumnBatch]) -> None:
        """Have more fields of rows looked up, if these records have columns that none had before."""
        names = {name for alike in piece for name in alike.names if name in self._binding.view.by_name}
        if not names <= self._seen:
            self._seen |= names
            self._fields = _fields(self._binding, self._field, self._seen)
            self._naming = _naming(self._binding.entity, self._fields)
            self._layouts.clear()

    def _layout(self, names: tuple[str, ...]) -> ComparisonPlan | None:
        """How records with these columns compare, if they can be."""
        if names not in self._layouts:
            if len(self._layouts) == _REMEMBERED:
                self._layouts.clear()
            ids = self._context.ids_are_its_own
            try:
                self._layouts[names] = ComparisonPlan(
                    self._context.catalog, self._binding, self._fields, names, ids=ids
                )
            except UnsupportedColumns:
                self._layouts[names] = None
        return self._layouts[names]

    def _note_unknown(self, result: ClassifiedBatch, piece: list[ColumnBatch]) -> None:
        """Note the columns that the view does not have and that say something, record by record."""
        known = {*self._binding.view.by_name, BASE}
        there = ((alike, [(n, name) for n, name in enumerate(alike.names) if name not in known]) for alike in piece)
        result.unknown += sorted(
            (
                (number, name)
                for alike, unknown in there
                if unknown
                for number, said in zip(alike.numbers, alike.said, strict=True)
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


def _key_column(binding: Binding) -> Column | None:
    """The column by which rows are found: the uuid where records carry it, else the first key of one text."""
    by_path = {column.path: column for column in binding.view.columns if column.exported}
    single = [key for key in binding.entity.identities if len(key) == 1]
    keys = [key for key in single if isinstance(binding.entity.fields[key[0]].type, Text | Uuid)]
    return next((by_path[key] for key in keys if key in by_path), None)


def _fields(binding: Binding, by: str, names: set[str]) -> tuple[str, ...]:
    """What has to be known of a row: what such records say, by what it is found, and what it is called."""
    item = binding.entity
    said = {path[0] for column in binding.view.columns if column.name in names for path in column.paths}
    first = item.portable_keys[:1]  # the one that rows are called by, unless they may lack it
    lacking = any(item.fields[name].nullable and name != by for key in first for name in key)
    keys = {name for key in (item.portable_keys if lacking else first) for name in key}
    return tuple(name for name in item.fields if name in said | keys | {by, "uuid"} or f"{{{name}}}" in item.label)


def _naming(item: Entity, fields: tuple[str, ...]) -> dict[str, int]:
    """The references by which rows are called, and the place of each in what is known of a row."""
    called = {name for key in item.portable_keys for name in key}
    positions = {name: at for at, name in enumerate(fields, 1) if name in item.references}
    return {name: at for name, at in positions.items() if name in called or f"{{{name}}}" in item.label}

"""Lines of a list that nothing tells apart but their number: a recipe that calls for lemon twice.

Whoever writes such a list does not number its lines, and takes out and adds some. So lines are matched by what they
say first, and by their place last. For the lines of one group (the same recipe and ingredient):

    line                                              what it is about
    has a number, an id or a uuid of its own          found like any record; its row does not count below
    is the same as a row in all that it says          the first such row
    left over, and no row is                          new, with the next number
    left over, as many as rows are                    those rows, in their order: the lines were edited
    left over, but not as many as rows                asked (`identity`), each with these rows
    none is left over, but rows are                   these rows stay, and that is noted; of lists, for whole lists
                                                      (`compiler.lacking_lines`)

A list that stands twice in a source says the same lines twice: those with the same place are about the same row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from bake.catalog.entity import Entity, Nested
from bake.catalog.lookups import Frozen, frozen, given
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.coverage import Coverage
from bake.changeset.model import Key
from bake.compiler.context import Context
from bake.compiler.identity import DeferredRecord, Doubtful, Existing, Identity, New
from bake.compiler.lacking_lines import lacking_text
from bake.compiler.matching.group_rows import GroupRows
from bake.compiler.matching.reading_ahead import forget_position, read_ahead
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.first_seen import FirstSeen
from bake.compiler.rows.mark_index import mark_of
from bake.compiler.rows.resolved import Found, Resolved, Unclear, pin


@dataclass(frozen=True, slots=True)
class _Group:
    """The lines that only their numbers tell apart.

    Attributes:
        mark: what stands for it.
        key: what rows of the database have in the other fields of the key; None if none can have that.
    """

    mark: int
    key: tuple[Json, ...] | None


class _Line(msgspec.Struct, eq=False):
    """A line that has no row yet: how it is read, what it says, its group and its place there; if it is of a list."""

    binding: Binding
    reading: Reading
    group: _Group
    position: int
    is_listed: bool


class ChildLines:
    """Matches the numbered lines of one entity, a batch at a time; what is left over once all are known."""

    def __init__(self, context: Context, item: Entity, nested: Nested) -> None:
        """Prepare.

        Args:
            context: the compilation.
            item: the entity of the lines.
            nested: how they stand in lists; it says which part of their key is a number.
        """
        assert nested.numbered is not None
        self._context = context
        self._item = item
        self._nested = nested
        self._number = nested.numbered
        key = next(key for key in item.keys if nested.numbered in key)
        self._names = tuple(name for name in key if name != nested.numbered)
        self._taken, self._claimed = Coverage(), Coverage()
        self._is_claimed_known = False
        self._rows_by_place = FirstSeen()
        self._counted: defaultdict[int, int] = defaultdict(int)
        self._position = 0
        self._left: list[_Line] = []
        self._unaccounted: dict[tuple[Json, ...], int] = {}

    def unnumbered(self, readings: Sequence[Reading]) -> dict[int, int | None]:
        """The places of the lines without a number of their own, and each one's place in its list, if it has one.

        Args:
            readings: the lines; numbers that only their places gave are taken out.
        """
        positions: dict[int, int | None] = {}
        for n, reading in enumerate(readings):
            position = forget_position(self._context, self._item, reading)
            if not given(reading.fields, self._number) and self._number not in reading.bad:
                positions[n] = position
        return positions

    def match(
        self,
        binding: Binding,
        readings: Sequence[Reading],
        identities: Sequence[Identity],
        positions: dict[int, int | None],
    ) -> list[Identity | None]:
        """Which row each line is about; None for lines that `identify_deferred` gives once all lines are known.

        Args:
            binding: the view of the lines.
            readings: what they say.
            identities: which row each is about by uuid, key or id.
            positions: as `unnumbered` gives them.
        """
        result: list[Identity | None] = list(identities)
        open_ = [
            n for n in positions if not isinstance(identities[n], Existing) and not given(readings[n].fields, "uuid")
        ]
        groups = dict(zip(open_, self._groups([readings[n] for n in open_]), strict=True))
        rows = self._rows([group.key for group in groups.values() if group.key is not None])
        self._find_claimed(rows)
        for n, group in groups.items():
            line = _Line(
                binding, readings[n], group, self._place_in_group(group, positions[n]), positions[n] is not None
            )
            if there := rows.get(group.key) if group.key is not None else None:
                result[n] = self._matched(line, there)
            else:
                readings[n].fields[self._number] = line.position
        self._rows_by_place.trim()
        return result

    def _place_in_group(self, group: _Group, position: int | None) -> int:
        """How many lines of a group there were so far, this one included: in this list, or else in the source."""
        if position is not None:
            if position <= self._position:
                self._counted.clear()  # another list begins
            self._position = position
        self._counted[group.mark] += 1
        return self._counted[group.mark]

    def identify_deferred(self) -> Iterator[DeferredRecord]:
        """The lines that had no row, now that all lines are known; then what is lacking is noted."""
        left: defaultdict[tuple[Json, ...], list[_Line]] = defaultdict(list)
        for line in self._left:
            assert line.group.key is not None
            left[line.group.key].append(line)
        self._left = []
        rows = self._rows([*left, *self._unaccounted])
        for key, lines in left.items():
            yield from self._identified(lines, rows[key])
        for key, record in self._unaccounted.items():
            if key not in left and (lacking := rows[key].free()):
                self._note_lacking(lacking, record)
        self._unaccounted = {}

    def _matched(self, line: _Line, rows: GroupRows) -> Identity | None:
        if row := self._same_place(line, rows):
            return Existing(row)
        equal = self._equal(line.reading, rows)
        if equal is None:
            self._left.append(line)
            return None
        self._take(line, equal)
        assert line.group.key is not None
        if not line.is_listed and rows.any_free():
            self._unaccounted[line.group.key] = line.reading.number
        else:
            self._unaccounted.pop(line.group.key, None)
        return Existing(equal)

    def _identified(self, lines: list[_Line], rows: GroupRows) -> Iterator[DeferredRecord]:
        """What becomes of the lines of a group that are left over, by the table above."""
        free = tuple(rows.free())
        apart = dict.fromkeys(line.position for line in lines if not self._same_place(line, rows))
        places = {position: n for n, position in enumerate(apart)}
        last = max(map(self._number_of, rows.rows))
        otherwise = Doubtful(free, self._problem(len(places), free)) if free else New()
        for line in lines:
            if row := self._same_place(line, rows):
                yield DeferredRecord(line.binding, line.reading, Existing(row))
                continue
            n = places[line.position]
            if len(places) == len(free):
                yield DeferredRecord(line.binding, line.reading, Existing(free[n]))
                continue
            line.reading.fields[self._number] = last + n + 1
            yield DeferredRecord(line.binding, line.reading, otherwise)
        if len(places) == len(free):
            for row in free:
                self._taken.add(row.id)

    def _groups(self, readings: Sequence[Reading]) -> list[_Group]:
        """The group of each line."""
        references, named = self._item.references, {}
        for name in self._names:
            if target := references.get(name):
                lookups = [reading.lookups[name] for reading in readings if given(reading.lookups, name)]
                named[name] = self._context.references.resolve(target, lookups)
        return [self._group(reading, named) for reading in readings]

    def _group(self, reading: Reading, named: Mapping[str, Mapping[Frozen, Resolved]]) -> _Group:
        parts: list[object] = []
        here = True
        for name in self._names:
            if name in reading.bad:
                here = False
                parts.append(str(reading.bad[name].raw))
            elif name not in named or not given(reading.lookups, name):
                parts.append(reading.fields.get(name))
            else:
                hit = named[name][frozen(reading.lookups[name])]
                here = here and isinstance(hit, Found)
                parts.append(self._referred(reading.lookups[name], hit))
        return _Group(mark_of(repr(parts).encode("utf-8", "backslashreplace")), tuple(parts) if here else None)

    def _referred(self, lookup: Key, hit: Resolved) -> object:
        """What stands for the row that a line refers to; as long as that is not known, what it says of it."""
        match hit:
            case Found(row):
                return row.id
            case CreatedRow():
                return pin(hit)
            case Unclear():
                return frozen(lookup)

    def _rows(self, keys: Sequence[tuple[Json, ...]]) -> dict[tuple[Json, ...], GroupRows]:
        """The rows of groups, by their numbers."""
        found = self._context.snapshot.find(self._item.name, self._names, list(dict.fromkeys(keys))) if keys else {}
        return {key: GroupRows(sorted(rows, key=self._number_of), self._is_free) for key, rows in found.items()}

    def _number_of(self, row: Row) -> int:
        number = row.values[self._number]
        return number if isinstance(number, int) else 0

    def _find_claimed(self, rows: Collection[object]) -> None:
        """Know, before any of some rows is matched, which rows the source names itself."""
        if rows and not self._is_claimed_known:
            self._is_claimed_known = True
            for batch in read_ahead(self._context, self._item):
                self._claimed.add_all(set(batch.rows))

    def _is_free(self, row: Row) -> bool:
        """Whether no line is about a row, neither one that came before nor one that names its row itself."""
        return row.id not in self._taken and row.id not in self._claimed

    def _equal(self, reading: Reading, rows: GroupRows) -> Row | None:
        """The first free row that is all that a line says, beyond its group; null says nothing."""
        if reading.bad:
            return None
        said = {n: value for n, value in reading.fields.items() if value is not None and n not in self._names}
        others = {name: lookup for name, lookup in reading.lookups.items() if name not in self._names}
        for row in rows.equal(said):
            if all(same(row.values.get(name), value) for name, value in said.items()) and (
                self._context.references.stored.agrees(self._item.name, row.values, others)
            ):
                return row
        return None

    def _take(self, line: _Line, row: Row) -> None:
        self._taken.add(row.id)
        self._rows_by_place.first(self._place(line), row.id)

    def _same_place(self, line: _Line, rows: GroupRows) -> Row | None:
        """The row that a line of the same place has, where the list stands in the source a second time."""
        return rows.row(self._rows_by_place.get(self._place(line)))

    def _place(self, line: _Line) -> int:
        return mark_of(b"%d %d" % (line.group.mark, line.position))

    def _problem(self, lines: int, free: Sequence[Row]) -> str:
        """Why it has to be asked which row a line is about."""
        some = "1 line" if lines == 1 else f"{lines} lines"
        others = "1 line that is" if len(free) == 1 else f"{len(free)} lines that are"
        return f"{some} of {self._called(free[0])} in the file may be {others} here, edited, or new"

    def _note_lacking(self, rows: Sequence[Row], record: int) -> None:
        if self._context.options.mode != "mirror":
            self._context.notices.add("line_lacking", lacking_text(len(rows), self._called(rows[0])), record)

    def _called(self, row: Row) -> str:
        """A group as people call it: `lemon_whole in Lemon Bliss Cake`."""
        return f"{self._inner(row)} in {self._context.label(*self._outer(row))}"

    def _inner(self, row: Row) -> str:
        """What a line is about, by its key: `lemon_whole`."""
        keys, around = self._context.keys, self._nested.reference
        rest = [keys.reference(self._item.references.get(n), row.values[n]) for n in self._names if n != around]
        parts = [part for value in rest for part in (value.values() if isinstance(value, dict) else [value])]
        return ", ".join(map(str, parts))

    def _outer(self, row: Row) -> tuple[Entity, Row]:
        """The row that has the list, and its entity."""
        target = self._context.catalog.entities[self._item.references[self._nested.reference]]
        outer = self._context.keys.row(target.name, row.values[self._nested.reference])
        assert outer is not None, "a transaction sees no row go"
        return target, outer

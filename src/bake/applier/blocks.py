"""Row documents of one entity in columns: a block of them is read, checked, written and compared a field at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from operator import attrgetter, itemgetter
from typing import TypeAlias, TypeVar

from bake.catalog.values import Json, same
from bake.changeset.model import Patch, Row, Test
from bake.changeset.pointers import field_of

#: Values by field, one for each row.
Columns: TypeAlias = Mapping[str, Sequence[Json]]

#: Python holds values in these equal that are not the same.
_NESTED = frozenset((dict, list))

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Group:
    """Documents of a block that have the same fields.

    Attributes:
        positions: where they stand in the block, in ascending order.
        columns: their values, the fields in the order of the documents.
    """

    positions: Sequence[int]
    columns: Columns

    def only(self, numbers: Mapping[int, int]) -> Group:
        """Those whose positions are among the keys, at the positions that these lead to."""
        kept = [n for n, position in enumerate(self.positions) if position in numbers]
        columns = self.columns
        if len(kept) < len(self.positions):
            columns = {name: pick(column, kept) for name, column in columns.items()}
        return Group([numbers[self.positions[n]] for n in kept], columns)


@dataclass(frozen=True, slots=True)
class Block:
    """Documents in columns; a position that is in no group has no document (any more)."""

    size: int
    groups: Sequence[Group]

    @classmethod
    def of(cls, documents: Sequence[Row]) -> Block:
        """These documents."""
        groups = []
        for names, positions in positions_by_value(map(tuple, documents)).items():
            columns = zip(*(documents[position].values() for position in positions), strict=True)
            groups.append(Group(positions, dict(zip(names, columns, strict=False))))
        return cls(len(documents), groups)

    @property
    def names(self) -> Iterable[str]:
        """The fields that any document has, each once."""
        return dict.fromkeys(chain.from_iterable(group.columns for group in self.groups))

    def only(self, positions: Sequence[int]) -> Block:
        """The block of those at these positions, which are in ascending order."""
        if len(positions) == self.size:
            return self
        numbers = {position: n for n, position in enumerate(positions)}
        groups = (group.only(numbers) for group in self.groups)
        return Block(len(positions), [group for group in groups if group.positions])

    def without(self, names: Collection[str]) -> Block:
        """The block without some fields."""
        if not any(name in group.columns for group in self.groups for name in names):
            return self
        return Block(
            self.size,
            [Group(one.positions, {n: c for n, c in one.columns.items() if n not in names}) for one in self.groups],
        )

    def column(self, name: str) -> Sequence[Json]:
        """The values of a field; null where a document does not have it."""
        if len(self.groups) == 1 and len(self.groups[0].positions) == self.size and name in self.groups[0].columns:
            return self.groups[0].columns[name]
        column: list[Json] = [None] * self.size
        for group in self.groups:
            for position, value in zip(group.positions, group.columns.get(name, ()), strict=False):
                column[position] = value
        return column

    def changed(self, name: str, change: Callable[[Sequence[int], Sequence[Json]], Sequence[Json]]) -> Block:
        """The block with other values in a field.

        Args:
            name: the field.
            change: makes the values, of the positions and the values of all documents that have it.
        """
        those = [group for group in self.groups if name in group.columns]
        positions = list(chain.from_iterable(group.positions for group in those))
        values = iter(change(positions, list(chain.from_iterable(group.columns[name] for group in those))))
        changed = {
            id(group): Group(group.positions, {**group.columns, name: list(islice(values, len(group.positions)))})
            for group in those
        }
        return Block(self.size, [changed.get(id(group), group) for group in self.groups])

    def documents(self) -> list[Row]:
        """The documents, in their order."""
        result: list[Row] = [{}] * self.size
        for group in self.groups:
            names = tuple(group.columns)
            for position, values in zip(group.positions, zip(*group.columns.values(), strict=True), strict=False):
                result[position] = dict(zip(names, values, strict=True))
        return result

    def differing(self, rows: Columns) -> dict[int, list[str]]:
        """Where rows are not what the documents say of them: by position, the fields."""
        result: defaultdict[int, list[str]] = defaultdict(list)
        for group in self.groups:
            for name, column in group.columns.items():
                there = pick(rows[name], group.positions)
                if not all_same(there, column):
                    for position, found, value in zip(group.positions, there, column, strict=True):
                        if not same(found, value):
                            result[position].append(name)
        return result


def joined(blocks: Sequence[Block]) -> Block:
    """One block after the other."""
    groups: list[Group] = []
    size = 0
    for block in blocks:
        groups += [Group([size + n for n in group.positions], group.columns) for group in block.groups]
        size += block.size
    return Block(size, groups)


def sides(patches: Sequence[Patch]) -> tuple[Block, Block]:
    """The before-values and the after-values of patches, as documents."""
    before, after = [], []
    shapes = positions_by_value((tuple(map(type, patch)), tuple(map(_path, patch))) for patch in patches)
    for (kinds, paths), positions in shapes.items():
        steps = zip(*(map(_value, patches[position]) for position in positions), strict=True)
        columns = [(kind, _field(path), column) for kind, path, column in zip(kinds, paths, steps, strict=False)]
        before.append(Group(positions, {name: column for kind, name, column in columns if kind is Test}))
        after.append(Group(positions, {name: column for kind, name, column in columns if kind is not Test}))
    return Block(len(patches), before), Block(len(patches), after)


def pick(column: Sequence[_Item], positions: Sequence[int]) -> Sequence[_Item]:
    """The values at some positions, which are in ascending order."""
    if len(positions) == len(column):
        return column
    return itemgetter(*positions)(column) if len(positions) > 1 else [column[n] for n in positions]


def positions_by_value(items: Iterable[_Item]) -> dict[_Item, list[int]]:
    """Where each item stands, in the order in which they first come."""
    positions: defaultdict[_Item, list[int]] = defaultdict(list)
    for position, item in enumerate(items):
        positions[item].append(position)
    return positions


def all_same(before: Sequence[Json], after: Sequence[Json]) -> bool:
    """Whether two columns of canonical values are the same value by value."""
    kinds = list(map(type, before))
    if kinds != list(map(type, after)):
        return False
    return list(before) == list(after) if _NESTED.isdisjoint(kinds) else all(map(same, before, after))


_path, _value = attrgetter("path"), attrgetter("value")
#: The same few fields come again and again.
_field = lru_cache(1000)(field_of)

"""Records without a natural key that equal a row in all but one field, as a corrected price, or in all that is known.

If no row does, two numbers may differ: a price and a quantity that were corrected together.

Each such record is a new row, or the same row, corrected. That is one decision for all records of a source and one
field. Rows that other records are about do not count.

    records and rows                                  what may be chosen
    one record, one row                               `same`: the row is corrected; `new`
    equal records, equal rows                         the same, one to one, as far as they go; the others are new
    several rows that differ, for one record          `new`; for the record alone, each of the rows
    several records that differ, for one row          `new`; for each record alone, the row; for two of them, it is open

Where it is not known what a record says in a field, because it does not fit or names no row, `same` leaves the row.
That may be so of several fields, but not of more than are known; then these are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, combinations
from typing import TypeAlias, TypeVar

import msgspec

from bake.catalog.entity import Entity
from bake.catalog.field_types import Exact, Integer, Real
from bake.catalog.names import enumerated
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.identity import Near, New
from bake.compiler.matching.compared_values import Compared
from bake.compiler.reading.alternative_readings import Alternatives
from bake.compiler.reading.binding import Binding, Reading

_Group = TypeVar("_Group")
#: Names of fields and the values in them.
Values: TypeAlias = tuple[tuple[str, ...], tuple[Json, ...]]
#: Rows by the fields in which a record differs from them.
ByField: TypeAlias = dict[tuple[str, ...], list[Row]]


class LeftOver(msgspec.Struct, eq=False):
    """A record that no row equals at first sight.

    Attributes:
        binding: its view.
        reading: what it says.
        said: what of that is compared; None if nothing can be.
        ways: all ways to read it, if there are several.
    """

    binding: Binding
    reading: Reading
    said: Compared | None
    ways: Alternatives | None = None

    @property
    def every_way(self) -> list[Compared | None]:
        """What is compared of it, in whatever way it is read."""
        return [way.said for way in self.ways.ways.values()] if self.ways else [self.said]


def nearly_equal(
    item: Entity, compared: Mapping[int, Compared], having: Callable[[Mapping[int, Values]], Mapping[int, _Group]]
) -> Iterator[tuple[int, tuple[str, ...], _Group]]:
    """For each record the rows that equal it in all fields but one, or in all that is known, with those fields.

    Args:
        item: the entity of the records.
        compared: what of the records is compared.
        having: finds the rows that have some values in some fields, at once for many records.
    """
    known = {n: (said.names, said.values) for n, said in compared.items() if said.gaps}
    yield from ((n, compared[n].gaps, group) for n, group in having(known).items())
    for name in item.compared:
        yield from _differing_in((name,), compared, having)


def equal_but_for_numbers(
    item: Entity, compared: Mapping[int, Compared], having: Callable[[Mapping[int, Values]], Mapping[int, _Group]]
) -> Iterator[tuple[int, tuple[str, ...], _Group]]:
    """The same for rows that equal a record in all fields but two numbers."""
    numbers = [name for name in item.compared if isinstance(item.fields[name].type, Exact | Integer | Real)]
    for names in combinations(numbers, 2):
        yield from _differing_in(names, compared, having)


def _differing_in(
    names: tuple[str, ...],
    compared: Mapping[int, Compared],
    having: Callable[[Mapping[int, Values]], Mapping[int, _Group]],
) -> Iterator[tuple[int, tuple[str, ...], _Group]]:
    wanted = {
        n: said.without(*names) for n, said in compared.items() if not said.gaps and {*names}.issubset(said.names)
    }
    yield from ((n, names, group) for n, group in having(wanted).items())


def near_rows(item: Entity, left: Sequence[Compared], near: Sequence[ByField]) -> list[Near | New]:
    """What records that no row equals are about, by the table above; what is asked is not said yet (`problem_of`).

    Args:
        item: their entity.
        left: what of the records is compared.
        near: for each the rows that are free and equal it in all fields but one, or in all that is known.
    """
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for n, said in enumerate(left):
        alike[said.mark].append(n)
    lists = _Lists(item)
    groups = [(those, lists.joined(near[those[0]].values())) for those in alike.values()]
    result: list[Near | New] = [New() for _ in left]
    for those, rows in groups:
        fields, gap = next(iter(near[those[0]]), ()), bool(left[those[0]].gaps)
        if len(near[those[0]]) == 1 and lists.one_to_one(rows):
            for n, row in zip(those, rows, strict=False):
                result[n] = Near(fields, gap, (row,), is_clear=True)
        elif rows:
            for n in those:
                result[n] = Near(fields, gap, rows, is_clear=False)
    return result


class _Lists:
    """Lists of rows, of which many records share one, so that each of them is gone through once.

    Args:
        item: the entity of the rows.
    """

    def __init__(self, item: Entity) -> None:
        self._item = item
        self._joined: dict[tuple[int, ...], tuple[Row, ...]] = {}
        self._asked: Counter[int] = Counter()
        self._one_to_one: dict[int, bool] = {}

    def joined(self, lists: Collection[list[Row]]) -> tuple[Row, ...]:
        """The rows of some lists, which the caller keeps, one after the other."""
        mark = tuple(map(id, lists))
        if mark not in self._joined:
            self._joined[mark] = tuple(chain.from_iterable(lists))
        rows = self._joined[mark]
        self._asked[id(rows)] += 1
        return rows

    def one_to_one(self, rows: tuple[Row, ...]) -> bool:
        """Whether rows equal each other, and no other records are near them; asked when all rows have been joined."""
        if id(rows) not in self._one_to_one:
            same = {repr([row.values[name] for name in self._item.compared]) for row in rows}
            self._one_to_one[id(rows)] = len(same) == 1 and all(self._wanting[row.id] == 1 for row in rows)
        return self._one_to_one[id(rows)]

    @cached_property
    def _wanting(self) -> Mapping[int, int]:
        """By id of a row, near how many records it is; equal records count as one."""
        wanting: Counter[int] = Counter()
        for rows in self._joined.values():
            for row in rows:
                wanting[row.id] += self._asked[id(rows)]
        return wanting


def problem_of(records: int, fields: tuple[str, ...], gap: bool) -> str:
    """What is asked of so many records that are near rows."""
    some = "1 record looks like a row" if records == 1 else f"{records} records look like rows"
    unclear = f", which {'are' if len(fields) > 1 else 'is'} unclear" if gap else ""
    return f"{some} here, except in {enumerated(fields)}{unclear}"

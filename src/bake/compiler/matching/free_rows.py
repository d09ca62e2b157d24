"""The rows that equal records without a key and that no other record is about, and which of them is the closest.

Many rows may equal many records. So rows are not looked at again for each record: they are kept by the values that
records say, and records that say the same go on where the one before them stopped. Nor are they fetched again with
each batch, unless there are very many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from typing import TypeAlias

from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, Lookup, frozen, frozen_values, given
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.compiler.context import Context
from bake.compiler.matching.agreement import changes_nothing
from bake.compiler.matching.near_rows import LeftOver, Values

#: Equal rows are fetched once for all batches if there are more than `_FEW`, as long as all that are kept so are fewer
#: than `_MOST`.
_FEW, _MOST = 50, 10_000

#: What a record says beside the compared fields: names and values as they are compared, and all of it as it is said.
_Saying: TypeAlias = tuple[tuple[str, ...], Frozen, Frozen]


class Closeness(IntEnum):
    """How close a record is to a row that equals it in what is compared."""

    EQUAL = 0
    NO_CHANGE = 1
    SAYS_ALL = 2


class FreeRows:
    """Finds the rows of an entity that have given values.

    Args:
        context: the compilation.
        item: the entity.
        is_taken: whether a record is about the row with this id; once one is, it stays so.
    """

    def __init__(self, context: Context, item: Entity, is_taken: Callable[[int], bool]) -> None:
        self._context = context
        self._item = item
        self._is_taken = is_taken
        self._kept: dict[Values, EqualGroup] = {}
        self._used_up: set[Values] = set()

    def having(self, wanted: Mapping[int, Values]) -> dict[int, EqualGroup]:
        """The rows that have these values, in the order of the numbers by which they are wanted.

        It takes a query a set of fields. Where none of the rows is free, they may be left out.
        """
        self._trim()
        by_names: defaultdict[tuple[str, ...], dict[int, Values]] = defaultdict(dict)
        for n, (names, values) in wanted.items():
            if names and (names, values) not in self._used_up:
                by_names[names][n] = names, values
        found: dict[int, EqualGroup] = {}
        for names, some in by_names.items():
            groups = self._groups(names, dict.fromkeys(some.values()))
            found.update((n, groups[one]) for n, one in some.items() if one in groups)
        return dict(sorted(found.items()))

    def _groups(self, names: tuple[str, ...], wanted: Mapping[Values, None]) -> dict[Values, EqualGroup]:
        keys = [one[1] for one in wanted if one not in self._kept]
        rows = self._context.snapshot.find(self._item.name, names, keys) if keys else {}
        found = {
            (names, key): EqualGroup(self._context, self._item, those, self._is_taken) for key, those in rows.items()
        }
        self._kept |= {one: group for one, group in found.items() if len(group.rows) > _FEW}
        return found | {one: self._kept[one] for one in wanted if one in self._kept}

    def _trim(self) -> None:
        used_up = [one for one, group in self._kept.items() if not group.is_any_free]
        self._used_up.update(used_up)
        for one in used_up:
            del self._kept[one]
        if sum(len(group.rows) for group in self._kept.values()) > _MOST:
            self._kept.clear()


class EqualGroup:
    """Rows that are the same in some fields, of which records take one after the other.

    Attributes:
        rows: all of them.
    """

    def __init__(self, context: Context, item: Entity, rows: Sequence[Row], is_taken: Callable[[int], bool]) -> None:
        self.rows = rows
        self._context = context
        self._item = item
        self._is_taken = is_taken
        self._by_value: dict[tuple[str, ...], dict[Frozen, list[Row]]] = {}
        self._next: dict[tuple[_Saying, Closeness] | None, int] = {}

    @property
    def is_any_free(self) -> bool:
        """Whether no record is about one of them."""
        return self._first(None, lambda _: True) is not None

    @cached_property
    def free(self) -> list[Row]:
        """Those that no record is about, as it is known when they are first asked for."""
        return [row for row in self.rows if not self._is_taken(row.id)]

    def closest(self, one: LeftOver, least: Closeness) -> Row | None:
        """The first free row to which a record that equals all of them is at least so close."""
        if least is Closeness.EQUAL:
            return self._first(None, lambda _: True)
        return self._first((_saying(self._item, one), least), lambda row: self._closeness(one, row) >= least)

    def _closeness(self, one: LeftOver, row: Row) -> Closeness:
        """How close a record is to a row that equals it in what is compared."""
        binding, reading = one.binding, one.reading
        if not changes_nothing(self._context, binding, reading, row):
            return Closeness.EQUAL
        others = binding.editable.intersection(row.values).difference(binding.entity.compared, ("uuid",))
        said = {**reading.fields, **reading.lookups}
        says_all = all(given(said, name) for name in others if row.values[name] is not None)
        return Closeness.SAYS_ALL if says_all else Closeness.NO_CHANGE

    def _first(self, wanted: tuple[_Saying, Closeness] | None, fits: Callable[[Row], bool]) -> Row | None:
        """The first free row that fits.

        Args:
            wanted: what decides whether a row fits; None if all do. No row before the one that was found for it will
                fit later, so the search goes on there.
            fits: whether a row does.
        """
        rows = self.rows if wanted is None else self._saying(*wanted[0][:2])
        for position in range(self._next.get(wanted, 0), len(rows)):
            if not self._is_taken(rows[position].id) and fits(rows[position]):
                self._next[wanted] = position
                return rows[position]
        self._next[wanted] = len(rows)
        return None

    def _saying(self, names: tuple[str, ...], values: Frozen) -> Sequence[Row]:
        """The rows that may have these values."""
        if names not in self._by_value:
            found = self._by_value[names] = {}
            for row in self.rows:
                found.setdefault(_coarse(self._item, names, row.values), []).append(row)
        return self._by_value[names].get(values, ())


def _saying(item: Entity, one: LeftOver) -> _Saying:
    reading, editable = one.reading, one.binding.editable.difference(item.compared, ("uuid",))
    names = tuple(name for name in sorted(editable) if reading.fields.get(name) is not None)
    lookups = frozen({name: said for name, said in reading.lookups.items() if name in editable})
    bad = tuple(sorted(one.binding.editable.intersection(reading.bad)))
    return names, _coarse(item, names, reading.fields), (frozen_values(names, reading.fields), lookups, bad)


def _coarse(item: Entity, names: tuple[str, ...], values: Lookup) -> Frozen:
    """Values in a form that is equal for a value and whatever is no edit of it (`Field.unchanged`)."""
    return frozen_values(names, {name: _form(item, name, values.get(name)) for name in names})


def _form(item: Entity, name: str, value: Json) -> Json:
    if not isinstance(value, str):
        return value
    field = item.fields[name]
    return field.normal(value) if field.is_code else value.strip()

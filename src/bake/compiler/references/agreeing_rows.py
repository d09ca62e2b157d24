"""Which of many rows of one name a lookup does not contradict, without a look at each of them for each lookup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, Lookup, compared_fields, contradicts, frozen_values, normal_forms
from bake.catalog.row import Row

#: So few rows are looked at one by one.
_FEW = 8


class AgreeingRows:
    """Finds the rows that contradict no value of a lookup, among rows that are asked about by many lookups.

    Rows that are the same in all fields of a lookup agree with it together or not at all. So they are grouped by these
    fields, and what is looked at is the group that has the values of the lookup, and those that have a null.
    """

    def __init__(self, item: Entity) -> None:
        self._item = item
        self._groups: dict[tuple[int, tuple[str, ...]], _Groups] = {}

    def of(self, lookup: Lookup, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows that agree, in their order.

        Args:
            lookup: what is said of a row.
            rows: many rows; the same list for all lookups that ask about the same rows, and kept by the caller.
        """
        if len(rows) <= _FEW:
            return tuple(row for row in rows if not contradicts(self._item, lookup, row.values))
        fields = compared_fields(self._item, lookup)
        mark = id(rows), fields
        if mark not in self._groups:
            self._groups[mark] = _Groups(self._item, fields, rows)
        return self._groups[mark].agreeing(lookup)


class _Groups:
    """Rows by the normal forms of some fields."""

    def __init__(self, item: Entity, fields: tuple[str, ...], rows: Sequence[Row]) -> None:
        self._item = item
        self._fields = fields
        self._rows = rows  # kept, so that no other list gets its identity
        groups: defaultdict[Frozen, list[Row]] = defaultdict(list)
        for row in rows:
            groups[self._mark(row.values)].append(row)
        self._groups = {mark: tuple(those) for mark, those in groups.items()}
        self._open = [those for those in self._groups.values() if any(those[0].values.get(f) is None for f in fields)]

    def agreeing(self, lookup: Lookup) -> tuple[Row, ...]:
        groups = [those for those in self._open if not contradicts(self._item, lookup, those[0].values)]
        equal = self._groups.get(self._mark(lookup))
        if equal is not None and all(equal is not those for those in self._open):
            groups.append(equal)
        if len(groups) == 1:
            return groups[0]
        return tuple(sorted((row for those in groups for row in those), key=lambda row: row.id))

    def _mark(self, values: Lookup) -> Frozen:
        return frozen_values(self._fields, normal_forms(self._item, self._fields, values))

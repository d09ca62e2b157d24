"""The numbers of new lines of which answers say what they are about: a recipe may call for lemon twice."""

from __future__ import annotations

from bake.catalog.entity import Entity, Nested
from bake.catalog.lookups import Frozen, frozen_values
from bake.catalog.values import Json
from bake.changeset.events import Entailed
from bake.changeset.model import Change, Create
from bake.compiler.drafting.new_keys import key_of
from bake.compiler.rows.row_resolver import RowResolver


class LineNumbers:
    """Numbers lines again whose number another line has, which is about the same as well."""

    def __init__(self, known: RowResolver, item: Entity, nested: Nested | None) -> None:
        """Prepare.

        Args:
            known: the rows of the database.
            item: the entity of the lines.
            nested: how they stand in lists, if they are numbered there.
        """
        self._known = known
        self._item = item
        self._number = nested.numbered if nested is not None and nested.numbered else ""
        key = next((key for key in item.keys if self._number in key), ())
        self._names = tuple(name for name in key if name != self._number)
        self._first: dict[tuple[Frozen, object], int] = {}
        self._last: dict[Frozen, int] = {}

    def __bool__(self) -> bool:
        """Whether the lines are numbered."""
        return bool(self._names)

    def add(self, other: Change) -> None:
        """Note a new line of the changeset."""
        if self._names and isinstance(other, Create):
            group, number = frozen_values(self._names, other.values), other.values.get(self._number)
            self._first.setdefault((group, number), other.n)
            self._last[group] = max(self._last.get(group, 0), _count(number))

    def is_taken(self, line: Create) -> bool:
        """Whether another new line has the number of this one."""
        place = frozen_values(self._names, line.values), line.values.get(self._number)
        return self._first.get(place, line.n) != line.n

    def renumbered(self, line: Create) -> Entailed:
        """A line with the next number that is free."""
        group = frozen_values(self._names, line.values)
        there = self._known.references.stored.having(self._item, self._names, [line.values])[0]
        last = max([self._last.get(group, 0), *(_count(row.values.get(self._number)) for row in there)])
        self._last[group] = last + 1
        values: dict[str, Json] = {self._number: last + 1}
        return Entailed(values=values, key=key_of(self._item, {**line.values, **values}))


def _count(number: Json) -> int:
    return number if isinstance(number, int) else 0

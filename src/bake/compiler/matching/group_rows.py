"""The rows of one group of numbered lines, by their id and by what lines say.

However many lines and rows a group has, no line is compared with each row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from bake.catalog.lookups import Frozen, frozen_values
from bake.catalog.row import Row
from bake.changeset.model import Key


class GroupRows:
    """Rows of a group, in the order of their numbers.

    Attributes:
        rows: all of them.
    """

    def __init__(self, rows: Sequence[Row], is_free: Callable[[Row], bool]) -> None:
        """Prepare.

        Args:
            rows: in the order of their numbers.
            is_free: whether no line is about a row yet; a row that is not free never becomes free again.
        """
        self.rows = rows
        self._is_free = is_free
        self._by_id = {row.id: row for row in rows}
        self._first = 0
        self._equal: dict[tuple[str, ...], dict[Frozen, deque[Row]]] = {}

    def row(self, id_: int | None) -> Row | None:
        """The row with this id, if it is one of them."""
        return None if id_ is None else self._by_id.get(id_)

    def any_free(self) -> bool:
        """Whether any row is free."""
        while self._first < len(self.rows) and not self._is_free(self.rows[self._first]):
            self._first += 1
        return self._first < len(self.rows)

    def free(self) -> list[Row]:
        """The rows that are free."""
        return [row for row in self.rows if self._is_free(row)]

    def equal(self, said: Key) -> Iterator[Row]:
        """The free rows that have these values; which rows are free may change only once none is asked for any more."""
        names = tuple(said)
        if names not in self._equal:
            index = self._equal[names] = {}
            for row in self.rows:
                index.setdefault(frozen_values(names, row.values), deque()).append(row)
        there = self._equal[names].get(frozen_values(names, said), deque())
        while there and not self._is_free(there[0]):
            there.popleft()
        return filter(self._is_free, there)

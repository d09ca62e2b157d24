"""Which operation wrote which row, so that what is refused only in the end is told of the operation behind it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bake.catalog.identity import IdentityList
from bake.changeset.model import Change


class WrittenRows:
    """The ids of rows by the numbers of the operations that wrote them, 16 bytes for each.

    Args:
        kept: whether anybody will ask; if not, nothing is kept but the last operation.
    """

    def __init__(self, *, kept: bool) -> None:
        self._kept = kept
        self._ids: defaultdict[str, IdentityList] = defaultdict(IdentityList)
        self._numbers: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        #: The last operation that was carried out.
        self.last: Change | None = None

    def add(self, changes: Sequence[Change], ids: Iterable[int]) -> None:
        """Note the rows that operations of one entity wrote, at least one."""
        self.last = changes[-1]
        if self._kept:
            self._ids[self.last.entity].extend(ids)
            self._numbers[self.last.entity].extend(change.n for change in changes)

    def writer(self, entity: str, ids: Sequence[int]) -> tuple[int, int] | None:
        """The last operation that wrote one of some rows: its number, and the row's id; None if none did."""
        wanted = set(ids)
        pairs = zip(self._numbers[entity], self._ids[entity], strict=True)
        return max((pair for pair in pairs if pair[1] in wanted), default=None)

"""What came first under each of many marks."""

from __future__ import annotations

from bake.compiler.rows.spill_store import SpillStore

#: How many marks are kept in memory.
_REMEMBERED = 20_000


class FirstSeen:
    """Numbers by mark, the first of each: in memory while they are few, on disk once they are many."""

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._kept = SpillStore()

    def get(self, mark: int) -> int | None:
        """What was first under a mark."""
        recent = self._recent.get(mark)
        return recent if recent is not None else self._kept.get(mark)

    def first(self, mark: int, value: int) -> int | None:
        """What was first under a mark; None, and it is remembered, if this is."""
        before = self.get(mark)
        if before is None:
            self._recent[mark] = value
        return before

    def trim(self) -> None:
        """Put them on disk, if there are many."""
        if len(self._recent) > _REMEMBERED:
            self._kept.add(self._recent.keys(), list(self._recent.values()))
            self._recent = {}

"""What came first under each of many digests."""

from __future__ import annotations

from bake.compiler.spill_store import SpillStore

#: How many digests are kept in memory.
_REMEMBERED = 20_000


class FirstSeen:
    """Numbers by digest, the first of each: in memory while they are few, on disk once they are many."""

    def __init__(self) -> None:
        self._recent: dict[bytes, int] = {}
        self._kept = SpillStore()

    def get(self, mark: bytes) -> int | None:
        """What was first under a digest."""
        if (recent := self._recent.get(mark)) is not None:
            return recent
        kept = self._kept.get(mark)
        assert kept is None or isinstance(kept[1], int)
        return kept[1] if kept else None  # type: ignore[return-value]

    def first(self, mark: bytes, value: int) -> int | None:
        """What was first under a digest; None, and it is remembered, if this is."""
        before = self.get(mark)
        if before is None:
            self._recent[mark] = value
        return before

    def trim(self) -> None:
        """Put them on disk, if there are many."""
        if len(self._recent) > _REMEMBERED:
            self._kept.add([(mark, value, None, None, None) for mark, value in self._recent.items()])
            self._recent = {}

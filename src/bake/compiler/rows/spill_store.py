"""A number under each of many marks, on disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bake.compiler.rows.mark_index import MarkIndex

#: How many bits a Bloom filter has: 2 MB.
_BITS = 24


class BloomFilter:
    """Tells of most marks that they are not among those that were added."""

    def __init__(self) -> None:
        self._bits = bytearray(1 << (_BITS - 3))

    def add(self, marks: Collection[int]) -> None:
        """Add marks: two bits of each are set."""
        bits, rest = self._bits, len(self._bits) - 1
        for mark in marks:
            bits[mark >> 3 & rest] |= 1 << (mark & 7)
            bits[mark >> 35 & rest] |= 1 << (mark >> 32 & 7)

    def __contains__(self, mark: int) -> bool:
        """Whether a mark may have been added; it certainly was not, if not."""
        bits, rest = self._bits, len(self._bits) - 1
        if not bits[mark >> 3 & rest] >> (mark & 7) & 1:
            return False
        return bool(bits[mark >> 35 & rest] >> (mark >> 32 & 7) & 1)


class SpillStore:
    """Numbers by mark. Most marks that are asked for are not among them: a Bloom filter tells that."""

    def __init__(self) -> None:
        self._filter: BloomFilter | None = None
        self._index = MarkIndex()

    def add(self, marks: Collection[int], numbers: Sequence[int]) -> None:
        """Keep a number under each of these marks, under which nothing was kept before."""
        self._filter = self._filter or BloomFilter()
        self._filter.add(marks)
        self._index.add(marks, numbers)

    def among(self, marks: Iterable[int]) -> dict[int, int]:
        """The numbers under those of some marks under which one is kept."""
        return {mark: number for mark in marks if (number := self.get(mark)) is not None} if self._filter else {}

    def get(self, mark: int) -> int | None:
        """The number under a mark."""
        if self._filter is None or mark not in self._filter:
            return None
        return next(iter(self._index.numbers(mark)), None)

"""A number under each of many marks, on disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from bake.compiler.mark_index import MarkIndex

#: How many bits a Bloom filter has: 4 MB.
_BITS = 25


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

    def passed(self, marks: Iterable[int]) -> list[int]:
        """The marks that may have been added; the others certainly were not."""
        bits, rest = self._bits, len(self._bits) - 1
        return [
            mark
            for mark in marks
            if bits[mark >> 3 & rest] >> (mark & 7) & 1 and bits[mark >> 35 & rest] >> (mark >> 32 & 7) & 1
        ]


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
        suspected = self._filter.passed(marks) if self._filter else ()
        return {mark: found[0] for mark in suspected if (found := self._index.numbers(mark))}

    def get(self, mark: int) -> int | None:
        """The number under a mark."""
        return self.among((mark,)).get(mark) if self._filter else None

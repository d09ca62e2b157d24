"""The ids of rows by trait, in a file that nobody sees: whatever the number of rows, it takes little memory.

A trait is kept as its hash, which also chooses one of many parts. Each part is sorted when it is first asked for.
"""

from __future__ import annotations

import tempfile
import weakref
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from bake.compiler.traits import Trait, TraitColumn

#: How many traits are kept in memory before they are put on disk.
REMEMBERED = 100_000

#: Of the rows that have one trait, so many are looked at.
MOST = 50

#: How many parts there are: of a million rows, a part takes some 40 kB for the hashes and as much for the ids.
_PARTS = 1024
_SIZE = array("q").itemsize


class LikenessIndex:
    """The ids of rows by trait. All are added before the first is asked for."""

    def __init__(self) -> None:
        self._recent: list[array[int]] = []
        self._count = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when nobody holds this any more
        weakref.finalize(self, self._file.close)
        self._runs: list[array[int]] = []
        self._sorted: dict[int, tuple[int, int]] = {}

    def add(self, traits: TraitColumn, ids: Sequence[int]) -> None:
        """Add the traits of one kind that some rows have."""
        parts = self._recent = self._recent or [array("q") for _ in range(_PARTS)]
        for trait, id_ in zip(traits, ids, strict=True):
            if trait is not None:
                mark = hash(trait)
                part = parts[mark % _PARTS]
                part.append(mark)
                part.append(id_)
        self._count += len(ids)
        if self._count >= REMEMBERED:
            self._spill()

    def ids(self, traits: Iterable[Trait]) -> Iterator[int]:
        """The rows that have any of these traits, for each by ascending ids; of very many with one trait, the first."""
        if self._recent:
            self._spill()
        if not self._runs:
            return
        for mark in map(hash, traits):
            start, count = self._part(mark % _PARTS)
            marks = self._read(start, count)
            first = bisect_left(marks, mark)
            last = bisect_right(marks, mark, first, min(first + MOST, count))
            if first < last:
                yield from self._read(start + count + first, last - first)

    def _spill(self) -> None:
        """Write what is in memory behind the rest: a run of all parts, of which it is kept where each begins."""
        starts = array("q", [self._end()])
        for part in self._recent:
            part.tofile(self._file)
            starts.append(starts[-1] + len(part))
        self._runs.append(starts)
        self._recent, self._count = [], 0

    def _part(self, n: int) -> tuple[int, int]:
        """Where a part begins, sorted, and how many rows it has: their hashes, and then as many ids."""
        if n not in self._sorted:
            mixed = array("q")
            for starts in self._runs:
                mixed += self._read(starts[n], starts[n + 1] - starts[n])
            pairs = sorted(set(zip(mixed[::2], mixed[1::2], strict=True)))
            self._sorted[n] = self._end(), len(pairs)
            for column in zip(*pairs, strict=True):
                array("q", column).tofile(self._file)
        return self._sorted[n]

    def _end(self) -> int:
        return self._file.seek(0, 2) // _SIZE

    def _read(self, start: int, count: int) -> array[int]:
        self._file.seek(start * _SIZE)
        numbers = array("q")
        numbers.frombytes(self._file.read(count * _SIZE))
        return numbers

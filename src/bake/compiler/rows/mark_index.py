"""An index from 64-bit marks to numbers, in a temporary file, so that it takes little memory whatever its size.

It is divided into parts by mark. A part is sorted when it is first searched, and again when it has grown to twice its
size; what was added since it was sorted is searched one by one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cached_property
from hashlib import blake2b
from typing import IO, NamedTuple

from bake.temporary import temporary_file

#: How many numbers are kept in memory before they are written to the file.
REMEMBERED = 100_000

#: How many numbers are returned for one mark at most.
MOST = 50

#: How many parts there are: of a million numbers, a part has some 8 kB for the marks and as much for the numbers.
_PARTS = 1024
_SIZE = array("q").itemsize


def mark_of(text: bytes) -> int:
    """A mark that stands for a text, however long that is."""
    return int.from_bytes(blake2b(text, digest_size=_SIZE).digest(), "little", signed=True)


class _SortedPart(NamedTuple):
    """A sorted part in the file: where its marks begin, followed by as many numbers; their count; the runs in it."""

    start: int = 0
    size: int = 0
    runs: int = 0


class MarkIndex:
    """Numbers by mark. Adding and asking may alternate."""

    def __init__(self) -> None:
        self._recent: list[array[int]] = []
        self._count = 0
        self._runs: list[array[int]] = []
        self._sorted: dict[int, _SortedPart] = {}

    def __bool__(self) -> bool:
        """Whether there are any numbers."""
        return bool(self._recent or self._runs)

    def add(self, marks: Iterable[int | None], numbers: Iterable[int]) -> None:
        """Add numbers, each under its mark; a number without a mark is left out."""
        parts = self._recent = self._recent or [array("q") for _ in range(_PARTS)]
        for mark, number in zip(marks, numbers, strict=True):
            if mark is not None:
                part = parts[mark % _PARTS]
                part.append(mark)
                part.append(number)
                self._count += 1
        if self._count >= REMEMBERED:
            self._spill()

    def numbers(self, mark: int) -> list[int]:
        """The numbers under a mark, ascending, each once; of very many, the lowest."""
        if not self:
            return []
        n = mark % _PARTS
        part = self._sorted.get(n, _SortedPart())
        later = self._later(n, part)
        if len(later) > 2 * part.size:
            part, later = self._sort(n, part, later), array("q")
        marks = self._read(part.start, part.size)
        first = bisect_left(marks, mark)
        last = bisect_right(marks, mark, first, min(first + MOST, part.size))
        found = set(self._read(part.start + part.size + first, last - first))
        for pairs in (later, *self._recent[n : n + 1]):
            if mark in pairs[::2]:
                found.update(number for one, number in zip(pairs[::2], pairs[1::2], strict=True) if one == mark)
        return sorted(found)[:MOST]

    @cached_property
    def _file(self) -> IO[bytes]:
        return temporary_file(self)

    def _spill(self) -> None:
        """Append what is in memory to the file: a run with all parts, of which the offset of each is remembered."""
        starts = array("q", [self._end()])
        for part in self._recent:
            part.tofile(self._file)
            starts.append(starts[-1] + len(part))
        self._runs.append(starts)
        self._recent, self._count = [], 0

    def _later(self, n: int, part: _SortedPart) -> array[int]:
        """What was written to a part since it was sorted: marks and numbers in turn."""
        later = array("q")
        for starts in self._runs[part.runs :]:
            later += self._read(starts[n], starts[n + 1] - starts[n])
        return later

    def _sort(self, n: int, part: _SortedPart, later: array[int]) -> _SortedPart:
        """Write a part once more, sorted, with what was written since."""
        marks, numbers = self._read(part.start, part.size), self._read(part.start + part.size, part.size)
        pairs = sorted({*zip(marks, numbers, strict=True), *zip(later[::2], later[1::2], strict=True)})
        self._sorted[n] = _SortedPart(self._end(), len(pairs), len(self._runs))
        for column in zip(*pairs, strict=True):
            array("q", column).tofile(self._file)
        return self._sorted[n]

    def _end(self) -> int:
        return self._file.seek(0, 2) // _SIZE

    def _read(self, start: int, count: int) -> array[int]:
        numbers = array("q")
        if count:
            self._file.seek(start * _SIZE)
            numbers.frombytes(self._file.read(count * _SIZE))
        return numbers

"""A set of integers for millions of numbers, kept as a bitmap in pages of 4096 bits, and as ranges of whole pages.

Ten million record numbers take little more than a megabyte, in any order. A run of 10¹⁵ numbers, as a damaged file may
have, is one range.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator

from bake.changeset.model import Runs
from bake.changeset.runs import merged, ranges, span

_BITS = 12
_PAGE = 1 << _BITS
_LAST = _PAGE - 1


class Coverage:
    """A set of numbers that also knows whether any was added twice.

    Attributes:
        count: how many numbers were added; one that was added twice counts twice.
    """

    def __init__(self) -> None:
        self.count = 0
        self._twice = False
        self._pages: dict[int, int] = {}
        self._whole_pages: list[tuple[int, int]] = []  # ranges of page numbers: (first, last)

    def add(self, number: int) -> bool:
        """Add one number; return whether it is new."""
        page, bit = number >> _BITS, 1 << (number & _LAST)
        before = self._pages.get(page, 0)
        self._pages[page] = before | bit
        self.count += 1
        if before & bit:
            self._twice = True
            return False
        return True

    def add_all(self, numbers: Collection[int]) -> list[int]:
        """Add numbers, of which no two are equal; return those that were in the set before."""
        self.count += len(numbers)
        pages: dict[int, int] = {}
        ordered = sorted(numbers)
        spans = list(ranges(ordered))
        if len(spans) > len(ordered) // 4:
            for number in ordered:
                page = number >> _BITS
                pages[page] = pages.get(page, 0) | 1 << (number & _LAST)
        else:
            for first, last in spans:
                for page in range(first >> _BITS, (last >> _BITS) + 1):
                    begin = page * _PAGE
                    bits = _bits(max(first - begin, 0), min(last - begin, _LAST))
                    pages[page] = pages.get(page, 0) | bits
        return [number for page, bits in pages.items() for number in _numbers(page, self._mark(page, bits))]

    def add_runs(self, runs: Runs) -> None:
        """Add all numbers of some runs.

        Raises:
            ValueError: one of them is no run; those before it have been added.
        """
        page = bits = 0  # the bits of successive runs in one page are gathered, and set together
        try:
            for run in runs:
                first, last = (run, run) if type(run) is int else span(run)
                if first > last:
                    raise ValueError(f"{run} is no run")
                if first >> _BITS != page or last >> _BITS != page:
                    self._mark(page, bits)
                    page, bits = first >> _BITS, 0
                    if last >> _BITS != page:
                        self._add_span(first, last)
                        continue
                more = _bits(first & _LAST, last & _LAST)
                self._twice |= bool(bits & more)
                self.count += last - first + 1
                bits |= more
        finally:
            self._mark(page, bits)

    def _add_span(self, first: int, last: int) -> None:
        """Add the numbers from `first` to `last`, inclusive, which lie in different pages."""
        self.count += last - first + 1
        page, end = first >> _BITS, last >> _BITS
        if first & _LAST:
            self._mark(page, _bits(first & _LAST, _LAST))
            page += 1
        if last & _LAST < _LAST:
            self._mark(end, _bits(0, last & _LAST))
            end -= 1
        if page <= end:
            self._whole_pages.append((page, end))

    def meets(self, other: Coverage) -> bool:
        """Whether the bitmaps of two sets have a number in common; ranges of whole pages are not compared."""
        return any(bits & other._pages.get(page, 0) for page, bits in self._pages.items())

    def add_from(self, other: Coverage) -> None:
        """Add the numbers in the bitmap of another set; none of them may be in this one."""
        for page, bits in other._pages.items():
            self._pages[page] = self._pages.get(page, 0) | bits
        self.count += other.count

    def __contains__(self, number: int) -> bool:
        page = number >> _BITS
        there = self._pages.get(page, 0) >> (number & _LAST) & 1
        return bool(there) or (bool(self._whole_pages) and _within(merged(self._whole_pages), page))

    def numbers(self) -> Iterator[int]:
        """The numbers in the bitmap, ascending; those in ranges of whole pages are left out."""
        for page in sorted(self._pages):
            yield from _numbers(page, self._pages[page])

    def is_all_below(self, end: int) -> bool:
        """Whether exactly the numbers from 0 to `end - 1` were added, each once."""
        whole = merged(self._whole_pages)
        apart = sum(last - first + 1 for first, last in whole) == sum(
            last - first + 1 for first, last in self._whole_pages
        )
        if self._twice or not apart or self.count != end or any(_within(whole, page) for page in self._pages):
            return False
        ends = [page * _PAGE + bits.bit_length() for page, bits in self._pages.items()]
        ends += [(last + 1) * _PAGE for _, last in whole]
        lowest = min([*self._pages, *(first for first, _ in whole)], default=0)
        return lowest >= 0 and max(ends, default=0) <= end

    def _mark(self, page: int, bits: int) -> int:
        """Set bits of a page; return those of them that were set before."""
        if not bits:
            return 0
        before = self._pages.get(page, 0)
        self._pages[page] = before | bits
        if twice := before & bits:
            self._twice = True
        return twice


def _bits(first: int, last: int) -> int:
    """A bitmap with the bits from `first` to `last` set, inclusive."""
    return (2 << last) - (1 << first)


def _numbers(page: int, bits: int) -> Iterator[int]:
    """The numbers that the bits of a page stand for, ascending."""
    while bits:
        lowest = bits & -bits
        yield page * _PAGE + lowest.bit_length() - 1
        bits ^= lowest


def _within(spans: list[tuple[int, int]], number: int) -> bool:
    """Whether a number lies in one of these ascending, disjoint spans (first, last)."""
    position = bisect_right(spans, (number, number)) - 1
    near = spans[max(position, 0) : position + 2]
    return any(first <= number <= last for first, last in near)

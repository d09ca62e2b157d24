"""Sets of record numbers, written as runs: `{0, 4, 5, 6}` is `(0, "4-6")`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice, pairwise, repeat
from itertools import count as count_from
from operator import ne, sub

from bake.changeset.model import Runs


class RunBuilder:
    """Collects numbers below 2⁶³ as ranges: a million consecutive records cost what one does, and a range 16 bytes."""

    def __init__(self) -> None:
        self._firsts = array("q")
        self._lasts = array("q")
        self._sorted = True

    def add(self, number: int) -> None:
        """Add one number; ascending and descending order are cheapest, any order is right."""
        self.add_span(number, number)

    def add_span(self, first: int, last: int) -> None:
        """Add the numbers from first to last."""
        if self._lasts:
            if self._lasts[-1] + 1 == first:
                self._lasts[-1] = last
                return
            if first <= self._lasts[-1]:
                self._sorted = False
                if self._firsts[-1] == last + 1:
                    self._firsts[-1] = first
                    return
        self._firsts.append(first)
        self._lasts.append(last)

    def runs(self) -> Runs:
        """The numbers so far, ascending, as runs."""
        return tuple(_written(first, last) for first, last in self.spans())

    def spans(self) -> Iterable[tuple[int, int]]:
        """The numbers so far as ascending, disjoint (first, last) pairs."""
        pairs = zip(self._firsts, self._lasts, strict=True)
        return pairs if self._sorted else merged(pairs)

    def numbers(self, *, backwards: bool = False) -> Iterator[int]:
        """Each number that was added, in ascending order, or descending; they were added in ascending order."""
        pairs = zip(self._firsts, self._lasts, strict=True)
        if backwards:
            pairs = zip(reversed(self._firsts), reversed(self._lasts), strict=True)
        for first, last in pairs:
            yield from range(last, first - 1, -1) if backwards else range(first, last + 1)

    def split(self) -> RunBuilder:
        """Give up the range that was added last, which may still grow, to a builder of its own."""
        other = RunBuilder()
        other.add_span(self._firsts.pop(), self._lasts.pop())
        return other

    def __bool__(self) -> bool:
        return bool(self._lasts)

    def __len__(self) -> int:
        """How many ranges are held: no fewer than there are runs."""
        return len(self._lasts)


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending, disjoint spans that cover the same numbers."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def runs(numbers: Iterable[int]) -> Runs:
    """These numbers as runs."""
    builder = RunBuilder()
    for number in numbers:
        builder.add(number)
    return builder.runs()


def ranges(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The (first, last) pairs of ascending numbers."""
    steps = map(sub, islice(numbers, 1, None), numbers)
    gaps = compress(count_from(1), map(ne, steps, repeat(1)))
    for start, end in pairwise([0, *gaps, len(numbers)]):
        if start < end:
            yield numbers[start], numbers[end - 1]


def spans(written: Runs) -> Iterator[tuple[int, int]]:
    """The (first, last) pairs of runs."""
    for run in written:
        yield span(run)


def span(run: int | str) -> tuple[int, int]:
    """The first and the last number of a run; of a damaged one, the last may be less, and then it holds none."""
    if isinstance(run, int):
        return run, run
    begin, _, end = run.partition("-")
    return int(begin), int(end)


def count(written: Runs) -> int:
    """How many numbers the runs hold."""
    return sum(max(0, last - first + 1) for first, last in spans(written))


def numbers(written: Runs) -> Iterator[int]:
    """Each number of the runs."""
    for first, last in spans(written):
        yield from range(first, last + 1)


def _written(first: int, last: int) -> int | str:
    return first if first == last else f"{first}-{last}"

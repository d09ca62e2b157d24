"""Sets of record numbers, written as runs: `{0, 4, 5, 6}` is `(0, "4-6")`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bake.changeset.model import Runs


class RunBuilder:
    """Collects numbers as ranges, so that a million consecutive records cost what one does."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []
        self._sorted = True

    def add(self, number: int) -> None:
        """Add one number; ascending order is cheapest, any order is right."""
        self.add_span(number, number)

    def add_span(self, first: int, last: int) -> None:
        """Add the numbers from first to last."""
        if self._spans and self._spans[-1][1] + 1 == first:
            self._spans[-1] = (self._spans[-1][0], last)
            return
        self._sorted = self._sorted and not (self._spans and first <= self._spans[-1][1])
        self._spans.append((first, last))

    def runs(self) -> Runs:
        """The numbers so far, ascending, as runs."""
        return tuple(_written(first, last) for first, last in self.spans())

    def spans(self) -> list[tuple[int, int]]:
        """The numbers so far as ascending, disjoint (first, last) pairs."""
        return list(self._spans) if self._sorted else merged(self._spans)

    def __bool__(self) -> bool:
        return bool(self._spans)


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


def spans(written: Runs) -> Iterator[tuple[int, int]]:
    """The (first, last) pairs of runs.

    Raises:
        ValueError: a run is not of the form `n` or `"first-last"`, the last one no less than the first.
    """
    for run in written:
        if isinstance(run, int):
            yield run, run
        else:
            begin, _, end = run.partition("-")
            first, last = int(begin), int(end)
            if first > last:
                raise ValueError(f"{run} is no run")
            yield first, last


def count(written: Runs) -> int:
    """How many numbers the runs hold."""
    return sum(last - first + 1 for first, last in spans(written))


def numbers(written: Runs) -> Iterator[int]:
    """Each number of the runs."""
    for first, last in spans(written):
        yield from range(first, last + 1)


def _written(first: int, last: int) -> int | str:
    return first if first == last else f"{first}-{last}"

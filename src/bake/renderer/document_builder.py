"""What is seen while the operations of a changeset stream past: counts of all, and the first of each kind."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Generic, TypeVar, assert_never

from bake.changeset.file import Changeset
from bake.changeset.model import Change, Create, Delete, Operation, Runs, Skip, Update
from bake.changeset.runs import count
from bake.changeset.warnings import rank
from bake.renderer.counts import UNCHANGED
from bake.renderer.document_parts import Listing, Noticed, Passed, Step, Summary, Warned
from bake.renderer.patch_steps import action_of, step

#: How many runs of records are kept of those that are skipped or noticed together.
RUNS = 6
_T = TypeVar("_T")


class First(Generic[_T]):
    """The first things of a stream, and how many came by."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._items: list[_T] = []
        self.total = 0

    @property
    def wanted(self) -> bool:
        """Whether the next one is to be kept; if not, there is no need to make it."""
        return self._limit is None or len(self._items) < self._limit

    def add(self, item: _T) -> None:
        """Keep one, or only count it."""
        if self.wanted:
            self._items.append(item)
        self.total += 1

    def listing(self) -> Listing[_T]:
        """Those that were kept, and the count of all."""
        return Listing(items=tuple(self._items), total=self.total)


class MostImportant:
    """The warnings that matter most of a stream, and how many came by (`bake.changeset.warnings`)."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._items: list[Warned] = []
        self.total = 0
        self.codes: Counter[str] = Counter()

    def add(self, item: Warned) -> None:
        """Keep one in its place, or only count it."""
        self.total += 1
        self.codes[item.warning.code] += 1
        insort(self._items, item, key=_importance)
        if self._limit is not None:
            del self._items[self._limit :]

    def listing(self) -> Listing[Warned]:
        """Those that were kept, the most important first, and the count of all."""
        return Listing(items=tuple(self._items), total=self.total)


def _importance(item: Warned) -> tuple[tuple[int, int], int]:
    return rank(item.warning), item.n


class Gathering:
    """The operations so far: at most `limit` of them, and of their warnings, are held."""

    def __init__(self, limit: int | None) -> None:
        self.operations: First[Step] = First(limit)
        self.warnings = MostImportant(limit)
        self.counts: dict[str, Counter[str]] = {}
        self._skips: dict[tuple[str, str], tuple[int, Runs]] = {}

    def add(self, operation: Operation) -> None:
        """Take in an operation, as it is now."""
        counts = self.counts.setdefault(operation.entity, Counter())
        match operation:
            case Skip():
                self._skip(operation, counts)
            case Create() | Update() | Delete():
                self._change(operation, counts)
            case _:
                assert_never(operation)

    def summary(self) -> tuple[Summary, ...]:
        """The counts by entity."""
        return tuple(Summary(entity=entity, **counts) for entity, counts in self.counts.items())

    def skips(self) -> list[Passed]:
        """The records that are skipped, by entity and reason."""
        return [
            Passed(entity=entity, reason=reason, records=number, from_=runs)
            for (entity, reason), (number, runs) in self._skips.items()
        ]

    def _skip(self, skip: Skip, counts: Counter[str]) -> None:
        skipped = records(skip.from_)
        counts["skip"] += skipped
        counts["unchanged"] += skipped if skip.reason in UNCHANGED else 0
        number, runs = self._skips.get((skip.entity, skip.reason), (0, ()))
        first = runs if len(runs) == RUNS else (runs + skip.from_[:RUNS])[:RUNS]
        self._skips[skip.entity, skip.reason] = (number + skipped, first)

    def _change(self, operation: Change, counts: Counter[str]) -> None:
        counts["skip" if _leaves_all(operation) else action_of(operation)] += 1
        counts["warnings"] += len(operation.warnings)
        counts["waiting"] += any(isinstance(need, str) for need in operation.needs.values())
        for one in _warned(operation):
            self.warnings.add(one)
        if self.operations.wanted:
            self.operations.add(step(operation))
        else:
            self.operations.total += 1


def noticed(file: Changeset, limit: int | None) -> Listing[Noticed]:
    """What was noticed while building: the first few notices, and how many there are in all."""
    notices = file.built.notices if file.built else ()
    shown = (
        Noticed(code=notice.code, message=notice.message, records=records(notice.from_), from_=notice.from_[:RUNS])
        for notice in islice(notices, limit)
    )
    return Listing(items=tuple(shown), total=len(notices))


def _leaves_all(operation: Change) -> bool:
    """Whether an operation is an update of which the answers have left nothing."""
    return isinstance(operation, Update) and not operation.patch


def _warned(operation: Operation) -> Iterator[Warned]:
    if isinstance(operation, Skip):
        return
    key, label = operation.key, operation.label
    for warning in operation.warnings:
        yield Warned(n=operation.n, entity=operation.entity, key=key, label=label, warning=warning)


def records(runs: Runs) -> int:
    """How many records these are; none if a damaged file holds what are no runs."""
    try:
        return count(runs)
    except ValueError:
        return 0

"""What is seen while the operations of a changeset stream past: counts of all, and some of each kind."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from typing import Generic, TypeVar, assert_never

from bake.changeset.file import Changeset
from bake.changeset.model import Change, Create, Delete, Operation, Runs, Skip, Update
from bake.changeset.pointers import is_undecided
from bake.changeset.runs import count
from bake.changeset.warnings import rank
from bake.renderer.counts import UNCHANGED
from bake.renderer.document_parts import Listing, Noticed, Passed, Step, Summary, Warned
from bake.renderer.patch_steps import action_of, step
from bake.renderer.selection import EVERYTHING, Selection

#: How many runs of records are kept of those that are skipped or noticed together.
RUNS = 6
_T = TypeVar("_T")


class Some(Generic[_T]):
    """Some things of a stream, one after another, and how many came by.

    Args:
        end: how many come by until enough are kept; None: there are never enough.
        before: how many of these are not kept.
    """

    def __init__(self, end: int | None, before: int = 0) -> None:
        self._end = end
        self._before = before
        self._items: list[_T] = []
        self.total = 0

    def pass_by(self) -> bool:
        """Count the next one, and say whether it is to be kept; if not, there is no need to make it."""
        self.total += 1
        return self._before < self.total and (self._end is None or self.total <= self._end)

    def keep(self, item: _T) -> None:
        """Keep the one that was counted last."""
        self._items.append(item)

    def listing(self) -> Listing[_T]:
        """Those that were kept, and the count of all."""
        return Listing(items=tuple(self._items), before=self._before, total=self.total)


class MostImportant:
    """The warnings that matter most of a stream, and how many came by (`bake.changeset.warnings`)."""

    def __init__(self, end: int | None, before: int = 0) -> None:
        self._end = end
        self._before = before
        self._items: list[Warned] = []
        self.total = 0
        self.codes: Counter[str] = Counter()

    def add(self, item: Warned) -> None:
        """Keep one in its place, or only count it."""
        self.total += 1
        self.codes[item.warning.code] += 1
        insort(self._items, item, key=_importance)
        if self._end is not None:
            del self._items[self._end :]

    def listing(self) -> Listing[Warned]:
        """Those that were kept, the most important first, and the count of all."""
        return Listing(items=tuple(self._items[self._before :]), before=self._before, total=self.total)


def _importance(item: Warned) -> tuple[tuple[int, int], int]:
    return rank(item.warning), item.n


class Gathering:
    """The operations so far: no more of them, and of their warnings, are held than are shown.

    Args:
        limit: how many are held at most of those that are shown first; None for all.
        selected: what is shown; the counts are of everything.
        operations: what keeps the operations, if it is not this.
    """

    def __init__(
        self, limit: int | None, selected: Selection = EVERYTHING, operations: Some[Step] | None = None
    ) -> None:
        self._selected = selected
        self._is_all = not selected.is_narrow
        self.operations = operations or Some[Step](limit, selected.before)
        self.warnings = MostImportant(limit, selected.before)
        self.changes = 0
        self.counts: dict[str, Counter[str]] = {}
        self._skips: dict[tuple[str, str], tuple[int, Runs]] = {}

    def add(self, operation: Operation) -> None:
        """Take in an operation, as it is now."""
        counts = self.counts.get(operation.entity)
        if counts is None:
            counts = self.counts[operation.entity] = Counter()
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
        action = action_of(operation)
        counts["skip" if _leaves_all(operation) else action] += 1
        self.changes += 1
        if operation.needs and is_undecided(operation.needs):
            counts["waiting"] += 1
        if operation.warnings:
            counts["warnings"] += len(operation.warnings)
            self._warn(operation)
        if (self._is_all or self._selected.has_change(operation, action)) and self.operations.pass_by():
            self.operations.keep(step(operation))

    def _warn(self, operation: Change) -> None:
        key, label = operation.key, operation.label
        if self._selected.has("warnings") and self._selected.is_about(operation.entity, key, label):
            for one in operation.warnings:
                self.warnings.add(Warned(n=operation.n, entity=operation.entity, key=key, label=label, warning=one))


def noticed(file: Changeset, selected: Selection) -> Listing[Noticed]:
    """What was noticed while building."""
    notices = file.built.notices if file.built and selected.has("notices") and not selected.is_of_rows else ()
    shown = (
        Noticed(code=notice.code, message=notice.message, records=records(notice.from_), from_=notice.from_[:RUNS])
        for notice in notices[selected.before : selected.end]
    )
    return Listing(items=tuple(shown), before=selected.before, total=len(notices))


def _leaves_all(operation: Change) -> bool:
    """Whether an operation is an update of which the answers have left nothing."""
    return isinstance(operation, Update) and not operation.patch


def records(runs: Runs) -> int:
    """How many records these are; none if a damaged file holds what are no runs."""
    try:
        return count(runs)
    except ValueError:
        return 0

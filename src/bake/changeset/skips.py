"""Records that are skipped for one reason, gathered into lines that do not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from bake.changeset.model import Runs
from bake.changeset.runs import RunBuilder

#: How many runs of records share a line at most.
RUNS = 10_000

#: How many reasons are gathered for at the same time.
_REASONS = 1_000

#: An entity, a reason, and the records that are skipped for it.
Skipped: TypeAlias = tuple[str, str, Runs]


class Skips:
    """Gathers skipped records by entity and reason.

    What is `full` can be written while more comes, so that memory is bounded; `rest` is for the end.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], RunBuilder] = {}
        self._full: list[Skipped] = []

    def add(self, entity: str, reason: str, first: int, last: int) -> None:
        """Gather the records from first to last."""
        group = entity, reason
        records = self._open.get(group)
        if records is None:
            if len(self._open) >= _REASONS:
                self._close(next(iter(self._open)))
            records = self._open[group] = RunBuilder()
        records.add_span(first, last)
        if len(records) > RUNS:
            self._open[group] = records.split()
            self._full.append((entity, reason, records.runs()))

    def add_all(self, others: Skips) -> None:
        """Gather what others have gathered, of whom none has filled a line yet."""
        assert not others._full, "they are of a batch"
        for (entity, reason), records in others._open.items():
            for first, last in records.spans():
                self.add(entity, reason, first, last)

    def full(self) -> Iterator[Skipped]:
        """What is to be written now, if anything is."""
        full, self._full = self._full, []
        yield from full

    def rest(self) -> Iterator[Skipped]:
        """All that is left, in the order in which the reasons first came up."""
        yield from self.full()
        for group in list(self._open):
            self._close(group)
            yield from self.full()

    def _close(self, group: tuple[str, str]) -> None:
        self._full.append((*group, self._open.pop(group).runs()))

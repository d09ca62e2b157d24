"""Gathers skipped records by reason, so that the changeset has few `skip` lines, each of limited size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from bake.changeset.model import Runs
from bake.changeset.runs import RunBuilder

#: How many runs of record numbers one line has at most.
RUNS = 10_000

#: How many pairs of entity and reason are gathered at the same time; of more, the oldest is closed.
_REASONS = 1_000

#: What one line holds: the name of an entity, a reason, and the numbers of the records skipped for it.
Skipped: TypeAlias = tuple[str, str, Runs]


class Skips:
    """Gathers skipped records by entity and reason.

    `full` gives the lines that are complete, to be written at once, so that memory is bounded; `rest` the others.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], RunBuilder] = {}
        self._full: list[Skipped] = []

    def add(self, entity: str, reason: str, first: int, last: int) -> None:
        """Add the records from `first` to `last`, inclusive."""
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
        """Add the records gathered by another instance, for one batch; it may have no complete line yet."""
        assert not others._full, "they are of a batch"
        for (entity, reason), records in others._open.items():
            for first, last in records.spans():
                self.add(entity, reason, first, last)

    def full(self) -> Iterator[Skipped]:
        """The lines that are complete; each is given once."""
        full, self._full = self._full, []
        yield from full

    def rest(self) -> Iterator[Skipped]:
        """All remaining lines, in the order in which their reasons first occurred."""
        yield from self.full()
        for group in list(self._open):
            self._close(group)
            yield from self.full()

    def _close(self, group: tuple[str, str]) -> None:
        self._full.append((*group, self._open.pop(group).runs()))

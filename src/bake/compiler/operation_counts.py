"""Operation numbers, counts, and the records that need no operation of their own."""

from __future__ import annotations

from collections.abc import Iterator

from bake.changeset.model import Operation, Skip
from bake.changeset.runs import count
from bake.changeset.skips import Skipped, Skips


class OperationCounts:
    """Numbers operations from 1; gathers skipped records as runs, by entity and reason."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self._last = 0
        self._skips = Skips()

    @property
    def last(self) -> int:
        """The number of the last operation so far."""
        return self._last

    def number(self) -> int:
        """The next operation's number."""
        self._last += 1
        return self._last

    def skip(self, entity: str, reason: str, record: int) -> None:
        """Nothing is to be done about a record."""
        self._skips.add(entity, reason, record, record)

    def skip_span(self, entity: str, reason: str, first: int, last: int) -> None:
        """Nothing is to be done about these records."""
        if first <= last:
            self._skips.add(entity, reason, first, last)

    def full_skips(self) -> Iterator[Skip]:
        """Skipped records, as operations, as far as they fill a line; to be asked for now and then."""
        return map(self._skip, self._skips.full())

    def skips(self) -> Iterator[Skip]:
        """All other skipped records, as operations."""
        return map(self._skip, self._skips.rest())

    def _skip(self, skipped: Skipped) -> Skip:
        entity, reason, runs = skipped
        return Skip(n=self.number(), entity=entity, reason=reason, from_=runs)

    def add(self, other: OperationCounts) -> int:
        """Add what was numbered, counted and skipped elsewhere; the number that the first operation has here."""
        first = self._last + 1
        self._last += other._last
        for entity, counts in other.counts.items():
            here = self.counts.setdefault(entity, {})
            for action, n in counts.items():
                here[action] = here.get(action, 0) + n
        self._skips.add_all(other._skips)
        return first

    def count(self, operation: Operation) -> None:
        """Count an operation; skips count their records."""
        action = type(operation).__name__.lower()
        counts = self.counts.setdefault(operation.entity, {})
        counts[action] = counts.get(action, 0) + (count(operation.from_) if isinstance(operation, Skip) else 1)

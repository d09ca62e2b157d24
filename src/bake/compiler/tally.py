"""Operation numbers, counts, and the records that need no operation of their own."""

from __future__ import annotations

from collections.abc import Iterator

from bake.changeset.model import Operation, Skip
from bake.changeset.runs import RunBuilder, count


class Tally:
    """Numbers operations from 1; gathers skipped records as runs, one operation for each entity and reason."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self._last = 0
        self._skipped: dict[tuple[str, str], RunBuilder] = {}

    def number(self) -> int:
        """The next operation's number."""
        self._last += 1
        return self._last

    def skip(self, entity: str, reason: str, record: int) -> None:
        """Nothing is to be done about a record."""
        self.skip_span(entity, reason, record, record)

    def skip_span(self, entity: str, reason: str, first: int, last: int) -> None:
        """Nothing is to be done about these records."""
        if first <= last:
            self._skipped.setdefault((entity, reason), RunBuilder()).add_span(first, last)

    def skips(self) -> Iterator[Skip]:
        """The skipped records, as operations."""
        for (entity, reason), records in self._skipped.items():
            yield Skip(n=self.number(), entity=entity, reason=reason, from_=records.runs())

    def count(self, operation: Operation) -> None:
        """Count an operation; skips count their records."""
        action = type(operation).__name__.lower()
        counts = self.counts.setdefault(operation.entity, {})
        counts[action] = counts.get(action, 0) + (count(operation.from_) if isinstance(operation, Skip) else 1)

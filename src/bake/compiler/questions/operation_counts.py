"""Numbers and counts operations, and gathers skipped records into `skip` operations."""

from __future__ import annotations

from collections.abc import Iterator

from bake.changeset.model import Operation, Skip
from bake.changeset.runs import count
from bake.changeset.skips import Skipped, Skips


class OperationCounts:
    """The numbers and counts of one compilation.

    Attributes:
        counts: by entity and action (such as "create"), the number of operations; of records for "skip".
    """

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self._last = 0
        self._skips = Skips()

    @property
    def last(self) -> int:
        """The number of the last operation so far."""
        return self._last

    def creates(self, entity: str) -> int:
        """How many rows of an entity are created."""
        return self.counts.get(entity, {}).get("create", 0)

    def number(self) -> int:
        """Take the next operation number; the first is 1."""
        self._last += 1
        return self._last

    def skip(self, entity: str, reason: str, record: int) -> None:
        """Skip a record, for a reason."""
        self._skips.add(entity, reason, record, record)

    def skip_span(self, entity: str, reason: str, first: int, last: int) -> None:
        """Skip the records from `first` to `last`, inclusive; none if `last` is smaller."""
        if first <= last:
            self._skips.add(entity, reason, first, last)

    def full_skips(self) -> Iterator[Skip]:
        """The `skip` operations that are complete; to be called between batches, so that memory is bounded."""
        return map(self._skip, self._skips.full())

    def skips(self) -> Iterator[Skip]:
        """The remaining `skip` operations, at the end."""
        return map(self._skip, self._skips.rest())

    def _skip(self, skipped: Skipped) -> Skip:
        entity, reason, runs = skipped
        return Skip(n=self.number(), entity=entity, reason=reason, from_=runs)

    def add(self, other: OperationCounts) -> int:
        """Add the counts of a batch compiled by itself; return the number that its first operation gets."""
        first = self._last + 1
        self._last += other._last
        for entity, counts in other.counts.items():
            here = self.counts.setdefault(entity, {})
            for action, n in counts.items():
                here[action] = here.get(action, 0) + n
        self._skips.add_all(other._skips)
        return first

    def count(self, operation: Operation) -> None:
        """Count an operation; a skip counts once for each of its records."""
        action = type(operation).__name__.lower()
        counts = self.counts.setdefault(operation.entity, {})
        counts[action] = counts.get(action, 0) + (count(operation.from_) if isinstance(operation, Skip) else 1)

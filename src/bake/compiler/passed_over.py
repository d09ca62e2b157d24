"""Records that become no operation: what says only what is here, and what nobody edited of a row that is not here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bake.changeset.runs import ranges
from bake.compiler.binding import Binding, Reading
from bake.compiler.context import Context
from bake.compiler.identity import Doubtful, Existing
from bake.compiler.operation_counts import OperationCounts
from bake.compiler.pending_record import PendingRecord
from bake.compiler.row_difference import is_unedited
from bake.compiler.row_matching import ComparedBatch


class PassedOver:
    """Counts the records that are passed over."""

    def __init__(self, context: Context, counts: OperationCounts) -> None:
        self._context = context
        self._counts = counts

    def unchanged(self, binding: Binding, records: ComparedBatch, others: set[int]) -> list[PendingRecord]:
        """Skip the records that change nothing; returned are those on whose row others are, too.

        Args:
            binding: the view of all of them.
            records: the batch.
            others: the rows that other records of the batch are, or may be, about.
        """
        entity, pairs = binding.entity.name, list(zip(records.unchanged, records.rows, strict=True))
        again = self._claimed_again(entity, records.rows, others)
        if self._context.ids_are_its_own:
            for row, carried in zip(records.rows, records.carried, strict=True):
                self._context.created_rows.carries(entity, carried, row)
        skipped = [number for number, row in pairs if row not in again] if again else records.unchanged
        for first, last in ranges(sorted(skipped)):
            self._counts.skip_span(entity, "unchanged", first, last)
        self._context.keys.fetch(entity, again)
        return [self._unchanged_record(binding, number, row) for number, row in pairs if row in again] if again else []

    def _claimed_again(self, entity: str, rows: Sequence[int], others: set[int]) -> set[int]:
        """Of the rows that records leave as they are, those of which another record speaks, too; all are noted."""
        once = set(rows)
        again = once & others
        if len(once) < len(rows):
            again |= {row for row, n in Counter(rows).items() if n > 1}
        return again.union(self._context.claims.leaving(entity, once - again if again else once))

    def _unchanged_record(self, binding: Binding, number: int, id_: int) -> PendingRecord:
        """A record that changes nothing on a row of which others speak, too."""
        row = self._context.keys.row(binding.entity.name, id_)
        assert row is not None, "a transaction sees no row go"
        return PendingRecord(binding, Reading(number, {}), Existing(row))

    def is_gone(self, pending: PendingRecord) -> bool:
        """Whether a record is about a row that was exported and is no more: passed over if nobody edited it."""
        reading, entity = pending.reading, pending.binding.entity.name
        base = reading.usable_base
        if isinstance(pending.identity, Existing) or base is None:
            return False
        is_ours = base.is_from(self._context.database)
        if not is_unedited(pending.binding, reading, base):
            rows = pending.identity.rows if isinstance(pending.identity, Doubtful) else ()
            gone = "is gone, or has another key now" if is_ours else "is in another database"
            pending.identity = Doubtful(rows, f"the row that it was exported from {gone}")
            return False
        if is_ours:
            self._counts.skip(entity, "gone since the export", reading.number)
            message = "the row was deleted since the export; the record was not edited, so it stays deleted"
            self._context.notices.add("gone", message, reading.number)
        else:
            self._counts.skip(entity, "not here", reading.number)
            self._context.notices.add("not_here", _NOT_HERE, reading.number)
        return True


_NOT_HERE = (
    "the record was exported from another database, and its row is not here; it was not edited, so nothing was done; "
    "--two-way takes such records for new ones"
)

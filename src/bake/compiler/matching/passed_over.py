"""Counts the records that become no operation: those that equal their row, and unedited ones whose row is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bake.changeset.runs import ranges
from bake.compiler.context import Context
from bake.compiler.drafting.row_difference import is_unedited
from bake.compiler.identity import Doubtful, Existing, SharedDoubt
from bake.compiler.matching.row_matching import ComparedBatch
from bake.compiler.pending_record import PendingRecord
from bake.compiler.questions.operation_counts import OperationCounts
from bake.compiler.reading.binding import Binding, Reading


class PassedOver:
    """Adds these records to the counts and notices of one compilation."""

    def __init__(self, context: Context, counts: OperationCounts) -> None:
        self._context = context
        self._counts = counts

    def unchanged(self, binding: Binding, records: ComparedBatch, others: set[int]) -> list[PendingRecord]:
        """Count the unchanged records of a batch, unless another record is about the same row.

        Args:
            binding: the view of the records.
            records: the batch, as matched with rows.
            others: the ids of the rows that the other records of the batch are about, or may be.

        Returns:
            The unchanged records whose row another record is about too; they are not counted yet.
        """
        entity, pairs = binding.entity.name, list(zip(records.unchanged, records.rows, strict=True))
        again = self._claimed_again(entity, records.rows, others)
        if self._context.ids_are_of_source:
            for row, carried in zip(records.rows, records.carried, strict=True):
                self._context.created_rows.map_id(entity, carried, row)
        skipped = [number for number, row in pairs if row not in again] if again else records.unchanged
        for first, last in ranges(sorted(skipped)):
            self._counts.skip_span(entity, "unchanged", first, last)
        self._context.keys.fetch(entity, again)
        return [self._unchanged_record(binding, number, row) for number, row in pairs if row in again] if again else []

    def _claimed_again(self, entity: str, rows: Sequence[int], others: set[int]) -> set[int]:
        """Note unchanged rows as claimed; return the ids of those that another record claims, too."""
        once = set(rows)
        again = once & others
        if len(once) < len(rows):
            again |= {row for row, n in Counter(rows).items() if n > 1}
        return again.union(self._context.claims.leaving(entity, once - again if again else once))

    def _unchanged_record(self, binding: Binding, number: int, id_: int) -> PendingRecord:
        """An unchanged record as a pending one; its values are left out, as they equal the row."""
        row = self._context.keys.row(binding.entity.name, id_)
        assert row is not None, "a transaction sees no row go"
        return PendingRecord(binding, Reading(number, {}), Existing(row))

    def pass_over_gone(self, pending: PendingRecord) -> bool:
        """Whether a record is an unedited export of a row that no longer exists here; then it is counted and noted.

        If it was edited, its identity becomes `Doubtful` with the reason, which makes a question.
        """
        reading, entity = pending.reading, pending.binding.entity.name
        base = reading.usable_base
        if isinstance(pending.identity, Existing) or base is None:
            return False
        is_ours = base.is_from(self._context.database)
        if not is_unedited(pending.binding, reading, base):
            rows = pending.identity.rows if isinstance(pending.identity, Doubtful) else ()
            gone = "are gone, or have other keys now" if is_ours else "are in another database"
            problem = f"the rows that these records were exported from {gone}, and the records were edited"
            pending.identity = (Doubtful if len(rows) > 1 else SharedDoubt)(rows, problem)
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

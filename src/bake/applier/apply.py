"""Carries out operations: checks every precondition, writes, reads back, reports.

    operation   precondition                                               conflict if it fails
    create      no row has one of its keys                                 exists
    update      exactly one row has its key, and each `test` holds         missing, changed
    delete      exactly one row has its key, and it equals `before`        missing, changed
    all         the rows that it refers to exist                           reference
    all         the database accepts it, on commit too                     constraint

All conflicts are reported, not only the first.

The order of the operations is that of `bake.applier.schedule`. A row to which a remaining row refers is not deleted,
even if the schema would cascade: that is a `constraint` conflict. Where updates exchange unique values, temporary
values are written first (`bake.applier.unique_values`).

The caller owns the transaction, and commits only an outcome without conflicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

import sqlalchemy as sa

from bake.applier.apply_context import ApplyContext
from bake.applier.deletes import Deletes
from bake.applier.final_proof import FinalProof
from bake.applier.inserts import Inserts
from bake.applier.keys_by_id import KeysById
from bake.applier.report import Outcome, Report
from bake.applier.rows_by_key import RowsByKey
from bake.applier.schedule import Schedule
from bake.applier.updates import Updates
from bake.applier.written_rows import WrittenRows
from bake.catalog.model import Catalog
from bake.changeset.model import Operation, Skip
from bake.database.constraints.deferred import DeferredConstraints
from bake.database.ledger.private_values import PrivateValues
from bake.database.ledger.row_changes import RowChange
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.rehearsal import rehearsal
from bake.database.writing.writer import Writer
from bake.errors import Conflict

#: How many operations are checked and written together.
BATCH = 2000


def carry_out(
    operations: Iterable[Operation],
    connection: sa.Connection,
    catalog: Catalog,
    keep: Callable[[RowChange], None] | None = None,
    *,
    rehearse: bool = False,
) -> Outcome:
    """Check and write operations within the connection's transaction.

    Args:
        operations: the operations, with all answers and amendments folded in; none may wait for an answer.
        connection: a connection in a transaction that writes; the caller rolls it back if there are conflicts.
        catalog: the entities.
        keep: called with each change of a row as it is written; void if the transaction is rolled back.
        rehearse: whether to write nothing to the database; checks see the rows as they would be after each operation
            (`bake.database.writing.rehearsal`).

    Returns:
        The counts of what was written, the receipt, and all conflicts.

    Raises:
        NotProven: a row, read again after writing, is not what was written; or an operation was left out.
    """
    run = _Run(connection, catalog, Report(keep) if keep else Report(), rehearse=rehearse)
    changes = (operation for operation in operations if not isinstance(operation, Skip))
    count = 0
    while batch := list(islice(changes, BATCH)):
        count += len(batch)
        run.schedule.batch(batch)
    run.schedule.finish()
    run.report.account_for(count)
    if not rehearse:
        run.check_deferred()
        run.prove()
    return run.report.outcome()


class _Run:
    """One application.

    Attributes:
        schedule: carries out the operations.
        report: what was written so far, and the conflicts.
    """

    def __init__(self, connection: sa.Connection, catalog: Catalog, report: Report, *, rehearse: bool) -> None:
        snapshot, writer = (rehearsal if rehearse else _real)(connection, catalog)
        rows = RowsByKey(snapshot, catalog)
        self._deferred = DeferredConstraints(connection, catalog)
        report.written = WrittenRows(kept=self._deferred.exist)
        self.report = report
        self._keys_by_id = KeysById(snapshot, catalog)
        self._proof = FinalProof(snapshot, catalog)
        private = PrivateValues(connection, catalog) if catalog.has_sensitive and not rehearse else None
        context = ApplyContext(catalog, snapshot, rows, writer, self.report, self._proof, private)
        self.schedule = Schedule(Inserts(context), Updates(context), Deletes(context), context.created)

    def check_deferred(self) -> None:
        """Check the constraints that the database checks on commit, unless there are conflicts, which may be the cause.

        A violation is reported as a conflict of the operation that wrote the row last, or, if the database does not say
        which row it is, of the last operation.
        """
        if self.report.conflicts:
            return
        written = self.report.written
        for violation in self._deferred.violations():
            entity = violation.entity or ""
            found = written.writer(entity, violation.ids)
            if found is not None:
                n, id_ = found
                key = self._keys_by_id.key(entity, id_)
                self.report.conflicts.append(Conflict("constraint", n, entity, key, detail=violation.words))
            elif written.last is not None:
                self.report.conflict(written.last, "constraint", detail=violation.words)

    def prove(self) -> None:
        """Compare all written rows with the database once more, unless there are conflicts.

        Raises:
            NotProven: a row is not what was written.
        """
        if not self.report.conflicts:
            self.report.conflicts += self._proof.conflicts(self._keys_by_id)
            self._proof.prove(self._keys_by_id)


def _real(connection: sa.Connection, catalog: Catalog) -> tuple[DatabaseSnapshot, Writer]:
    return DatabaseSnapshot(connection, catalog), Writer(connection, catalog)

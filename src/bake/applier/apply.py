"""Carry out operations: check every precondition, write, read back, report.

    operation   precondition                                               conflict if it fails
    create      no row has one of its keys                                 exists
    update      exactly one row has its key, and each `test` holds         missing, changed
    delete      exactly one row has its key, and it equals `before`        missing, changed
    all         the rows that it refers to exist                           reference
    all         the database accepts it, on commit too                     constraint

All conflicts are reported, not only the first.

A create that refers to created rows is inserted after them. Where creates refer to each other in a cycle, they are
inserted with null in references that may be null, which are filled in afterwards. Deletes come last, children first. A
row to which a remaining row refers is not deleted, even if the schema would cascade: that is a `constraint` conflict.
Updates that exchange unique values are written by way of temporary values (`bake.applier.unique_values`). A create
whose key another row has waits until updates, and then deletes, have let go of it.

The caller owns the transaction, and commits only an outcome without conflicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

from bake.applier.apply_context import ApplyContext
from bake.applier.deletes import Deletes
from bake.applier.dependency_order import cycle_members, levels
from bake.applier.final_proof import FinalProof
from bake.applier.inserts import Inserts
from bake.applier.keys import Rows
from bake.applier.names import Names
from bake.applier.report import Outcome, Report
from bake.applier.updates import Updates
from bake.applier.written_rows import WrittenRows
from bake.catalog.model import Catalog
from bake.changeset.model import Change, Create, Delete, Operation, Skip, Update
from bake.database.deferred import DeferredConstraints
from bake.database.history import RowChange
from bake.database.rehearsal import rehearsal
from bake.database.snapshot import DatabaseSnapshot
from bake.database.writer import Writer
from bake.errors import Conflict

#: How many operations are checked and written together.
BATCH = 2000

_C = TypeVar("_C", Create, Update, Delete)


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
        connection: in a transaction that writes; the caller rolls it back if there are conflicts.
        catalog: describes the entities.
        keep: called with each row's change as it is written; what it keeps is void if the transaction is rolled back.
        rehearse: only read the database; what is written lies over it (`bake.database.rehearsal`).

    Returns:
        The counts of what was written, the receipt, and all conflicts.

    Raises:
        NotProven: a row, read again after writing, is not what was written.
    """
    run = _Run(connection, catalog, Report(keep) if keep else Report(), rehearse=rehearse)
    changes = (operation for operation in operations if not isinstance(operation, Skip))
    while batch := list(islice(changes, BATCH)):
        run.batch(batch)
    run.finish()
    if not rehearse:
        run.check_deferred()
        run.prove()
    return run.report.outcome()


class _Run:
    """One application: carries out batches, and keeps the operations that must wait for later ones.

    Attributes:
        report: what was written so far, and the conflicts.
    """

    def __init__(self, connection: sa.Connection, catalog: Catalog, report: Report, *, rehearse: bool) -> None:
        snapshot, writer = (rehearsal if rehearse else _real)(connection, catalog)
        rows = Rows(snapshot, catalog)
        self._deferred = DeferredConstraints(connection, catalog)
        report.written = WrittenRows(kept=self._deferred.exist)
        self.report = report
        self._names = Names(snapshot, catalog)
        self._proof = FinalProof(snapshot, catalog)
        context = ApplyContext(catalog, snapshot, rows, writer, self.report, self._proof)
        self._inserts, self._updates, self._deletes = Inserts(context), Updates(context), Deletes(context)
        self._waiting: list[Create] = []
        self._later_updates: list[Update] = []
        self._later_deletes: list[Delete] = []

    def batch(self, changes: list[Change]) -> None:
        """Carry out the creates and updates of a batch that refer to no row still to be created; keep the others."""
        creates = [change for change in changes if isinstance(change, Create)]
        for group in _runs(creates):
            self._waiting += self._inserts.carry_out(group)
        updates = [change for change in changes if isinstance(change, Update)]
        later = [update for update in updates if _refers_to_created(update)]
        now = [update for update in updates if not _refers_to_created(update)] if later else updates
        self._later_updates += later
        for entity, updates_now in _by_entity(now):
            self._updates.carry_out(entity, updates_now)
        self._later_deletes += [change for change in changes if isinstance(change, Delete)]

    def finish(self) -> None:
        """Carry out the operations that were kept: creates, then updates, then deletes.

        Creates whose key another row had are tried again when updates are done, and once more when deletes are; then
        come the operations that refer to their rows.
        """
        self._retry_blocked()
        blocked = {create.n for create in self._inserts.blocked}
        self._finish_creates(last=not blocked)
        referring = [update for update in self._later_updates if not blocked.isdisjoint(update.needs.values())]
        self._update([update for update in self._later_updates if blocked.isdisjoint(update.needs.values())])
        self._updates.finish(last=False)
        self._deletes.carry_out(self._later_deletes)
        self._updates.finish(last=True)
        if blocked:
            self._retry_blocked()
            self._inserts.report_blocked()
            self._finish_creates(last=True)
            self._update(referring)
            self._updates.finish(last=True)

    def _update(self, updates: Sequence[Update]) -> None:
        for entity, those in _by_entity(updates):
            self._updates.carry_out(entity, those)

    def _retry_blocked(self) -> None:
        """Carry out the creates whose key another row had, as long as some of them can be."""
        before = None
        while self._inserts.blocked and len(self._inserts.blocked) != before:
            before = len(self._inserts.blocked)
            blocked, self._inserts.blocked = self._inserts.blocked, []
            for group in _runs(blocked):
                self._waiting += self._inserts.carry_out(group)

    def check_deferred(self) -> None:
        """Report what would be refused on commit, unless other conflicts may be why.

        It is told of the operation that wrote the row last; where the database does not say which row, of the last one.
        """
        if self.report.conflicts:
            return
        written = self.report.written
        for violation in self._deferred.violations():
            entity = violation.entity or ""
            found = written.writer(entity, violation.ids)
            if found is not None:
                n, id_ = found
                key = self._names.key(entity, id_)
                self.report.conflicts.append(Conflict("constraint", n, entity, key, detail=violation.words))
            elif written.last is not None:
                self.report.conflict(written.last, "constraint", detail=violation.words)

    def prove(self) -> None:
        """Look at everything once more, unless there are conflicts.

        Raises:
            NotProven: a row is not what was written.
        """
        if not self.report.conflicts:
            self.report.conflicts += self._proof.conflicts(self._names)
            self._proof.prove(self._names)

    def _finish_creates(self, *, last: bool) -> None:
        """Insert the waiting rows, parents first; in a cycle, some with null references that are filled in last.

        Args:
            last: report those that still cannot be inserted; else they go on waiting.
        """
        incomplete: list[Create] = []
        before = None
        while self._waiting and len(self._waiting) != before:
            before = len(self._waiting)
            self._waiting = self._in_order(self._waiting)
            if len(self._waiting) == before:
                incomplete += self._insert_cycles()
        if last:
            self._inserts.refuse(self._waiting)
            self._waiting = []
        self._inserts.fill_in(incomplete)

    def _in_order(self, waiting: list[Create]) -> list[Create]:
        """Insert rows after the rows that they refer to; return those that still could not be inserted."""
        left = {create.n: create for create in waiting}
        for level in levels(waiting):
            for group in _runs(level):
                still = {create.n for create in self._inserts.carry_out(group)}
                for create in group:
                    if create.n not in still:
                        del left[create.n]
        return list(left.values())

    def _insert_cycles(self) -> list[Create]:
        """Insert rows of reference cycles with null for references that may be null; return those to fill in later."""
        cycle = cycle_members(self._waiting)
        inserted, waiting = self._inserts.carry_out_knot(cycle)
        handled = {create.n for create in cycle} - {create.n for create in waiting}
        self._waiting = [create for create in self._waiting if create.n not in handled]
        return inserted


def _real(connection: sa.Connection, catalog: Catalog) -> tuple[DatabaseSnapshot, Writer]:
    return DatabaseSnapshot(connection, catalog), Writer(connection, catalog)


def _refers_to_created(update: Update) -> bool:
    return bool(update.needs) and any(isinstance(need, int) for need in update.needs.values())


def _runs(creates: list[Create]) -> Iterator[list[Create]]:
    """Split creates into runs of one entity, in their order, since parents usually come before their children."""
    run: list[Create] = []
    for create in creates:
        if run and run[-1].entity != create.entity:
            yield run
            run = []
        run.append(create)
    if run:
        yield run


def _by_entity(changes: Iterable[_C]) -> list[tuple[str, list[_C]]]:
    groups: dict[str, list[_C]] = {}
    for change in changes:
        groups.setdefault(change.entity, []).append(change)
    return list(groups.items())

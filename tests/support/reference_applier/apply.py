"""Carrying out operations: check every precondition, write, read back, report.

    operation   precondition                                               else
    create      no row has one of its keys                                 exists
    update      one row has its key, and each `test` holds                 missing, changed
    delete      one row has its key, and is what `before` says             missing, changed
    all         the rows that it refers to are there                       reference
    all         the database accepts it                                    constraint

All conflicts are reported, not the first. Creates whose parents other operations create wait for them; where they wait
for each other, references that may be null are filled in when all rows are there. Deletes come last, children first; a
row that another one refers to, which stays, is not deleted, whatever the schema would do then (`constraint`).
Unique values that rows take over from each other go by a detour (`bake.applier.unique_values`).
The caller owns the transaction: it commits an outcome without conflicts, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from support.reference_applier.apply_context import ApplyContext
from support.reference_applier.deletes import Deletes
from support.reference_applier.inserts import Inserts
from support.reference_applier.keys import Rows
from support.reference_applier.report import Report
from support.reference_applier.updates import Updates

from bake.applier.dependency_order import cycle_members, levels
from bake.applier.report import Outcome
from bake.catalog.model import Catalog
from bake.changeset.model import Change, Create, Delete, Operation, Skip, Update
from bake.database.history import RowChange
from bake.database.snapshot import DatabaseSnapshot
from bake.database.writer import Writer

#: How many operations are checked and written together.
BATCH = 2000

_C = TypeVar("_C", Create, Update, Delete)


def carry_out(
    operations: Iterable[Operation],
    connection: sa.Connection,
    catalog: Catalog,
    keep: Callable[[RowChange], None] | None = None,
    size: int = BATCH,
) -> Outcome:
    """Check and write operations within the connection's transaction.

    Args:
        operations: as they are now, none of them waiting for an answer.
        connection: in a transaction that writes; the caller rolls it back if there are conflicts.
        catalog: the entities.
        keep: is told what happened to each row, as it happens; to be forgotten with the transaction.
        size: how many operations are checked and written together.

    Raises:
        NotProven: a row, read again after writing, is not what was written.
    """
    run = _Run(connection, catalog, Report(keep) if keep else Report())
    changes = (operation for operation in operations if not isinstance(operation, Skip))
    while batch := list(islice(changes, size)):
        run.batch(batch)
    run.finish()
    return run.report.outcome()


class _Run:
    def __init__(self, connection: sa.Connection, catalog: Catalog, report: Report) -> None:
        snapshot = DatabaseSnapshot(connection, catalog)
        rows = Rows(snapshot, catalog)
        writer = Writer(connection, catalog)
        self.report = report
        context = ApplyContext(catalog, snapshot, rows, writer, self.report)
        self._inserts, self._updates, self._deletes = Inserts(context), Updates(context), Deletes(context)
        self._waiting: list[Create] = []
        self._changing: list[Update] = []
        self._leaving: list[Delete] = []

    def batch(self, changes: list[Change]) -> None:
        """Carry out what can be carried out now."""
        creates = [change for change in changes if isinstance(change, Create)]
        for group in _runs(creates):
            self._waiting += self._inserts.carry_out(group)
        updates = [change for change in changes if isinstance(change, Update)]
        later = [update for update in updates if _refers_to_created(update)]
        now = [update for update in updates if not _refers_to_created(update)] if later else updates
        self._changing += later
        for entity, those in _by_entity(now):
            self._updates.carry_out(entity, those)
        self._leaving += [change for change in changes if isinstance(change, Delete)]

    def finish(self) -> None:
        """Carry out what had to wait; creates whose key was taken, after the updates, and again after the deletes."""
        self._retry()
        blocked = {create.n for create in self._inserts.blocked}
        self._finish_creates(last=not blocked)
        self._update([update for update in self._changing if blocked.isdisjoint(update.needs.values())])
        self._updates.finish(last=False)
        self._deletes.carry_out(self._leaving)
        self._updates.finish(last=True)
        if blocked:
            self._retry()
            self._inserts.report_blocked()
            self._finish_creates(last=True)
            self._update([update for update in self._changing if not blocked.isdisjoint(update.needs.values())])
            self._updates.finish(last=True)

    def _update(self, updates: list[Update]) -> None:
        for entity, those in _by_entity(updates):
            self._updates.carry_out(entity, those)

    def _retry(self) -> None:
        before = -1
        while self._inserts.blocked and len(self._inserts.blocked) != before:
            before = len(self._inserts.blocked)
            blocked, self._inserts.blocked = self._inserts.blocked, []
            for group in _runs(blocked):
                self._waiting += self._inserts.carry_out(group)

    def _finish_creates(self, *, last: bool) -> None:
        """Insert the rows that wait, parents first; where they wait for each other, some without their parents."""
        incomplete: list[Create] = []
        before = None
        while self._waiting and len(self._waiting) != before:
            before = len(self._waiting)
            self._waiting = self._in_order(self._waiting)
            if len(self._waiting) == before:
                incomplete += self._loosen()
        if last:
            self._inserts.refuse(self._waiting)
            self._waiting = []
        self._inserts.fill_in(incomplete)

    def _in_order(self, waiting: list[Create]) -> list[Create]:
        """Insert rows after those that they wait for; those that have to wait all the same."""
        left = {create.n: create for create in waiting}
        for level in levels(waiting):
            for group in _runs(level):
                still = {create.n for create in self._inserts.carry_out(group)}
                for create in group:
                    if create.n not in still:
                        del left[create.n]
        return list(left.values())

    def _loosen(self) -> list[Create]:
        """Insert the rows that hold each other up as far as that can be; those whose parents are to be filled in."""
        tied = cycle_members(self._waiting)
        there, still = self._inserts.carry_out_knot(tied)
        gone = {create.n for create in tied} - {create.n for create in still}
        self._waiting = [create for create in self._waiting if create.n not in gone]
        return there


def _refers_to_created(update: Update) -> bool:
    return bool(update.needs) and any(isinstance(need, int) for need in update.needs.values())


def _runs(creates: list[Create]) -> Iterator[list[Create]]:
    """Creates of one entity in a row, so that parents that come first are there first."""
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

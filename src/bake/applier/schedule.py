"""The order in which operations are carried out, whatever their order in the file.

Creates and updates that refer to no row still to be created come first, batch by batch. Then come creates, each after
the creates that it refers to. Where creates refer to each other in a cycle, they are inserted with null in references
that may be null, which are filled in afterwards. Then come the other updates, and last the deletes, children first. A
create whose key another row has is tried again after the updates, which may change that key, and after the deletes; the
operations that refer to its row wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from bake.applier.created_numbers import CreatedNumbers
from bake.applier.deletes import Deletes
from bake.applier.dependency_order import cycle_members, levels
from bake.applier.inserts import Inserts
from bake.applier.spilled import Spilled
from bake.applier.updates import Updates
from bake.changeset.model import Change, Create, Delete, Update

_C = TypeVar("_C", Create, Update, Delete)


class Schedule:
    """Carries out batches of operations, and keeps those that must wait for later ones."""

    def __init__(self, inserts: Inserts, updates: Updates, deletes: Deletes, created: CreatedNumbers) -> None:
        self._inserts, self._updates, self._deletes = inserts, updates, deletes
        self._created = created
        self._waiting: list[Create] = []
        self._incomplete: list[Create] = []
        self._later_updates: list[Update] = []
        self._later_deletes: Spilled[Delete] = Spilled()

    def batch(self, changes: list[Change]) -> None:
        """Carry out the creates and updates of a batch that refer to no row still to be created; keep the others."""
        creates = [change for change in changes if isinstance(change, Create)]
        self._created.read(creates)
        for group in _runs(creates):
            self._waiting += self._inserts.carry_out(group)
        updates = [change for change in changes if isinstance(change, Update)]
        later = [update for update in updates if _refers_to_created(update)]
        now = [update for update in updates if not _refers_to_created(update)] if later else updates
        self._later_updates += later
        for entity, updates_now in _by_entity(now):
            self._updates.carry_out(entity, updates_now)
        for change in changes:
            if isinstance(change, Delete):
                self._later_deletes.append(change)

    def finish(self) -> None:
        """Carry out the operations that were kept: creates, then updates, then deletes.

        Creates whose key another row had are tried again when updates are done, and once more when deletes are; then
        come the operations that refer to their rows.
        """
        self._created.all_are_read()
        absent = self._create()
        referring = [update for update in self._later_updates if not absent.isdisjoint(update.needs.values())]
        self._update([update for update in self._later_updates if absent.isdisjoint(update.needs.values())])
        self._updates.finish(last=False)
        self._deletes.carry_out(self._later_deletes)
        self._updates.finish(last=True)
        if absent:
            self._create()
            self._inserts.report_remaining(self._waiting)
            self._fill_in(set())
            self._update(referring)
            self._updates.finish(last=True)

    def _update(self, updates: Sequence[Update]) -> None:
        for entity, those in _by_entity(updates):
            self._updates.carry_out(entity, those)

    def _create(self) -> set[int]:
        """Carry out the creates that were blocked or had to wait, as far as possible by now.

        Returns:
            The numbers of the creates that were not carried out.
        """
        before, left = -1, {create.n for create in (*self._inserts.blocked, *self._waiting)}
        while left and len(left) != before:
            before = len(left)
            blocked, self._inserts.blocked = self._inserts.blocked, []
            for group in _runs(blocked):
                self._waiting += self._inserts.carry_out(group)
            self._create_waiting()
            left = {create.n for create in (*self._inserts.blocked, *self._waiting)}
        self._fill_in(left)
        return left

    def _create_waiting(self) -> None:
        """Insert the waiting rows, parents first; in a cycle, some with null references that are filled in last."""
        before = None
        while self._waiting and len(self._waiting) != before:
            before = len(self._waiting)
            self._waiting = self._in_order(self._waiting)
            if len(self._waiting) == before:
                self._incomplete += self._insert_cycles()

    def _fill_in(self, absent: set[int]) -> None:
        """Set the references of rows of cycles that were left null, except of rows that need an absent one."""
        waiting = [create for create in self._incomplete if not absent.isdisjoint(create.needs.values())]
        self._inserts.fill_in([create for create in self._incomplete if absent.isdisjoint(create.needs.values())])
        self._incomplete = waiting

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
        """Insert rows of reference cycles with null for references that may be null; return those to fill in later.

        Where none may be null, they are inserted together, if their ids are known.
        """
        cycle = cycle_members(self._waiting)
        inserted, waiting = self._inserts.insert_with_nulls(cycle)
        if len(waiting) == len(cycle):
            waiting = self._inserts.insert_cycle_together(cycle)
        handled = {create.n for create in cycle} - {create.n for create in waiting}
        self._waiting = [create for create in self._waiting if create.n not in handled]
        return inserted


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

"""Undoing what a changeset did, as operations on the database as it is now (rule 16). Nothing is written.

    it did     the row is now                                then
    create     as it was made                                delete, with the whole row as before-image
               edited since                                  kept
               what rows that stay refer to                  blocked
               gone                                          nothing to undo
    update     by field: as it was left                      the before-value again
                         edited since                        kept
                         as before                           nothing to undo
                         in need of a row that is gone       blocked
                         a key that another row keeps        blocked
               gone                                          kept
    delete     gone                                          create, from the before-image
               there again, or its key taken                 kept
               in need of a row that is gone                 blocked

Creates come first, parents before children; then updates, children before parents, since those may rename what children
refer to; then deletes. The applier takes them in this order too.
Where rows refer to what others create again, the updates that wait for that come after those that do not.

Of the changes, which may be very many, only numbers are held: they are read in batches, those of rows that come back or
go twice, first to find out which, then to say how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from bake.applier.current_rows import CurrentRows, renames
from bake.applier.undo.creates import UndoCreates
from bake.applier.undo.deletes import UndoDeletes
from bake.applier.undo.not_reverted import NotRevertedRows, Reason
from bake.applier.undo.taken_keys import TakenKeys
from bake.applier.undo.updates import UndoUpdates
from bake.catalog.model import Catalog
from bake.changeset.model import Operation
from bake.database.ledger.applied_changes import AppliedChanges
from bake.database.ledger.row_changes import Action, RowChange
from bake.database.reading.snapshot import DatabaseSnapshot

_ACTIONS: tuple[Action, ...] = ("delete", "update", "create")


class Undoing:
    """How to undo the changes of a changeset on the database as it is now.

    Args:
        changes: what the changeset did.
        snapshot: the rows of the database.
        catalog: the entities; changes of entities that it does not know are left.
        renaming: changes of keys, by any changeset, in the order in which they happened.

    Attributes:
        left: what is not undone; all of it, when the operations have come to their end.
    """

    def __init__(
        self, changes: AppliedChanges, snapshot: DatabaseSnapshot, catalog: Catalog, renaming: Iterable[RowChange] = ()
    ) -> None:
        self._changes = changes
        self._catalog = catalog
        present = CurrentRows(snapshot, catalog, renames(renaming))
        self.left = NotRevertedRows(present)
        self._undo_deletes = UndoDeletes(changes, present, self.left)
        self._taken = TakenKeys(changes, present)
        self._undo_updates = UndoUpdates(changes, present, self.left, self._undo_deletes, self._taken)
        self._undo_creates = UndoCreates(changes, present, self.left)

    def operations(self) -> Iterator[Operation]:
        """The operations, once: every change is in the `from` of one of them."""
        return (replace(operation, n=n) for n, operation in enumerate(self._operations(), 1))

    def _operations(self) -> Iterator[Operation]:
        self._leave_unknown()
        self._undo_deletes.look()
        full = list(self.left.full_skips())
        yield from full
        yield from self._undo_deletes.creates(len(full) + 1)
        self._taken.look()
        yield from self._with_skips(self._undo_updates.updates())
        self._undo_creates.look()
        yield from self._with_skips(self._undo_creates.deletes(self._undo_updates.turned))
        yield from self.left.skips()

    def _with_skips(self, operations: Iterable[Operation]) -> Iterator[Operation]:
        """Operations, and between them the skips that can be written already."""
        for operation in operations:
            yield operation
            yield from self.left.full_skips()

    def _leave_unknown(self) -> None:
        for action in _ACTIONS:
            for entity in (name for name in self._changes.entities(action) if name not in self._catalog.entities):
                for batch in self._changes.batches(action, entity):
                    for record, change in batch:
                        self.left.skip(record, change, [Reason("blocked", f"the catalog has no {entity}")])

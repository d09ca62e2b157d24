"""Rows that a changeset created go, where they are as it made them and no row that stays refers to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bake.applier.current_rows import CurrentRows
from bake.applier.undo.inverse import RowToDelete, deletes
from bake.applier.undo.not_reverted import NotRevertedRows, Reason
from bake.catalog.entity import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.coverage import Coverage
from bake.changeset.model import Delete
from bake.database.constraints.dependents import Dependents
from bake.database.ledger.applied_changes import AppliedChanges
from bake.database.ledger.row_changes import RowChange

_Found: TypeAlias = list[tuple[int, RowChange, Row]]


class UndoCreates:
    """The rows that go. Of them, only their numbers and ids are held."""

    def __init__(self, changes: AppliedChanges, present: CurrentRows, left: NotRevertedRows) -> None:
        self._changes = changes
        self._present = present
        self._left = left
        self._going = Coverage()
        self._ids: defaultdict[str, Coverage] = defaultdict(Coverage)

    def look(self) -> None:
        """Find out which rows are as they were made."""
        for entity in self._known():
            for batch in self._changes.batches("create", entity.name):
                changes = [change for _, change in batch]
                afters = self._present.afters(entity.name, changes)
                rows = self._present.rows(entity.name, changes)
                edits = [_edited(entity, row, after) for row, after in zip(rows, afters, strict=True)]
                self._present.fetch_named(entity.name, [(row, e) for row, e in zip(rows, edits, strict=True) if row])
                for (record, change), row, edited in zip(batch, rows, edits, strict=True):
                    if row is None:
                        self._left.skip(record, change, [Reason("undone", "gone already")])
                    elif edited:
                        self._left.skip(record, change, [Reason("kept", "edited since", n) for n in edited], row)
                    else:
                        self._going.add(record)
                        self._ids[entity.name].add(row.id)
                self._present.forget()

    def deletes(self, turned: Mapping[tuple[str, str], Coverage]) -> Iterator[Delete]:
        """The operations, not numbered yet.

        Args:
            turned: references that lead elsewhere by then, by entity and field: the ids of the rows that refer.
        """
        dependents = Dependents(self._present.snapshot, self._present.catalog, self._ids, turned)
        for entity in self._known():
            for found in self._found(entity):
                held = dependents.holders(entity.name, [row.id for _, _, row in found])
                self._present.keys_by_id.fetch(held.values())
                for record, change, row in found:
                    if row.id in held:
                        self._left.skip(
                            record, change, [Reason("blocked", self._present.keys_by_id.refers(held[row.id]))]
                        )
                gone = [RowToDelete(record, change, row) for record, change, row in found if row.id not in held]
                yield from deletes(self._present, entity, gone)

    def _found(self, entity: Entity) -> Iterator[_Found]:
        for batch in self._changes.batches("create", entity.name):
            going = [(record, change) for record, change in batch if record in self._going]
            rows = self._present.rows(entity.name, [change for _, change in going])
            yield [(*one, row) for one, row in zip(going, rows, strict=True) if row]
            self._present.forget()

    def _known(self) -> list[Entity]:
        """The entities of which rows were created, parents first."""
        catalog, created = self._present.catalog, self._changes.entities("create")
        return [catalog.entities[name] for name in catalog.order if name in created]


def _edited(entity: Entity, row: Row | None, after: Mapping[str, Json]) -> list[str]:
    """The fields in which a row is no longer as it was made, but for those that the database keeps."""
    if row is None:
        return []
    return [n for n, value in after.items() if n not in entity.kept and not same(row.values.get(n), value)]

"""Fields that a changeset updated get their before-values again, where they are as it left them.

A before-value may be a row that comes back only by this revert. Such updates wait for it and come last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bake.applier.current_rows import MISSING, CurrentRows
from bake.applier.undo.compared import Compared, compared
from bake.applier.undo.deletes import UndoDeletes
from bake.applier.undo.inverse import RowToRestore, shown_by, updates
from bake.applier.undo.not_reverted import NotRevertedRows, Reason
from bake.applier.undo.taken_keys import TakenKeys
from bake.catalog.entity import Entity
from bake.catalog.names import key_words
from bake.changeset.coverage import Coverage
from bake.changeset.model import Update
from bake.database.ledger.applied_changes import AppliedChanges


class UndoUpdates:
    """The fields that are restored.

    Attributes:
        turned: by entity and reference, the ids of the rows whose reference the updates lead elsewhere.
    """

    def __init__(
        self,
        changes: AppliedChanges,
        present: CurrentRows,
        left: NotRevertedRows,
        undo_deletes: UndoDeletes,
        taken: TakenKeys,
    ) -> None:
        self.turned: defaultdict[tuple[str, str], Coverage] = defaultdict(Coverage)
        self._changes = changes
        self._present = present
        self._left = left
        self._undo_deletes = undo_deletes
        self._taken = taken
        self._late = Coverage()

    def updates(self) -> Iterator[Update]:
        """The operations, not numbered yet: children before parents, and those that wait for others at the end."""
        for entity in self._known():
            for batch in self._looked(entity):
                yield from self._operations(entity, [one for one in batch if not self._put_off(entity, one)])
        if self._late.count:
            self._undo_deletes.find()
            yield from self._late_updates()

    def _put_off(self, entity: Entity, one: Compared) -> bool:
        """Whether a before-value is not there now: it may be later."""
        nowhere = [name for name, value in one.values.items() if value is MISSING]
        for name in nowhere:
            self._undo_deletes.seek(entity, name, one.change.before or {})
            self._late.add(one.record)
        return bool(nowhere)

    def _operations(self, entity: Entity, batch: list[Compared]) -> Iterator[Update]:
        back = []
        for one in batch:
            self._leave(one)
            if one.values and one.row:
                back.append(self._row_to_restore(entity, one, {}))
        yield from updates(self._present, entity, back, {})

    def _late_updates(self) -> Iterator[Update]:
        for entity in self._known():
            for batch in self._looked(entity):
                back = []
                for one in (one for one in batch if one.record in self._late and one.row):
                    waits = self._waits(entity, one)
                    self._leave(one)
                    if one.values:
                        back.append(self._row_to_restore(entity, one, waits))
                yield from updates(self._present, entity, back, self._undo_deletes.numbers)

    def _waits(self, entity: Entity, one: Compared) -> dict[str, int]:
        """What the update waits for; a value that cannot be had is left."""
        before, waits = one.change.before or {}, {}
        for name in [name for name, value in one.values.items() if value is MISSING]:
            parent = self._undo_deletes.maker(entity, name, before)
            if parent is None:
                del one.values[name]
                one.reasons.append(Reason("blocked", "what it was before is gone, or fits no more", name))
            else:
                one.values[name], waits[name] = before[name], parent
        return waits

    def _leave(self, one: Compared) -> None:
        leave = self._left.leave if one.values else self._left.skip
        leave(one.record, one.change, one.reasons, one.row)

    def _row_to_restore(self, entity: Entity, one: Compared, waits: dict[str, int]) -> RowToRestore:
        assert one.row is not None
        for name in one.values.keys() & entity.references.keys():
            self.turned[entity.name, name].add(one.row.id)
        return RowToRestore(one.record, one.change, one.row, one.values, waits)

    def _known(self) -> list[Entity]:
        """The entities of which rows were updated, children first."""
        catalog, updated = self._present.catalog, self._changes.entities("update")
        return [catalog.entities[name] for name in reversed(catalog.order) if name in updated]

    def _looked(self, entity: Entity) -> Iterator[list[Compared]]:
        """The changes, the last ones first, with what their rows are now."""
        shown = shown_by(entity)
        for batch in self._changes.batches("update", entity.name, backwards=True):
            looked = compared(self._present, entity, batch, shown)
            self._leave_taken(entity, looked)
            fields = [{reason.field for reason in one.reasons if reason.field} for one in looked]
            those = [(one.row, left) for one, left in zip(looked, fields, strict=True) if one.row]
            self._present.fetch_named(entity.name, those)
            yield looked
            self._present.forget()

    def _leave_taken(self, entity: Entity, looked: Sequence[Compared]) -> None:
        """Leave the fields that make up a key which another row keeps."""
        taken = [(one, self._taken.fields(one.record)) for one in looked]
        holders = [holder for _, fields in taken for holder in fields.values()]
        names = self._present.keys_by_id.keys(entity.name, holders) if holders else {}
        for one, fields in taken:
            for name in [name for name in one.values if name in fields]:
                del one.values[name]
                text = f"{entity.name} {key_words(names[fields[name]])} has what it was before"
                one.reasons.append(Reason("blocked", text, name))

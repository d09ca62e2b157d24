"""Fields that a changeset updated get their before-values again, where they are as it left them.

A before-value may be a row that comes back only by this revert. Such updates wait for it and come last: they name rows
as they are called by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bake.applier.current_rows import MISSING, CurrentRows
from bake.applier.inverse import Back, Then, shown_by, updates
from bake.applier.not_reverted import NotRevertedRows, Reason
from bake.applier.undo_deletes import UndoDeletes
from bake.catalog.model import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.coverage import Coverage
from bake.changeset.model import Update
from bake.database.applied_changes import AppliedChanges
from bake.database.history import RowChange

Image: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True)
class _Compared:
    """An update and its row: what can be restored, and what is left."""

    record: int
    change: RowChange
    row: Row | None
    values: Image
    reasons: list[Reason]


class UndoUpdates:
    """The fields that are restored.

    Attributes:
        then: what the updates do to the keys of rows.
        turned: by entity and reference, the ids of the rows whose reference the updates lead elsewhere.
    """

    def __init__(
        self, changes: AppliedChanges, present: CurrentRows, left: NotRevertedRows, returning: UndoDeletes
    ) -> None:
        self.then = Then(present.catalog)
        self.turned: defaultdict[tuple[str, str], Coverage] = defaultdict(Coverage)
        self._changes = changes
        self._present = present
        self._left = left
        self._returning = returning
        self._late = Coverage()

    def updates(self) -> Iterator[Update]:
        """The operations, not numbered yet: children before parents, and those that wait for others at the end."""
        for entity in self._known():
            for batch in self._looked(entity):
                yield from self._operations(entity, [one for one in batch if not self._put_off(entity, one)])
        if self._late.count:
            self._returning.find()
            for update in self._late_updates(leave=False):
                self.then.note(update)
            for update in self._late_updates(leave=True):
                yield self.then.update(update) if update.needs else update

    def _put_off(self, entity: Entity, one: _Compared) -> bool:
        """Whether a before-value is not there now: it may be later."""
        nowhere = [name for name, value in one.values.items() if value is MISSING]
        for name in nowhere:
            self._returning.seek(entity, name, one.change.before or {})
            self._late.add(one.record)
        return bool(nowhere)

    def _operations(self, entity: Entity, batch: list[_Compared]) -> Iterator[Update]:
        back = []
        for one in batch:
            self._leave(one)
            if one.values and one.row:
                back.append(self._back(entity, one, {}))
        for update in updates(self._present, entity, back, {}):
            self.then.note(update)
            yield update

    def _late_updates(self, *, leave: bool) -> Iterator[Update]:
        for entity in self._known():
            for batch in self._looked(entity):
                back = []
                for one in (one for one in batch if one.record in self._late and one.row):
                    waits = self._waits(entity, one)
                    if leave:
                        self._leave(one)
                    if one.values:
                        back.append(self._back(entity, one, waits))
                yield from updates(self._present, entity, back, self._returning.numbers)

    def _waits(self, entity: Entity, one: _Compared) -> dict[str, int]:
        """What the update waits for; a value that cannot be had is left."""
        before, waits = one.change.before or {}, {}
        for name in [name for name, value in one.values.items() if value is MISSING]:
            parent = self._returning.maker(entity, name, before)
            if parent is None:
                del one.values[name]
                one.reasons.append(Reason("blocked", "what it was before is gone, or fits no more", name))
            else:
                one.values[name], waits[name] = before[name], parent
        return waits

    def _leave(self, one: _Compared) -> None:
        leave = self._left.leave if one.values else self._left.skip
        leave(one.record, one.change, one.reasons, one.row)

    def _back(self, entity: Entity, one: _Compared, waits: dict[str, int]) -> Back:
        assert one.row is not None
        for name in one.values.keys() & entity.references.keys():
            self.turned[entity.name, name].add(one.row.id)
        return Back(one.record, one.change, one.row, one.values, waits)

    def _known(self) -> list[Entity]:
        """The entities of which rows were updated, children first."""
        catalog, updated = self._present.catalog, self._changes.entities("update")
        return [catalog.entities[name] for name in reversed(catalog.order) if name in updated]

    def _looked(self, entity: Entity) -> Iterator[list[_Compared]]:
        """The changes, the last ones first, with what their rows are now."""
        shown = shown_by(entity)
        for batch in self._changes.batches("update", entity.name, backwards=True):
            changes = [change for _, change in batch]
            befores = self._present.befores(entity.name, changes)
            afters = self._present.images(entity.name, [change.after or {} for change in changes])
            touched = {name for after in afters for name in after} & entity.fields.keys()
            rows = self._present.rows(entity.name, changes, sorted(shown | touched))
            looked = [
                _looked(record, change, row, before, after)
                for (record, change), row, before, after in zip(batch, rows, befores, afters, strict=True)
            ]
            fields = [{reason.field for reason in one.reasons if reason.field} for one in looked]
            self._present.fetch_named(entity.name, [(row, left) for row, left in zip(rows, fields, strict=True) if row])
            yield looked
            self._present.forget()


def _looked(record: int, change: RowChange, row: Row | None, before: Image, after: Image) -> _Compared:
    if row is None:
        return _Compared(record, change, None, {}, [Reason("kept", "the row is gone since")])
    values: Image = {}
    reasons = []
    for name, value in after.items():
        found = row.values.get(name)
        if same(found, value):
            values[name] = before[name]
        elif same(found, before[name]):
            reasons.append(Reason("undone", "as before already", name))
        else:
            reasons.append(Reason("kept", "edited since", name))
    return _Compared(record, change, row, values, reasons)

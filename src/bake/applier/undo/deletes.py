"""Undo deletes: create deleted rows again, unless they exist or a row that they refer to does not.

A deleted row may refer to another deleted row, which then has to be created first. If that one cannot be created, this
one cannot either, nor can the rows that refer to it. To save memory, only the numbers of rows are held, and the keys of
deleted rows to which others refer; the rows themselves are read from the ledger each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bake.applier.current_rows import MISSING, CurrentRows
from bake.applier.undo.inverse import RowToCreate, creates
from bake.applier.undo.not_reverted import NotRevertedRows, Reason
from bake.catalog.entity import Entity
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage
from bake.changeset.model import Create
from bake.changeset.model import Row as RowDocument
from bake.database.ledger.applied_changes import AppliedChanges
from bake.database.ledger.row_changes import RowChange

#: A deleted row to which others refer: its entity, and one of its keys.
Sought: TypeAlias = tuple[str, Frozen]

#: Recorded changes with their numbers, and the before-image of each with references as ids.
_Batch: TypeAlias = tuple[list[tuple[int, RowChange]], list[dict[str, Json]]]


class UndoDeletes:
    """Finds out which deleted rows can be created again, and makes the operations that do so.

    Call `look`, then `creates`. Updates that must refer to such rows call `seek` before `find`, and `maker` after it.

    Attributes:
        numbers: the numbers of the operations that create rows to which others refer, by the number of their change.
    """

    def __init__(self, changes: AppliedChanges, present: CurrentRows, left: NotRevertedRows) -> None:
        self.numbers: dict[int, int] = {}
        self._changes = changes
        self._present = present
        self._left = left
        self._coming = Coverage()
        self._waiting = Coverage()
        self._lost: dict[int, str] = {}
        self._sought: dict[Sought, int | None] = {}
        self._first = 1

    def look(self) -> None:
        """Find out which rows can be created again; the others are noted in `left`, with the reason."""
        for entity in self._known():
            for batch, befores in self._batches(entity):
                taken = self._present.taken(entity.name, befores)
                for (record, change), before, there in zip(batch, befores, taken, strict=True):
                    if there:
                        self._left.skip(record, change, [Reason("kept", "a row with its key is there again")])
                        continue
                    self._coming.add(record)
                    for name in _nowhere(before):
                        self._waiting.add(record)
                        self.seek(entity, name, change.before or {})
        if self._waiting.count:
            self.find()
            self._settle()

    def creates(self, first: int) -> Iterator[Create]:
        """Make the operations, parents first.

        Args:
            first: the number of the first one, from which the numbers of those in `needs` are counted.
        """
        self._first = first
        self.find()
        for entity in self._known():
            for batch, befores in self._batches(entity, backwards=True):
                again = []
                for (record, change), before in zip(batch, befores, strict=True):
                    if record in self._lost:
                        reason = f"what its {self._lost[record]} refers to is gone"
                        self._left.skip(record, change, [Reason("blocked", reason)])
                    elif record in self._coming:
                        again.append(self._row_to_create(entity, record, change, before))
                yield from creates(self._present, entity, again, self.numbers)

    def seek(self, entity: Entity, name: str, before: RowDocument) -> None:
        """Note that a row refers, by field `name`, to a row that may have to be created again.

        Args:
            entity: the entity of the referring row.
            name: its reference field.
            before: its recorded before-image.
        """
        if sought_key := _sought(entity, name, before):
            self._sought.setdefault(sought_key, None)

    def find(self) -> None:
        """Find all rows noted by `seek` among those to be created, and number the operations that create them."""
        entities = {target for target, _ in self._sought}
        for entity in (entity for entity in self._known() if entity.name in entities):
            for batch in self._changes.batches("delete", entity.name):
                for record, change in batch:
                    if record in self._coming:
                        self._found(entity, record, change.before or {})
        self._number()

    def maker(self, entity: Entity, name: str, before: RowDocument) -> int | None:
        """The number of the change whose row a field refers to, if it is created again; arguments as for `seek`."""
        sought_key = _sought(entity, name, before)
        record = self._sought.get(sought_key) if sought_key else None
        return None if record in self._lost else record

    def _found(self, entity: Entity, record: int, before: RowDocument) -> None:
        """If a row to be created has a key noted by `seek`, note its number there."""
        for key in entity.identities:
            if all(name in before for name in key):
                sought_key = entity.name, frozen({name: before[name] for name in key})
                if sought_key in self._sought:
                    self._sought[sought_key] = record

    def _settle(self) -> None:
        """Find the rows that cannot be created because a row that they refer to, directly or not, is not created."""
        waiting_for: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        for entity in self._known():
            for batch, befores in self._batches(entity):
                for (record, change), before in zip(batch, befores, strict=True):
                    for name in _nowhere(before) if record in self._coming else ():
                        parent = self.maker(entity, name, change.before or {})
                        if parent is None:
                            self._lost.setdefault(record, name)
                        elif parent in self._waiting:
                            waiting_for[parent].append((record, name))
        queue = list(self._lost)
        while queue:
            for record, name in waiting_for.get(queue.pop(), ()):
                if record not in self._lost:
                    self._lost[record] = name
                    queue.append(record)

    def _number(self) -> None:
        """Number the operations of rows to which others refer, by counting all in the order of `creates`."""
        sought = {record for record in self._sought.values() if record is not None}
        n = self._first
        for entity in self._known() if sought else ():
            for record in self._changes.records("delete", entity.name, backwards=True):
                if record in self._coming and record not in self._lost:
                    if record in sought:
                        self.numbers[record] = n
                    n += 1

    def _row_to_create(self, entity: Entity, record: int, change: RowChange, before: Mapping[str, Json]) -> RowToCreate:
        """The row to create, with references to rows that are created again as keys."""
        values, waits, raw = dict(before), {}, change.before or {}
        for name in _nowhere(before):
            parent = self.maker(entity, name, raw)
            assert parent is not None
            values[name], waits[name] = raw[name], parent
        return RowToCreate(record, change, values, waits)

    def _known(self) -> list[Entity]:
        """The entities with deleted rows, in the order of import."""
        catalog, deleted = self._present.catalog, self._changes.entities("delete")
        return [catalog.entities[name] for name in catalog.order if name in deleted]

    def _batches(self, entity: Entity, *, backwards: bool = False) -> Iterator[_Batch]:
        """The deleted rows of an entity, batch by batch."""
        for batch in self._changes.batches("delete", entity.name, backwards=backwards):
            yield batch, self._present.befores(entity.name, [change for _, change in batch])
            self._present.forget()


def _nowhere(image: Mapping[str, Json]) -> list[str]:
    """The fields whose value could not be converted, such as references to rows that do not exist now."""
    return [name for name, value in image.items() if value is MISSING]


def _sought(entity: Entity, name: str, before: RowDocument) -> Sought | None:
    """The entity and key in a reference field of a before-image; None if the field is no reference, or null."""
    target = entity.references.get(name)
    return (target, frozen(before[name])) if target and isinstance(before[name], dict) else None

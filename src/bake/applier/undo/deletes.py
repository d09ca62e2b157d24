"""Rows that a changeset deleted come back, unless they are there or something that they refer to is not.

A row may refer to one that comes back too: it waits for that. Where what it refers to stays away, it stays away itself,
and so do all that wait for it. Of the rows, only their numbers are held, and which rows others are looking for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bake.applier.current_rows import MISSING, CurrentRows
from bake.applier.undo.inverse import Again, creates
from bake.applier.undo.not_reverted import NotRevertedRows, Reason
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.model import Entity
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage
from bake.changeset.model import Create
from bake.changeset.model import Row as RowDocument
from bake.database.applied_changes import AppliedChanges
from bake.database.history import RowChange

#: A row by its entity and one of its keys.
Sought: TypeAlias = tuple[str, Frozen]

_Batch: TypeAlias = tuple[list[tuple[int, RowChange]], list[dict[str, Json]]]


class UndoDeletes:
    """The rows that come back.

    Attributes:
        numbers: of those that others wait for, the number of the operation that creates them, by record.
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
        """Find out which rows come back."""
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
        """The operations, of which the first one has this number: parents first."""
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
                        again.append(self._again(entity, record, change, before))
                yield from creates(self._present, entity, again, self.numbers)

    def seek(self, entity: Entity, name: str, before: RowDocument) -> None:
        """Somebody is looking for the row that this field refers to."""
        if sought_key := _sought(entity, name, before):
            self._sought.setdefault(sought_key, None)

    def find(self) -> None:
        """Look for all that are sought among the rows that come back, and number those that are found."""
        entities = {target for target, _ in self._sought}
        for entity in (entity for entity in self._known() if entity.name in entities):
            for batch in self._changes.batches("delete", entity.name):
                for record, change in batch:
                    if record in self._coming:
                        self._found(entity, record, change.before or {})
        self._number()

    def maker(self, entity: Entity, name: str, before: RowDocument) -> int | None:
        """The record of the row that this field refers to, if that comes back."""
        sought_key = _sought(entity, name, before)
        record = self._sought.get(sought_key) if sought_key else None
        return None if record in self._lost else record

    def _found(self, entity: Entity, record: int, before: RowDocument) -> None:
        for key in entity.identities:
            if all(name in before for name in key):
                sought_key = entity.name, frozen({name: before[name] for name in key})
                if sought_key in self._sought:
                    self._sought[sought_key] = record

    def _settle(self) -> None:
        """Take out the rows that wait for what stays away."""
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
        """Number the rows that others wait for: their places in the order in which all are created."""
        sought = {record for record in self._sought.values() if record is not None}
        n = self._first
        for entity in self._known() if sought else ():
            for record in self._changes.records("delete", entity.name, backwards=True):
                if record in self._coming and record not in self._lost:
                    if record in sought:
                        self.numbers[record] = n
                    n += 1

    def _again(self, entity: Entity, record: int, change: RowChange, before: Mapping[str, Json]) -> Again:
        values, waits, raw = dict(before), {}, change.before or {}
        for name in _nowhere(before):
            parent = self.maker(entity, name, raw)
            assert parent is not None
            values[name], waits[name] = raw[name], parent
        return Again(record, change, values, waits)

    def _known(self) -> list[Entity]:
        """The entities of which rows were deleted, parents first."""
        catalog, deleted = self._present.catalog, self._changes.entities("delete")
        return [catalog.entities[name] for name in catalog.order if name in deleted]

    def _batches(self, entity: Entity, *, backwards: bool = False) -> Iterator[_Batch]:
        """What they were, with references as ids."""
        for batch in self._changes.batches("delete", entity.name, backwards=backwards):
            yield batch, self._present.befores(entity.name, [change for _, change in batch])
            self._present.forget()


def _nowhere(image: Mapping[str, Json]) -> list[str]:
    """The fields whose values cannot be had."""
    return [name for name, value in image.items() if value is MISSING]


def _sought(entity: Entity, name: str, before: RowDocument) -> Sought | None:
    target = entity.references.get(name)
    return (target, frozen(before[name])) if target and isinstance(before[name], dict) else None

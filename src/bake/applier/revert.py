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
               gone                                          kept
    delete     gone                                          create, from the before-image
               there again, or its key taken                 kept
               in need of a row that is gone                 blocked

Creates come first, parents before children; then updates, children before parents, since those may rename what children
refer to; then deletes. The applier takes them in this order too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

from bake.applier.dependents import held
from bake.applier.inverse import Again, Back, Gone, inverses
from bake.applier.keys import key_words
from bake.applier.present import NOWHERE, Present, renames
from bake.catalog.lookups import Frozen, frozen
from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.catalog.values import Json, same
from bake.changeset.model import Key, Operation, Skip
from bake.changeset.runs import RunBuilder
from bake.database.history import RowChange
from bake.database.snapshot import DatabaseSnapshot

_Waiting = TypeVar("_Waiting", Again, Back)

Why: TypeAlias = Literal["kept", "blocked", "undone"]


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not undone.

    Attributes:
        record: which of the changes, counted from 0.
        why: `kept`, because it was edited since; `blocked`, because something else stands against it; `undone`,
            because it is as before already.
        entity: the kind of row.
        key: the row.
        field: which field; None for the whole row.
        recorded: what the changeset left there.
        found: what is there now.
        reason: in words.
    """

    record: int
    why: Why
    entity: str
    key: Key
    reason: str
    field: str | None = None
    recorded: Json = None
    found: Json = None


@dataclass(frozen=True, slots=True)
class Undoing:
    """The operations that undo a changeset, every change in the `from` of one of them, and what they leave."""

    operations: tuple[Operation, ...]
    left: tuple[Left, ...]


def undo(
    changes: Sequence[RowChange],
    snapshot: DatabaseSnapshot,
    catalog: Catalog,
    renaming: Sequence[RowChange] = (),
) -> Undoing:
    """How to undo these changes on the database as it is now.

    Args:
        changes: what a changeset did, in the order in which it was done.
        snapshot: the rows of the database.
        catalog: the entities; changes of entities that it does not know are left.
        renaming: changes of keys, by any changeset, in the order in which they happened.
    """
    run = _Run(changes, Present(snapshot, catalog, renames(renaming or changes)))
    return run.undoing()


class _Run:
    """One look at the database, and what follows from it for each change."""

    def __init__(self, changes: Sequence[RowChange], present: Present) -> None:
        self._changes = changes
        self._present = present
        self._catalog = present.catalog
        self._left: list[Left] = []
        self._again: dict[int, Again] = {}
        self._back: dict[int, Back] = {}
        self._gone: dict[int, Gone] = {}

    def undoing(self) -> Undoing:
        """All of it."""
        groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for record, change in enumerate(self._changes):
            groups[change.action, change.entity].append(record)
        looks = {"delete": self._deleted, "update": self._updated, "create": self._created}
        for action, look in looks.items():
            for entity in (entity for done, entity in groups if done == action):
                if entity in self._catalog.entities:
                    look(entity, groups[action, entity])
                else:
                    for record in groups[action, entity]:
                        self._leave(record, "blocked", f"the catalog has no {entity}")
        self._wait()
        self._hold()
        done = inverses(self._present, self._again.values(), self._back.values(), self._gone.values())
        return Undoing((*done, *self._skips(len(done))), tuple(sorted(self._left, key=lambda left: left.record)))

    def _deleted(self, entity: str, records: Sequence[int]) -> None:
        """Rows that are gone come back, unless they or others with their keys are there."""
        befores = self._present.images(entity, [self._changes[record].before or {} for record in records])
        there = self._present.taken(entity, befores)
        for record, before, taken in zip(records, befores, there, strict=True):
            if taken:
                self._leave(record, "kept", "a row with its key is there again")
            else:
                self._again[record] = Again(record, self._changes[record], before, {})

    def _updated(self, entity: str, records: Sequence[int]) -> None:
        """Fields that are as the changeset left them get their before-values again."""
        changes = [self._changes[record] for record in records]
        befores = self._present.images(entity, [change.before or {} for change in changes])
        afters = self._present.images(entity, [change.after or {} for change in changes])
        rows = self._present.rows(entity, changes)
        for record, row, before, after in zip(records, rows, befores, afters, strict=True):
            if row is None:
                self._leave(record, "kept", "the row is gone since")
                continue
            values = {}
            for name, value in after.items():
                if same(row.values.get(name), value):
                    values[name] = before[name]
                elif same(row.values.get(name), before[name]):
                    self._leave(record, "undone", "as before already", name)
                else:
                    self._leave(record, "kept", "edited since", name, row)
            if values:
                self._back[record] = Back(record, self._changes[record], row, values, {})

    def _created(self, entity: str, records: Sequence[int]) -> None:
        """Rows that are as they were made go."""
        changes = [self._changes[record] for record in records]
        afters = self._present.images(entity, [change.after or {} for change in changes])
        for record, row, after in zip(records, self._present.rows(entity, changes), afters, strict=True):
            if row is None:
                self._leave(record, "undone", "gone already")
                continue
            edited = [name for name, value in after.items() if not same(row.values.get(name), value)]
            for name in edited:
                self._leave(record, "kept", "edited since", name, row)
            if not edited:
                self._gone[record] = Gone(record, self._changes[record], row)

    def _wait(self) -> None:
        """References to rows that come back wait for them; those that lead nowhere stand against it."""
        made = self._made()
        progress = True
        while progress:
            settled = {record: self._settled(one, made) for record, one in self._again.items()}
            lost = {record: names for record, (_, names) in settled.items() if names}
            for record, names in lost.items():
                self._leave(record, "blocked", f"what its {names[0]} refers to is gone")
                del self._again[record]
            progress = bool(lost)
        self._again = {record: one for record, (one, _) in settled.items()}
        for record, back in list(self._back.items()):
            one, names = self._settled(back, made)
            for name in names:
                self._leave(record, "blocked", "what it was before is gone, or fits no more", name, back.row)
            self._back[record] = replace(one, values={n: value for n, value in one.values.items() if n not in names})
        self._back = {record: back for record, back in self._back.items() if back.values}

    def _settled(self, one: _Waiting, made: dict[tuple[str, Frozen], int]) -> tuple[_Waiting, list[str]]:
        """With its references to rows that come back; and the fields whose values cannot be had."""
        references = self._catalog.entities[one.change.entity].references
        values, waits, lost = dict(one.values), {}, []
        for name in (name for name, value in one.values.items() if value is NOWHERE or name in one.waits):
            raw = (one.change.before or {})[name]
            parent = made.get((references[name], frozen(raw))) if name in references else None
            if parent in self._again:
                values[name], waits[name] = raw, parent
            else:
                lost.append(name)
        return replace(one, values=values, waits=waits), lost

    def _made(self) -> dict[tuple[str, Frozen], int]:
        """The rows that come back, by each of their keys."""
        made = {}
        for record, one in self._again.items():
            before, entity = one.change.before or {}, self._catalog.entities[one.change.entity]
            for key in entity.identities:
                if all(name in before for name in key):
                    made[entity.name, frozen({name: before[name] for name in key})] = record
        return made

    def _hold(self) -> None:
        """Rows that were created stay while others, that stay too, refer to them."""
        leaving = {(one.change.entity, one.row.id): one for one in self._gone.values()}
        rows = {place: one.row for place, one in leaving.items()}
        turned = {((one.change.entity, one.row.id), name) for one in self._back.values() for name in one.values}
        snapshot = self._present.snapshot
        for place, (entity, id_) in held(snapshot, self._catalog, rows, turned).items():
            record = leaving[place].record
            key = self._present.names.keys(entity, [id_])[id_]
            self._leave(record, "blocked", f"{entity} {key_words(key)} refers to it")
            del self._gone[record]

    def _leave(self, record: int, why: Why, reason: str, name: str | None = None, row: Row | None = None) -> None:
        change = self._changes[record]
        found = None
        if row is not None and name is not None:
            target = self._target(change.entity, name)
            found = row.values.get(name)
            if target and found is not None:
                found = self._present.names.keys(target, [found])[found]
        recorded = (change.after or {}).get(name) if name else None
        self._left.append(Left(record, why, change.entity, change.key_after, reason, name, recorded, found))

    def _target(self, entity: str, name: str) -> str | None:
        return self._catalog.entities[entity].references.get(name)

    def _skips(self, done: int) -> Iterator[Skip]:
        """The changes that no operation undoes, those left for one reason together."""
        taken = self._again.keys() | self._back.keys() | self._gone.keys()
        reasons: dict[tuple[str, str], RunBuilder] = {}
        for left in sorted(self._left, key=lambda left: left.record):
            if left.record not in taken:
                taken = taken | {left.record}
                reasons.setdefault((left.entity, f"{left.why}: {left.reason}"), RunBuilder()).add(left.record)
        for n, ((entity, reason), records) in enumerate(reasons.items(), done + 1):
            yield Skip(n=n, entity=entity, reason=reason, from_=records.runs())

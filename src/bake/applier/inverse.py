"""Operations that undo, from what was decided about each row: keys as they are when an operation's turn comes.

An inverse may rename rows (the changeset had renamed them). Whoever comes after that has to name them by the key that
they have then: deletes, and updates that wait for a row to be created again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from bake.applier.present import Present
from bake.catalog.lookups import frozen
from bake.catalog.model import Catalog, Entity
from bake.catalog.names import label
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.invert import key_after
from bake.changeset.model import Change, Create, Delete, Key, Replace, Test, Update
from bake.changeset.model import Row as RowDocument
from bake.changeset.pointers import field_of, pointer
from bake.database.history import RowChange


@dataclass(frozen=True, slots=True)
class Again:
    """A row to be created again.

    Attributes:
        record: the number of the change that deleted it.
        change: that change.
        values: the row as it was; references as ids, those that wait as keys.
        waits: references to rows that are to be created again themselves: field to the number of their record.
    """

    record: int
    change: RowChange
    values: RowDocument
    waits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Back:
    """Fields to get their before-values again; otherwise as `Again`."""

    record: int
    change: RowChange
    row: Row
    values: RowDocument
    waits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Gone:
    """A row to be deleted: it is as the changeset made it."""

    record: int
    change: RowChange
    row: Row


def inverses(present: Present, again: Iterable[Again], back: Iterable[Back], gone: Iterable[Gone]) -> list[Change]:
    """The operations, numbered from 1, in the order in which they can be done."""
    rank = {name: n for n, name in enumerate(present.catalog.order)}
    first = sorted(again, key=lambda one: (rank[one.change.entity], -one.record))
    second = sorted(back, key=lambda one: (-rank[one.change.entity], -one.record))
    third = sorted(gone, key=lambda one: (rank[one.change.entity], one.record))
    made = {one.record: n for n, one in enumerate(first, 1)}
    creates = _creates(present, first, made)
    updates = _updates(present, second, made)
    then = _Then(present.catalog, updates)
    late = [then.update(update) if update.needs else update for update in updates]
    deletes = [then.delete(delete) for delete in _deletes(present, third)]
    everything: list[Change] = [*creates, *late, *deletes]
    return [replace(change, n=n) for n, change in enumerate(everything, 1)]


def _creates(present: Present, again: Sequence[Again], made: Mapping[int, int]) -> Iterator[Create]:
    for one, values in zip(again, _documents(present, again), strict=True):
        entity = present.catalog.entities[one.change.entity]
        key = {name: values.get(name, part) for name, part in one.change.key.items()}
        yield Create(
            n=0,
            entity=entity.name,
            key=key,
            label=_label(entity, key, values),
            values={name: values[name] for name in entity.fields if name in values},
            from_=(one.record,),
            needs=_needs(one.waits, made),
        )


def _updates(present: Present, back: Sequence[Back], made: Mapping[int, int]) -> list[Update]:
    befores = _documents(present, back)
    currents, keys = _current(present, back)
    result = []
    for one, before, current, key in zip(back, befores, currents, keys, strict=True):
        entity = present.catalog.entities[one.change.entity]
        steps: list[Test | Replace] = []
        for name in (name for name in entity.fields if name in before):
            steps += [Test(path=pointer(name), value=current[name]), Replace(path=pointer(name), value=before[name])]
        result.append(
            Update(
                n=0,
                entity=entity.name,
                key=key,
                label=_label(entity, key, current),
                patch=tuple(steps),
                from_=(one.record,),
                needs=_needs(one.waits, made),
            )
        )
    return result


def _deletes(present: Present, gone: Sequence[Gone]) -> Iterator[Delete]:
    for one, before, key in zip(gone, *_current(present, gone), strict=True):
        entity = present.catalog.entities[one.change.entity]
        yield Delete(
            n=0, entity=entity.name, key=key, label=_label(entity, key, before), before=before, from_=(one.record,)
        )


class _Then:
    """Keys as they are when the updates have been done."""

    def __init__(self, catalog: Catalog, updates: Iterable[Update]) -> None:
        self._catalog = catalog
        after = [(u.entity, u.key, key_after(u.key, u.patch)) for u in updates]
        self._renamed = {(entity, frozen(key)): then for entity, key, then in after if then != key}

    def update(self, update: Update) -> Update:
        """An update that comes late."""
        references = self._catalog.entities[update.entity].references
        patch = tuple(
            replace(step, value=self._value(references.get(field_of(step.path)), step.value))
            if step.path not in update.needs or isinstance(step, Test)
            else step
            for step in update.patch
        )
        return replace(update, key=self._within(update.entity, update.key), patch=patch)

    def delete(self, delete: Delete) -> Delete:
        """A delete; they all come late."""
        if not self._renamed:
            return delete
        return replace(
            delete, key=self._within(delete.entity, delete.key), before=self._within(delete.entity, delete.before)
        )

    def _within(self, entity: str, document: RowDocument) -> RowDocument:
        references = self._catalog.entities[entity].references
        return {name: self._value(references.get(name), value) for name, value in document.items()}

    def _value(self, target: str | None, value: Json) -> Json:
        if target is None or value is None:
            return value
        then: Key = self._renamed.get((target, frozen(value))) or value
        return self._within(target, then)


def _documents(present: Present, items: Sequence[Again | Back]) -> list[RowDocument]:
    """Their values, with references as keys."""
    result = [dict(one.values) for one in items]
    for entity in dict.fromkeys(one.change.entity for one in items):
        for name, target in present.catalog.entities[entity].references.items():
            having = [
                values
                for one, values in zip(items, result, strict=True)
                if one.change.entity == entity and name not in one.waits and values.get(name) is not None
            ]
            keys = present.names.keys(target, [values[name] for values in having])
            for values in having:
                values[name] = keys[values[name]]
    return result


def _current(present: Present, items: Sequence[Back | Gone]) -> tuple[list[RowDocument], list[Key]]:
    """Their rows as they are now, and the keys of these."""
    documents: dict[int, RowDocument] = {}
    keys: dict[int, Key] = {}
    for entity in dict.fromkeys(one.change.entity for one in items):
        those = [one for one in items if one.change.entity == entity]
        named = present.names.remember(entity, [one.row for one in those])
        images = present.names.documents(entity, [one.row for one in those])
        documents |= {one.record: image for one, image in zip(those, images, strict=True)}
        keys |= {one.record: named[one.row.id] for one in those}
    return [documents[one.record] for one in items], [keys[one.record] for one in items]


def _needs(waits: Mapping[str, int], made: Mapping[int, int]) -> dict[str, str | int]:
    return {pointer(name): made[record] for name, record in waits.items()}


def _label(entity: Entity, key: Key, values: RowDocument) -> str | None:
    """What people call the row, where its key tells them nothing."""
    return label(entity.label, values, "") or None if tuple(key) == ("uuid",) else None

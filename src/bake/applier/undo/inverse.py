"""Make the operations of a revert from what was decided about each row.

If the reverted changeset changed keys, the updates of the revert change them back. Operations that are applied after
those (deletes, and updates that refer to rows created again) must name such rows by the restored keys (`KeyRewriter`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from bake.applier.current_rows import CurrentRows
from bake.catalog.entity import Entity
from bake.catalog.names import label
from bake.catalog.row import Row
from bake.changeset.model import Create, Delete, Key, Replace, Test, Update, Uuids
from bake.changeset.model import Row as RowDocument
from bake.changeset.pointers import pointer
from bake.database.ledger.row_changes import RowChange


@dataclass(frozen=True, slots=True)
class RowToCreate:
    """A deleted row to be created again.

    Attributes:
        record: the number of the change that deleted it.
        change: that change.
        values: the values that the row had; references as ids, those in `waits` as keys.
        waits: the references to rows that are created again as well: the number of their change, by field.
    """

    record: int
    change: RowChange
    values: RowDocument
    waits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RowToRestore:
    """An updated row whose fields are to be set back.

    Attributes:
        record: the number of the change that updated it.
        change: that change.
        row: the row as it is now.
        values: the before-values of the fields to set back, in the form of `RowToCreate.values`.
        waits: as in `RowToCreate`.
    """

    record: int
    change: RowChange
    row: Row
    values: RowDocument
    waits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RowToDelete:
    """A created row to be deleted, since nobody has edited it.

    Attributes:
        record: the number of the change that created it.
        change: that change.
        row: the row as it is now.
    """

    record: int
    change: RowChange
    row: Row


def creates(
    present: CurrentRows, entity: Entity, rows: Sequence[RowToCreate], made: Mapping[int, int]
) -> Iterator[Create]:
    """Make the operations that create rows again; their numbers are still 0.

    Args:
        present: the rows of the database.
        entity: the entity of the rows.
        rows: the rows to create.
        made: the numbers of the operations that create the rows in `waits`, by the number of their change.
    """
    for one, values in zip(rows, _documents(present, entity, rows), strict=True):
        key = {name: values.get(name, part) for name, part in one.change.key.items()}
        yield Create(
            n=0,
            entity=entity.name,
            key=key,
            label=_label(entity, key, values),
            values={name: values[name] for name in entity.fields if name in values},
            from_=(one.record,),
            needs=_needs(one.waits, made),
            uuids=_named(one),
        )


def updates(
    present: CurrentRows, entity: Entity, rows: Sequence[RowToRestore], made: Mapping[int, int]
) -> Iterator[Update]:
    """Make the operations that set fields back, with numbers still 0; arguments as for `creates`."""
    befores = _documents(present, entity, rows)
    currents, keys = _current(present, entity, rows)
    for one, before, current, key in zip(rows, befores, currents, keys, strict=True):
        steps: list[Test | Replace] = []
        for name in (name for name in entity.fields if name in before):
            steps += [Test(path=pointer(name), value=current[name]), Replace(path=pointer(name), value=before[name])]
        yield Update(
            n=0,
            entity=entity.name,
            key=key,
            label=_label(entity, key, current),
            patch=tuple(steps),
            from_=(one.record,),
            needs=_needs(one.waits, made),
            uuids=_own(one.change, key) | _named(one),
        )


def deletes(present: CurrentRows, entity: Entity, rows: Sequence[RowToDelete]) -> Iterator[Delete]:
    """Make the operations that delete rows, with numbers still 0; arguments as for `creates`."""
    for one, before, key in zip(rows, *_current(present, entity, rows), strict=True):
        yield Delete(
            n=0,
            entity=entity.name,
            key=key,
            label=_label(entity, key, before),
            before=before,
            from_=(one.record,),
            uuids=_own(one.change, key),
        )


def shown_by(entity: Entity) -> frozenset[str]:
    """The fields that an operation needs to name its row: those of the entity's keys and of its label."""
    keys = {name for key in entity.portable_keys for name in key}
    label = {name for _, name, _, _ in Formatter().parse(entity.label) if name}
    return frozenset((keys | label) & entity.fields.keys())


def _documents(present: CurrentRows, entity: Entity, items: Sequence[RowToCreate | RowToRestore]) -> list[RowDocument]:
    """The `values` of items as row documents, with references as keys."""
    result = [dict(one.values) for one in items]
    for name, target in entity.references.items():
        having = [
            values
            for one, values in zip(items, result, strict=True)
            if name not in one.waits and values.get(name) is not None
        ]
        keys = present.keys_by_id.keys(target, [values[name] for values in having]) if having else {}
        for values in having:
            values[name] = keys[values[name]]
    return result


def _current(
    present: CurrentRows, entity: Entity, items: Sequence[RowToRestore | RowToDelete]
) -> tuple[list[RowDocument], list[Key]]:
    """The rows of items as they are now, as row documents, and their keys."""
    rows = [one.row for one in items]
    named = present.keys_by_id.remember(entity.name, rows)
    return present.documents(entity.name, rows), [named[row.id] for row in rows]


def _needs(waits: Mapping[str, int], made: Mapping[int, int]) -> dict[str, str | int]:
    """The `needs` of an operation: the numbers of the operations that create rows in `waits`, by JSON pointer."""
    return {pointer(name): made[record] for name, record in waits.items()}


def _own(change: RowChange, key: Key) -> Uuids:
    """The uuid of an operation's own row, if the row has one and its key is another."""
    return {"": change.uuid} if change.uuid and "uuid" not in key else {}


def _named(one: RowToCreate | RowToRestore) -> Uuids:
    """The recorded uuids of the rows that written references name, without those that are created again."""
    there = {pointer(name) for name, value in one.values.items() if value is not None and name not in one.waits}
    return {path: uuid for path, uuid in one.change.uuids.items() if path in there}


def _label(entity: Entity, key: Key, values: RowDocument) -> str | None:
    """The label of a row whose key is only a uuid, which tells people nothing; else None."""
    return label(entity.label, values, "") or None if tuple(key) == ("uuid",) else None

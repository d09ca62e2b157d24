"""Unique values that rows take over from each other: a ↔ b, or a → b → c.

    the database refuses a batch of updates, since another row has a unique value      then
    another update of the batch lets go of it                                          both are written by a detour
    an update of a later batch, or a delete, lets go of it                             it waits, and then likewise
    nothing lets go of it                                                              conflict: constraint

The detour, within the transaction: first every row that takes such a value gets a temporary one, then its own. For each
unique constraint that the update touches, one of its fields is chosen: one that may be null gets null, text and uuids
get one that no row has, a number becomes greater than all. A field that the update leaves alone gets its value back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias
from uuid import uuid4

from bake.catalog.entity import ID, Entity
from bake.catalog.field import Field
from bake.catalog.field_types import Integer, Sensitive, Text, Uuid
from bake.catalog.values import Json
from bake.database.constraints.uniqueness import unique_fields
from bake.database.reading.snapshot import DatabaseSnapshot

#: What is written of a row: its id, and values by field, references as ids.
Written: TypeAlias = tuple[int, Mapping[str, Json]]


class Detour:
    """Rows on their way to unique values that others still have.

    Args:
        snapshot: the rows of the database.
        item: the entity of the rows.
        rows: what is to be written of them.
    """

    def __init__(self, snapshot: DatabaseSnapshot, item: Entity, rows: Sequence[Written]) -> None:
        unique = unique_fields(item)
        self._parked = [_parked_fields(item, unique, values) for _, values in rows]
        self._next = _NextNumbers(snapshot, item)
        ids = [(id_,) for (id_, _), names in zip(rows, self._parked, strict=True) if names]
        fields = tuple(dict.fromkeys(name for names in self._parked for name in names))
        found = snapshot.find(item.name, (ID,), ids, fields=fields) if ids else {}
        self._item = item
        self._rows = rows
        self._before = [found[(id_,)][0].values if (id_,) in found else {} for id_, _ in rows]

    def __bool__(self) -> bool:
        """Whether any of the rows takes a unique value."""
        return any(self._parked)

    def temporary(self) -> Iterator[Written]:
        """What is written first."""
        for (id_, _), names in zip(self._rows, self._parked, strict=True):
            if names:
                yield id_, {name: self._free(name) for name in names}

    def final(self) -> list[Written]:
        """What is written then: what was meant, and what was there before in the other fields that were used."""
        return [
            (id_, {**{name: before[name] for name in names if name in before}, **values})
            for (id_, values), names, before in zip(self._rows, self._parked, self._before, strict=True)
        ]

    def _free(self, name: str) -> Json:
        """A value that no row has."""
        declared = self._item.fields[name]
        match declared.type:
            case _ if declared.nullable:
                return None
            case Text(max_length):
                return uuid4().hex[:max_length]
            case Sensitive(inner=Text(max_length), scope=scope) as type_:
                return type_.bound.seal(scope, uuid4().hex[:max_length])
            case Uuid():
                return str(uuid4())
            case _:
                return self._next(name)


class _NextNumbers:
    """Whole numbers greater than all that rows have in a field; each is given once."""

    def __init__(self, snapshot: DatabaseSnapshot, item: Entity) -> None:
        self._snapshot = snapshot
        self._item = item
        self._last: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        if name not in self._last:
            self._last[name] = self._snapshot.greatest(self._item.name, name)
        self._last[name] += 1
        return self._last[name]


def _parked_fields(item: Entity, unique: Sequence[tuple[str, ...]], values: Mapping[str, Json]) -> tuple[str, ...]:
    """For each unique constraint that an update touches, the field that gets a temporary value."""
    touched = [fields for fields in unique if not values.keys().isdisjoint(fields)]
    chosen = [min(fields, key=lambda name: _rank(item.fields[name])) for fields in touched]
    return tuple(dict.fromkeys(name for name in chosen if _rank(item.fields[name]) < _UNFIT))


_UNFIT = 4


def _rank(declared: Field) -> int:
    """How well a field takes a temporary value; `_UNFIT` for one that takes none."""
    if declared.nullable:
        return 0
    match declared.type:
        case Text() | Sensitive(inner=Text()):
            return 1
        case Uuid():
            return 2
        case Integer():
            return 3
        case _:
            return _UNFIT

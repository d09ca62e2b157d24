"""Whether a key still names the row that was meant, by the uuid that was recorded beside it.

the row that has the key now     the recorded uuid       the row is
whatever                         none                    the one that was meant
has that uuid                                            the one that was meant
has another uuid                                         another one
has none                         is that of some row     another one: the one that was meant has another key now
has none                         is that of no row       taken for the one that was meant, which lost its uuid
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bake.catalog.entity import Entity
from bake.catalog.row import Row
from bake.catalog.values import Json


class _Snapshot(Protocol):
    def find(
        self, entity: str, by: tuple[str, ...], keys: Sequence[tuple[Json, ...]]
    ) -> Mapping[tuple[Json, ...], list[Row]]: ...


def are_others(
    snapshot: _Snapshot, entity: Entity, found: Sequence[Json], expected: Sequence[str | None]
) -> Sequence[bool]:
    """Whether each of some rows is not the one that was meant, though it has its key; at most one query.

    Args:
        snapshot: the rows of the database.
        entity: the entity of the rows.
        found: their uuids.
        expected: the uuids that were recorded for these keys.
    """
    if list(found) == list(expected):
        return [False] * len(found)
    lacking = {was for has, was in zip(found, expected, strict=True) if has is None and was is not None}
    there = snapshot.find(entity.name, ("uuid",), [(uuid,) for uuid in sorted(lacking)]) if lacking else {}
    return [
        was is not None and has != was and (has is not None or (was,) in there)
        for has, was in zip(found, expected, strict=True)
    ]

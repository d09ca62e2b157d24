"""What is written for a reference by other columns than the primary key: the values that the rows have there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.catalog.field import Field
from bake.catalog.values import Json
from bake.database.bindings import identity_binding, referred_table
from bake.errors import NotProven

_CHUNK = 500


def referred_values(
    connection: sa.Connection, entity: Entity, field: Field, ids: Sequence[Json]
) -> list[tuple[Any, ...]]:
    """For each id of a row, what that row has in the columns that a reference holds; nulls for null.

    Args:
        connection: within the transaction that writes.
        entity: whose reference it is.
        field: the reference.
        ids: the rows that are referred to.

    Raises:
        NotProven: one of them is not there.
    """
    target = referred_table(entity.table, field)
    identity = identity_binding(target)
    wanted = list(dict.fromkeys(id_ for id_ in ids if id_ is not None))
    found: dict[Json, tuple[Any, ...]] = {None: (None,) * len(field.columns)}
    query = sa.select(identity.read, *(target.c[name] for name in field.refers_to))
    for start in range(0, len(wanted), _CHUNK):
        for key, *values in connection.execute(query.where(identity.among(wanted[start : start + _CHUNK]))):
            found[identity.inward(key) if identity.inward else key] = tuple(values)
    if lost := [id_ for id_ in wanted if id_ not in found]:
        raise NotProven(
            f"{entity.name}.{field.name}: {len(lost)} rows that are referred to are not there",
            hint="somebody else changed the database meanwhile; try again",
        )
    return [found[id_] for id_ in ids]

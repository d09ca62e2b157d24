"""Counting rows, and adding up what belongs to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.catalog.values import exact
from bake.database.bindings import bindings
from bake.database.reading.selection import Selection, fetched

#: How many ids one query asks for.
_CHUNK = 500
#: Sums keep every digit; what a database of 64-bit and 38-digit numbers can add up to has fewer.
_EXACTLY = Context(prec=100)


def count(connection: sa.Connection, entity: Entity) -> int:
    """How many rows an entity has."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(entity.table)).scalar_one())


def totals(
    connection: sa.Connection,
    entity: Entity,
    field: str,
    by: str,
    ids: Sequence[int],
    without: frozenset[int] = frozenset(),
) -> dict[int, Decimal]:
    """For each row that `by` refers to, the sum of `field`, exactly; null adds nothing.

    The database is not asked to add: SQLite would add binary fractions.

    Args:
        connection: within a transaction.
        entity: whose rows are added up.
        field: a number.
        by: a reference field.
        ids: ids of the rows that `by` refers to; those nothing refers to are left out of the answer.
        without: the ids of rows that are not added.
    """
    declared = bindings(entity)
    value, group = declared[field], declared[by]
    selection = Selection(entity, (by, field), connection.dialect, without)
    found: dict[int, Decimal] = {}
    for start in range(0, len(ids), _CHUNK):
        among = group.among(ids[start : start + _CHUNK]) & value.column.is_not(None)
        _, owners, numbers = selection.columns(fetched(connection, selection.query.where(among))) or ((), (), ())
        for owner, number in zip(owners, numbers, strict=True):
            found[owner] = _EXACTLY.add(found.get(owner, Decimal(0)), Decimal(number))
    return {owner: exact(total) for owner, total in found.items()}

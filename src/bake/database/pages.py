"""Whole tables, page after page: fast, for exports.

What is read here is what `bake.database.snapshot` reads, a column at a time instead of a row at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.database.selection import Selection, Values, fetched

_PAGE = 2000


def count(connection: sa.Connection, entity: Entity) -> int:
    """How many rows there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(entity.table)).scalar_one()


def pages(
    connection: sa.Connection, entity: Entity, fields: Sequence[str], size: int = _PAGE
) -> Iterator[list[Values]]:
    """All rows by ascending id, a page at a time; other queries may run in between.

    Args:
        connection: within a transaction, so that all pages show one state.
        entity: whose rows.
        fields: which of their fields.
        size: rows a page.

    Yields:
        The columns of a page: the ids, then the canonical values of each field, references as ids.
    """
    selection = Selection(entity, fields, connection.dialect)
    identifier = selection.identifier
    query = selection.query.order_by(identifier.column).limit(size)
    page = fetched(connection, query)
    while page:
        columns = selection.columns(page)
        yield columns
        after = query.where(identifier.compared > columns[0][-1])
        page = fetched(connection, after) if len(page) == size else []

"""Whole tables, page after page: fast, for exports.

What is read here is what `bake.database.reading.snapshot` reads, a column at a time instead of a row at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.database.reading.selection import Selection, Values, fetched

_PAGE = 2000


def pages(
    connection: sa.Connection,
    entity: Entity,
    fields: Sequence[str],
    size: int = _PAGE,
    without: frozenset[int] = frozenset(),
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> Iterator[list[Values]]:
    """All rows by ascending id, a page at a time; other queries may run in between.

    Args:
        connection: within a transaction, so that all pages show one state.
        entity: whose rows.
        fields: which of their fields.
        size: rows a page.
        without: the ids of rows that are left out.
        where: what else has to hold of a row.

    Yields:
        The columns of a page: the ids, then the canonical values of each field, references as ids.
    """
    selection = Selection(entity, fields, connection.dialect, without)
    for page in raw_pages(connection, selection, size, where):
        if columns := selection.columns(page):
            yield columns


def raw_pages(
    connection: sa.Connection,
    selection: Selection,
    size: int = _PAGE,
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> Iterator[list[Any]]:
    """All rows of a selection by ascending id, as the driver gives them, a page at a time."""
    identifier = selection.identifier
    query = selection.query.where(*where).order_by(*identifier.columns).limit(size)
    page = fetched(connection, query)
    while page:
        yield page
        last = selection.identity(page[-1]) if len(page) == size else None
        page = [] if last is None else fetched(connection, query.where(identifier.after(last)))

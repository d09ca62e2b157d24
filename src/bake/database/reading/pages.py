"""Whole tables, read in pages by columns, for exports.

The values are those that `bake.database.reading.snapshot` reads, which gives rows.
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
    """All rows of an entity by ascending id, a page at a time; other queries may run in between.

    Args:
        connection: a connection within a transaction, so that all pages show one state.
        entity: the entity.
        fields: the fields to read.
        size: how many rows a page has at most.
        without: the ids of rows to leave out.
        where: further conditions that a row has to meet.

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

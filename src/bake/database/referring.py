"""Reads the references of a field page by page, since more rows may refer to a row than fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.database.bindings import bindings
from bake.database.dependents import Reference

_CHUNK = 500
_PAGE = 2000


def referring(connection: sa.Connection, entity: Entity, name: str, ids: Sequence[int]) -> Iterator[Reference]:
    """The references of one field to rows with these ids, by chunks of the ids, then by the id of the referring row."""
    reference = bindings(entity)[name]
    for start in range(0, len(ids), _CHUNK):
        yield from _pages(connection, entity, name, reference.compared.in_(ids[start : start + _CHUNK]))


def all_referring(connection: sa.Connection, entity: Entity, name: str) -> Iterator[Reference]:
    """All references of one field, by ascending id: faster than many look-ups, for which there may be no index."""
    return _pages(connection, entity, name, bindings(entity)[name].column.is_not(None))


def _pages(connection: sa.Connection, entity: Entity, name: str, where: sa.ColumnElement[bool]) -> Iterator[Reference]:
    bound = bindings(entity)
    id_, reference = bound[ID], bound[name]
    query = sa.select(id_.read, reference.read).where(where).order_by(id_.column).limit(_PAGE)
    rows = connection.execute(query).all()
    while rows:
        yield from ((row[0], row[1]) for row in rows)
        rows = connection.execute(query.where(id_.column > rows[-1][0])).all() if len(rows) == _PAGE else []

"""Reads the references of a field page by page, since more rows may refer to a row than fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.database.bindings import bindings
from bake.database.constraints.dependents import Reference
from bake.database.reading.pages import raw_pages
from bake.database.reading.selection import Selection

_CHUNK = 500


def referring(connection: sa.Connection, entity: Entity, name: str, ids: Sequence[int]) -> Iterator[Reference]:
    """The references of one field to rows with these ids, by chunks of the ids, then by the id of the referring row."""
    reference = bindings(entity)[name]
    for start in range(0, len(ids), _CHUNK):
        yield from _pages(connection, entity, name, reference.among(ids[start : start + _CHUNK]))


def all_referring(connection: sa.Connection, entity: Entity, name: str) -> Iterator[Reference]:
    """All references of one field, by ascending id: faster than many look-ups, for which there may be no index."""
    return _pages(connection, entity, name, ~bindings(entity)[name].is_null)


def _pages(connection: sa.Connection, entity: Entity, name: str, where: sa.ColumnElement[bool]) -> Iterator[Reference]:
    selection = Selection(entity, (name,), connection.dialect)
    for page in raw_pages(connection, selection, where=[where]):
        ids, references = selection.columns(page)
        yield from zip(ids, references, strict=True)

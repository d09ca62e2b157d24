"""Inserting and deleting rows of several tables that must refer to each other, which no order of statements allows.

database     how
PostgreSQL   in one statement: foreign keys are checked at the end of each
SQLite       foreign keys are checked when all are there
MariaDB      foreign keys are not checked meanwhile; afterwards the rows that are referred to are locked, and counted
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from bake.catalog.entity import Entity
from bake.catalog.field import Field
from bake.catalog.values import Json
from bake.database.bindings import identity_binding, referred_table
from bake.errors import NotProven

_CHUNK = 500


def in_one_statement(connection: sa.Connection, parts: Sequence[sa.Insert | sa.Delete]) -> None:
    """Execute several inserts, or deletes, as one statement (PostgreSQL)."""
    expressions = (part.cte(f"part_{n}") for n, part in enumerate(parts))
    connection.execute(sa.select(sa.literal(1)).add_cte(*expressions))


@contextmanager
def unchecked_references(connection: sa.Connection) -> Iterator[None]:
    """A block whose inserts may come before what they refer to, and deletes after it (SQLite, MariaDB)."""
    is_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON" if is_sqlite else "SET foreign_key_checks = 0")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = OFF" if is_sqlite else "SET foreign_key_checks = 1")


def expect_parents(connection: sa.Connection, entity: Entity, field: Field, ids: Sequence[Json]) -> None:
    """Lock the rows that a reference leads to, so that they stay, and see that all are there.

    Raises:
        NotProven: one is not.
    """
    parent = identity_binding(referred_table(entity.table, field))
    wanted = list({id_ for id_ in ids if id_ is not None})
    query = sa.select(sa.literal(1)).select_from(parent.column.table).with_for_update(read=True)
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        if len(connection.execute(query.where(parent.among(chunk))).all()) != len(chunk):
            raise NotProven(f"{entity.name}.{field.name}: a row that is referred to is not there")

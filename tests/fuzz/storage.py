"""Databases of PostgreSQL and MariaDB, made for a run, and brought back to what they were after each case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from support.databases import SERVERS

#: By dialect, what lets rows be written in any order.
_UNORDERED = {
    "postgresql": "SET LOCAL session_replication_role = replica",
    "mysql": "SET foreign_key_checks = 0",
    "mariadb": "SET foreign_key_checks = 0",
}


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of a new database without tables, which is dropped at the end.

    Args:
        kind: one of `support.databases.SERVERS`.
    """
    name = f"bake_fuzz_{uuid4().hex[:12]}"
    server = sa.create_engine(SERVERS[kind], isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield sa.make_url(SERVERS[kind]).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name}"))
        server.dispose()


class ServerStorage:
    """A database of a server, whose rows are written back.

    Args:
        url: the database; its tables are there.
    """

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        metadata = sa.MetaData()
        metadata.reflect(self._engine)
        self._tables = list(metadata.tables.values())
        self._rows = self._read()

    def changed(self) -> bool:
        """Whether the tables of the catalog hold anything else than at the start."""
        return any(rows != self._rows[name] for name, rows in self._read().items() if not name.startswith("bake_"))

    def restore(self) -> None:
        """Make everything in the database what it was at the start."""
        now = self._read()
        if now == self._rows:
            return
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_UNORDERED[connection.dialect.name])
            for table in self._tables:
                if now[table.name] != self._rows[table.name]:
                    connection.execute(table.delete())
                    if rows := self._rows[table.name]:
                        connection.execute(table.insert(), rows)

    def _read(self) -> dict[str, list[dict[str, Any]]]:
        with self._engine.connect() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]
                for table in self._tables
            }

"""Databases that are brought back to what they were after each case; those of servers are made for a run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

import sqlalchemy as sa
from support import databases

from bake.database import engine

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
    there = databases.server(kind)
    if there is None:
        raise SystemExit(f"no {kind} server answers; see tests/support/databases.py")
    server = sa.create_engine(there, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield sa.make_url(there).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name}"))
        server.dispose()


class SqliteStorage:
    """A database file, which is copied back.

    Args:
        file: the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._bytes = self._edited = file.read_bytes()
        self._rows = _rows(file)

    def edit(self, statements: Sequence[str]) -> None:
        """Run statements, whatever constraints say; one that cannot be run at all is left out."""
        self._edited = self._bytes
        if not statements:
            return
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                with suppress(sqlite3.IntegrityError):
                    connection.execute(statement)
        self._edited, self._rows_edited = self._file.read_bytes(), _rows(self._file)

    def changed(self) -> bool:
        """Whether the tables of the catalog hold anything else than after the last edit."""
        expected = self._rows if self._edited == self._bytes else self._rows_edited
        return self._file.read_bytes() != self._edited and _rows(self._file) != expected

    def restore(self) -> None:
        """Make everything in the database what it was at the start."""
        if self._file.read_bytes() != self._bytes:
            self._file.write_bytes(self._bytes)
            for suffix in ("-journal", "-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)


def _rows(file: Path) -> object:
    """All rows of the tables of the catalog, texts as bytes, which need not be UTF-8."""
    with closing(sqlite3.connect(file)) as connection:
        connection.text_factory = bytes
        names = [name.decode() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = [name for name in names if not name.startswith("bake_")]
        return repr({name: connection.execute(f'SELECT * FROM "{name}" ORDER BY id').fetchall() for name in ours})


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
        with self._engine.connect() as connection:
            self._rows = {table: [dict(row) for row in _all(connection, table)] for table in self._tables}
        self._texts = self._edited = self._read()

    def edit(self, statements: Sequence[str]) -> None:
        """Run statements, whatever constraints say; one that cannot be run at all is left out."""
        for statement in statements:
            with suppress(sa.exc.DBAPIError), self._engine.begin() as connection:
                connection.exec_driver_sql(_UNORDERED[connection.dialect.name])
                connection.exec_driver_sql(statement)
        self._edited = self._read() if statements else self._texts

    def changed(self) -> bool:
        """Whether the tables of the catalog hold anything else than after the last edit."""
        return any(rows != self._edited[name] for name, rows in self._read().items() if not name.startswith("bake_"))

    def restore(self) -> None:
        """Make everything in the database what it was at the start."""
        now = self._read()
        if now == self._texts:
            return
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_UNORDERED[connection.dialect.name])
            for table, rows in self._rows.items():
                if now[table.name] != self._texts[table.name]:
                    connection.execute(table.delete())
                    if rows:
                        connection.execute(table.insert(), rows)

    def _read(self) -> dict[str, list[Any]]:
        """All rows, each value as a text: a driver may not know what Python makes of it."""
        with self._engine.connect() as connection:
            return {
                table.name: [*_all(connection, table, [sa.cast(column, sa.Text) for column in table.columns])]
                for table in self._tables
            }


def _all(connection: sa.Connection, table: sa.Table, columns: Sequence[Any] = ()) -> Iterable[Any]:
    return connection.execute(sa.select(*columns or [table]).order_by(table.c.id)).mappings()


@contextmanager
def shared_engines() -> Iterator[None]:
    """Commands in this block get one engine of each database, so that a statement is compiled once for all of them."""
    with mock.patch.object(engine, "connect", cache(engine.connect)):
        yield

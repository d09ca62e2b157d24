"""Databases that a program has opened itself: its engine, or its connection with the transaction that is open there.

    given         a block that reads or writes is     at its end                        foreign keys of SQLite
    Engine        a transaction of its own            committed, the connection back    enforced within the block
    Connection    a savepoint                         released; the caller commits      must be enforced already

What the caller has set up (pool, time-outs, isolation) stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from bake.catalog.field_types import Document
from bake.catalog.model import Catalog
from bake.database import documents
from bake.database.engine import Database, label_of
from bake.database.failures import unavailable
from bake.database.savepoint import savepoint
from bake.errors import UsageError


def borrowed(given: sa.Engine | sa.Connection, catalog: Catalog) -> Database:
    """The database of an engine or a connection.

    Raises:
        UsageError: the catalog has JSON columns, and the engine reads and writes them in its own way.
    """
    _check_documents(given.dialect, catalog)
    if isinstance(given, sa.Engine):
        return EngineOfCaller(given, label_of(given.url))
    return ConnectionOfCaller(given.engine, label_of(given.engine.url), connection=given)


@dataclass(frozen=True, slots=True)
class EngineOfCaller(Database):
    """An engine that the caller goes on using."""

    def close(self) -> None:
        """Leave it open."""

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One transaction that sees one state of the database (`Database.reading`)."""
        with Database.reading(self) as connection:
            _begin(connection, writes=False)
            yield connection

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[sa.Connection]:
        """One transaction that writes (`Database.writing`).

        Raises:
            UsageError: the engine's connections commit each statement.
        """
        with Database.writing(self, keep=keep) as connection:
            _check_transactions(connection)
            _begin(connection, writes=True)
            yield connection

    def _writing_options(self) -> dict[str, Any]:
        """The isolation is the caller's."""
        return {"bake_writes": True}

    @contextmanager
    def connected(self, options: dict[str, Any]) -> Iterator[sa.Connection]:
        """A connection of the pool (`Database.connected`); on SQLite with foreign keys enforced."""
        with Database.connected(self, options) as connection, _foreign_keys(connection):
            yield connection


@dataclass(frozen=True, slots=True)
class ConnectionOfCaller(Database):
    """A connection in the caller's transaction, which is neither committed nor rolled back.

    Attributes:
        connection: the caller's.
    """

    connection: sa.Connection = field(kw_only=True)

    @property
    def commits(self) -> bool:
        """Whether what was written is committed at the end of a block: the caller does that, or does not."""
        return False

    def close(self) -> None:
        """Leave it open."""

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """What the caller's transaction sees. An error within the block leaves that transaction usable."""
        with self._savepoint(writes=False):
            yield self.connection

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[sa.Connection]:
        """A savepoint; an error, or `keep=False`, goes back to it.

        Raises:
            UsageError: the connection commits each statement, or its SQLite does not enforce foreign keys.
        """
        self._check_foreign_keys()
        with self._savepoint(writes=True) as nested:
            yield self.connection
            if not keep:
                nested.rollback()

    @contextmanager
    def _savepoint(self, *, writes: bool) -> Iterator[sa.NestedTransaction]:
        _check_transactions(self.connection)
        try:
            if not self.connection.in_transaction():
                self.connection.begin()
            _begin(self.connection, writes=writes)
            with savepoint(self.connection) as nested:
                yield nested
        except sa.exc.DBAPIError as error:
            meant = unavailable(error, self.label)
            if meant is None:
                raise
            raise meant from error

    def _check_foreign_keys(self) -> None:
        if self.connection.dialect.name == "sqlite":
            enforced = self.connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
            if not enforced:
                raise UsageError(
                    "foreign keys are not enforced on this SQLite connection",
                    hint="run PRAGMA foreign_keys = ON when connecting, or give the Engine",
                )


def _check_transactions(connection: sa.Connection) -> None:
    """Refuse a connection that commits each statement, by SQLAlchemy's option or its driver's."""
    raw: Any = connection.connection.dbapi_connection
    autocommit = getattr(raw, "autocommit", False)
    of_driver = raw.get_autocommit() if callable(autocommit) else autocommit is True
    if of_driver or connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        raise UsageError(
            "the connection commits each statement, so that nothing could be taken back",
            hint="give an engine or a connection without isolation_level AUTOCOMMIT",
        )


def _begin(connection: sa.Connection, *, writes: bool) -> None:
    """Begin SQLite's transaction, unless somebody has: its driver would wait for the first INSERT.

    Without this, the end of a savepoint would commit. What writes takes the lock at once, as in `Database.writing`.
    """
    raw = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and not getattr(raw, "in_transaction", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _foreign_keys(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite enforce foreign keys within the block, before which and after which no transaction is open."""
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor: Any = connection.connection.cursor()
    [before] = cursor.execute("PRAGMA foreign_keys").fetchone()
    cursor.execute("PRAGMA foreign_keys = ON")
    try:
        yield
    finally:
        if not before:
            cursor.execute("PRAGMA foreign_keys = OFF")


def _check_documents(dialect: sa.Dialect, catalog: Catalog) -> None:
    """Refuse an engine that would turn the decimals in JSON columns into floats."""
    writer = getattr(dialect, "_json_serializer", None)
    if writer is documents.encode:
        return
    for entity in catalog.entities.values():
        for name, declared in entity.fields.items():
            if isinstance(declared.type, Document):
                raise UsageError(
                    f"{entity.name}.{name} is a JSON column, whose decimals this engine would not keep exact",
                    hint="create the engine with create_engine(url, **bake.ENGINE_OPTIONS)",
                )

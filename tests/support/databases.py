"""Fresh databases for tests: SQLite, and the servers that are there. A server that is not skips its tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

SERVERS = {
    "postgresql": os.environ.get("BAKE_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("BAKE_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}


class Servers:
    """The database of this session on each server, made when first asked for; emptied after each test."""

    def __init__(self) -> None:
        self._made: dict[str, str | None] = {}

    @contextmanager
    def fresh(self, kind: str, folder: Path) -> Iterator[str]:
        """The URL of a database without tables, of a kind of `SERVERS` or `sqlite`, which is a file in the folder."""
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'bake.db'}"
            return
        if kind not in self._made:
            self._made[kind] = _create(kind)
        url = self._made[kind]
        if url is None:
            pytest.skip(f"no {kind} server answers at {sa.make_url(SERVERS[kind]).host}; see BAKE_TEST_{kind.upper()}")
        yield url
        _empty(url)

    def drop(self) -> None:
        """Drop what was made."""
        for kind, url in self._made.items():
            if url is not None:
                _administer(kind, f"DROP DATABASE {sa.make_url(url).database}")


def _create(kind: str) -> str | None:
    name = f"bake_test_{uuid4().hex[:12]}"
    try:
        _administer(kind, f"CREATE DATABASE {name}")
    except (sa.exc.DBAPIError, ModuleNotFoundError):
        return None
    return sa.make_url(SERVERS[kind]).set(database=name).render_as_string(hide_password=False)


def _administer(kind: str, statement: str) -> None:
    seconds = {"connect_timeout": 3}
    engine = sa.create_engine(SERVERS[kind], isolation_level="AUTOCOMMIT", connect_args=seconds)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def _empty(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        metadata.drop_all(connection)
    engine.dispose()

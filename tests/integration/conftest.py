"""One fresh database each on SQLite, PostgreSQL and MariaDB; a server that is not there skips its tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bake.database.engine import Database, connect

SERVERS = {
    "postgresql": os.environ.get("BAKE_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("BAKE_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, str | None]]:
    """By kind, the URL of a database that was made for this session, filled in when first asked for."""
    made: dict[str, str | None] = {}
    yield made
    for kind, url in made.items():
        if url is not None:
            _administer(kind, f"DROP DATABASE {sa.make_url(url).database}")


@pytest.fixture(params=["sqlite", *SERVERS])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, servers: dict[str, str | None]) -> Iterator[str]:
    """The URL of a database without tables."""
    kind: str = request.param
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'bake.db'}"
        return
    url = _made(kind, servers)
    if url is None:
        pytest.skip(f"no {kind} server answers at {sa.make_url(SERVERS[kind]).host}; see BAKE_TEST_{kind.upper()}")
    yield url
    _empty(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, connected; it waits a second for locks."""
    with connect(database_url, wait=1, create=True) as opened:
        yield opened


def _made(kind: str, servers: dict[str, str | None]) -> str | None:
    if kind not in servers:
        name = f"bake_test_{uuid4().hex[:12]}"
        try:
            _administer(kind, f"CREATE DATABASE {name}")
        except (sa.exc.DBAPIError, ModuleNotFoundError):
            servers[kind] = None
        else:
            servers[kind] = sa.make_url(SERVERS[kind]).set(database=name).render_as_string(hide_password=False)
    return servers[kind]


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

"""One fresh database each on SQLite, PostgreSQL and MariaDB; a server that is not there skips its tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.databases import SERVERS, Servers

from bake.database.engine import Database, connect


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers."""
    made = Servers()
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", *SERVERS])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[str]:
    """The URL of a database without tables."""
    with servers.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, connected; it waits a second for locks."""
    with connect(database_url, wait=1, create=True) as opened:
        yield opened

"""A bakery with a changeset to apply, on each database, on SQLite also in the smallest pieces; and its twin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from support.databases import Servers
from support.kitchen import Kitchen, delivered
from support.pieces import small_pieces
from support.situations.again import AGAIN
from support.situations.elsewhere import WRITTEN_ELSEWHERE
from support.situations.importing import NAMED_COLUMNS, SHEETS
from support.situations.matching import IDENTITY
from support.situations.reading import KINDS, TEXTS
from support.situations.warned import WARNED, WRAPPED

#: Situations that a source makes, not a database: only `nox -s everywhere` tries them elsewhere than on SQLite.
_OF_SOURCES = {
    *(KINDS | WRAPPED | TEXTS | NAMED_COLUMNS | WRITTEN_ELSEWHERE),
    *(IDENTITY | SHEETS | AGAIN | WARNED),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the situations that are tried everywhere only by request."""
    for item in items:
        parameters: dict[str, Any] = vars(item)["callspec"].params if "callspec" in vars(item) else {}
        if parameters.get("kitchen", "sqlite") != "sqlite" and parameters["row"].situation in _OF_SOURCES:
            item.add_marker("everywhere")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers."""
    made = Servers()
    yield made
    made.drop()


@pytest.fixture
def twin(tmp_path: Path) -> Kitchen:
    """The same on SQLite: whatever the database under test is, it must come to the same."""
    return delivered(tmp_path / "twin", "--create", "q1")


@pytest.fixture(params=["sqlite", "sqlite in pieces", "postgresql", "mariadb"])
def kitchen(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[Kitchen]:
    """The one under test; its file is the twin's."""
    server, _, pieces = request.param.partition(" in ")
    made = delivered(tmp_path / "kitchen", "--create", "q1")
    if server != "sqlite":
        url = servers.filled(server, lambda url: Kitchen(made.folder, url).stock())
        made = Kitchen(made.folder, url)
    with small_pieces() if pieces else nullcontext():
        yield made

"""A bakery with a changeset to apply, on each database, on SQLite also in the smallest pieces; and its twin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.databases import Servers
from support.kitchen import Kitchen
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


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an SQLite database, filled, and the changeset."""
    folder = tmp_path_factory.mktemp("template")
    Kitchen(folder, "sqlite:///bake.db").stock().deliver("--create", "q1")
    return folder


@pytest.fixture
def twin(template: Path, tmp_path: Path) -> Kitchen:
    """A copy on SQLite: whatever the database under test is, it must come to the same."""
    shutil.copytree(template, tmp_path / "twin")
    return Kitchen(tmp_path / "twin", f"sqlite:///{tmp_path / 'twin' / 'bake.db'}")


@pytest.fixture(params=["sqlite", "sqlite in pieces", "postgresql", "mariadb"])
def kitchen(request: pytest.FixtureRequest, template: Path, tmp_path: Path, servers: Servers) -> Iterator[Kitchen]:
    """The one under test; its file is the twin's."""
    server, _, pieces = request.param.partition(" in ")
    folder = tmp_path / "kitchen"
    shutil.copytree(template, folder)
    with ExitStack() as stack:
        if server == "sqlite":
            url = f"sqlite:///{folder / 'bake.db'}"
        else:
            url = stack.enter_context(servers.copy(server, lambda url: Kitchen(folder, url).stock()))
        if pieces:
            stack.enter_context(small_pieces())
        yield Kitchen(folder, url)

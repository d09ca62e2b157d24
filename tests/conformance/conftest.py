"""A bakery with a changeset to apply, on each database, on SQLite also in the smallest pieces; and its twin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.databases import Servers
from support.kitchen import Kitchen
from support.pieces import small_pieces


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

"""A changeset that was read for a catalog is not read again, as long as nothing was written to its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.changesets import written
from support.memory import MILL

from bake import Project
from bake.app import reading
from bake.app.reading import intact_for
from bake.changeset.events import Answered
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create, Question
from bake.changeset.writing import append
from bake.errors import DamagedChangeset


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A mill."""
    return Project(f"sqlite:///{tmp_path / 'mill.db'}", MILL, folder=tmp_path, actor="ada")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sale of an unknown bag."""
    sale = Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/bag": "q1"})
    question = Question(id="q1", kind="missing", entity="bags", lookup={"slug": "spelt_bag"}, asked_by=(1,))
    return written(tmp_path / "x.changeset.jsonl", [sale], [question]).path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The paths of the files that are read."""
    seen: list[Path] = []

    def noting(path: Path, *rest: Any) -> Changeset:
        seen.append(path)
        return read(path, *rest)

    monkeypatch.setattr(reading, "read", noting)
    return seen


SKIP = Answered(by="ada", at="2026-01-10T12:00:00Z", prev="", question="q1", choice="skip")


def test_it_is_read_once(project: Project, path: Path, reads: list[Path]) -> None:
    """By its path always; as an object only if something was written since, and not after what one appends oneself."""
    file = intact_for(project, path)
    assert intact_for(project, file) is file
    answered = append(file, SKIP)
    assert intact_for(project, answered) is answered
    assert reads == [path]
    assert intact_for(project, file).decisions.answers.keys() == {"q1"}
    assert reads == [path, path]


def test_an_edit_of_the_same_length_is_noticed(project: Project, path: Path, reads: list[Path]) -> None:
    """What was read is compared with the file by its digest, where its dates do not tell."""
    file = intact_for(project, path)
    path.write_bytes(path.read_bytes().replace(b"spelt_bag", b"wheat_bag"))
    with pytest.raises(DamagedChangeset):
        intact_for(project, file)
    assert reads == [path, path]


def test_what_was_read_without_a_catalog_is_read_with_it(project: Project, path: Path, reads: list[Path]) -> None:
    """What does not fit the catalog is damage that nobody has looked for; another project has another catalog."""
    intact_for(project, read(path))
    assert reads == [path]

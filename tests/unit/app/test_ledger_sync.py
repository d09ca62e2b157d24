"""A file that was not told of its application, because a run was cut off, is brought in line by whoever comes next."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.kitchen import DELIVERY, Kitchen, delivered, stocked
from support.shell import lines
from support.situations.watching import forget

from bake.app import application_run as applying
from bake.app.apply import apply
from bake.app.project import open_project
from bake.renderer.words import CUT_OFF


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    """A bakery with a changeset that is answered."""
    return delivered(tmp_path / "kitchen", "--create", "q1")


@pytest.fixture
def untold(kitchen: Kitchen) -> Kitchen:
    """The same; the changeset is applied, and its file does not know."""
    assert kitchen.apply().status == 0
    forget(kitchen.changeset, "applied")
    return kitchen


def told(kitchen: Kitchen) -> list[str]:
    """The receipts in the file."""
    return [event["receipt"] for event in lines(kitchen.changeset, "applied")]


@pytest.mark.parametrize(
    "command", [("resolve", "--skip", "q1"), ("rebase",), ("amend", "--set", "2/notes=no")], ids=lambda words: words[0]
)
def test_nothing_is_decided_in_what_was_applied(untold: Kitchen, command: tuple[str, ...]) -> None:
    """Who would change the changeset finds in the ledger that it is too late; the file says so from then on."""
    name, *options = command
    said = untold.shell.bake("changeset", name, untold.changeset, *options)
    assert said.status == 2
    assert CUT_OFF in said.err
    assert told(untold) == [untold.entries()[0].receipt]
    assert lines(untold.changeset)[-1]["type"] == "applied"
    again = untold.shell.bake("changeset", name, untold.changeset, *options)
    assert (again.status, CUT_OFF in again.err) == (2, False)


def test_reverting_tells_the_file_of_what_is_reverted(untold: Kitchen) -> None:
    """The revert is written, and says that the file of what it reverts was not in line."""
    assert CUT_OFF in untold.shell.done("changeset", "revert", untold.changeset)
    assert told(untold) == [untold.entries()[0].receipt]


def test_an_application_that_was_undone_is_told_too(untold: Kitchen) -> None:
    """Reverted by its digest, and applied again by its file: the file has both applications."""
    digest = untold.entries()[0].digest
    untold.shell.done("changeset", "revert", digest, "--output", "undo.changeset.jsonl")
    assert untold.apply(file=untold.folder / "undo.changeset.jsonl").status == 0
    said = untold.apply().document
    assert (said["state"], said["repaired"]) == ("applied", True)
    assert told(untold) == [entry.receipt for entry in untold.entries()]
    assert [entry.state for entry in untold.entries()] == ["reverted", "applied"]


def test_another_database_is_another_application(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two databases of the same rows give the same receipt; what one's run did not get to say is said all the same."""
    monkeypatch.chdir(kitchen.folder)
    (tmp_path / "other").mkdir()
    other = stocked(tmp_path / "other")
    for n, url in enumerate((kitchen.url, other.url)):
        monkeypatch.setattr(applying, "now", lambda n=n: f"2025-12-24T10:00:0{n}Z")
        apply(open_project(database=url), kitchen.changeset)
    assert len(set(told(kitchen))) == 1
    forget(kitchen.changeset, "applied")
    assert apply(open_project(database=other.url), kitchen.changeset).repaired
    assert [event["database"] for event in lines(kitchen.changeset, "applied")] == [kitchen.url, other.url]


def test_a_file_that_knows_is_left_alone(kitchen: Kitchen) -> None:
    """However often it was applied and undone, there is nothing to bring in line."""
    for _ in range(2):
        assert kitchen.apply().document["repaired"] is False
        undo = kitchen.shell.bake("changeset", "revert", kitchen.changeset, "--format", "json").document["changeset"]
        assert kitchen.apply(file=Path(undo)).document["repaired"] is False
    text = kitchen.changeset.read_bytes()
    kitchen.shell.done("changeset", "check", kitchen.changeset)
    assert kitchen.changeset.read_bytes() == text
    assert len(told(kitchen)) == 2


def test_importing_again_tells_the_changeset_of_the_import_that_was_cut_off(kitchen: Kitchen) -> None:
    """There is nothing to import any more; the record of the first import is brought in line, and that is said."""
    known = DELIVERY | {"purchases": []}
    kitchen.shell.write("known.json", known)
    kitchen.shell.done("import", "known.json", "--yes")
    [first] = (kitchen.folder / "changesets").glob("*-known-*")
    forget(first, "applied")
    assert CUT_OFF in kitchen.shell.done("import", "known.json", "--yes")
    assert len(lines(first, "applied")) == 1
    assert CUT_OFF not in kitchen.shell.done("import", "known.json", "--yes")


def test_a_log_that_a_killed_run_left_is_used(tmp_path: Path) -> None:
    """It says the same; a second one beside it would be imported twice. One that was edited since is left alone."""
    kitchen = delivered(tmp_path)
    command = ("changeset", "apply", kitchen.changeset.name, "--skip-on-error")
    assert kitchen.killed("commit", 1, *command) == -9
    [left] = tmp_path.glob("import_skipped_*.json")
    edited = left.read_text(encoding="utf-8").replace("6.99", "7.99")
    other = kitchen.shell.write("import_skipped_2020-01-01_000000.json", edited)
    said = kitchen.apply("--skip-on-error").document
    assert Path(said["log"]).name == left.name
    assert sorted(tmp_path.glob("import_skipped_*.json")) == [other, left]
    assert other.read_text(encoding="utf-8") == edited

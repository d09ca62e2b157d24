"""Applying, undoing and asking what happened, on every database, by the functions that the commands call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.changesets import written
from support.memory import MILL
from typer.testing import CliRunner, Result

from bake.app.apply import apply
from bake.app.build import build
from bake.app.check import check
from bake.app.history import drift, history, row_history
from bake.app.project import Project
from bake.app.revert import revert
from bake.changeset.file import Changeset
from bake.changeset.model import Create, Delete, Json, Question, Replace, Row, Test, Update
from bake.cli.main import bake
from bake.database.schema import create_tables
from bake.errors import Conflicts, UsageError

GRAIN = "00000000-0000-0000-0000-000000000001"
BAG = "00000000-0000-0000-0000-000000000002"


@pytest.fixture
def project(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty mill."""
    monkeypatch.setenv("BAKE_ACTOR", "ada")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bake.toml").write_text('catalog = "support.memory:MILL"\n')
    project = Project(database_url, "support.memory:MILL", folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, MILL)
    return project


@pytest.fixture
def first(project: Project) -> Changeset:
    """A changeset, applied: a grain and a bag of it."""
    grain: Row = {"uuid": GRAIN, "slug": "rye", "name": "Rye"}
    bag: Row = {"uuid": BAG, "slug": "rye_5", "grain": {"slug": "rye"}, "weight": 5}
    operations = [
        Create(n=1, entity="grains", key={"slug": "rye"}, values=grain, from_=(0,)),
        Create(n=2, entity="bags", key={"slug": "rye_5"}, values=bag, from_=(1,), needs={"/grain": 1}),
    ]
    return apply(project, written(project.changesets / "first.changeset.jsonl", operations, []).path).changeset


@pytest.fixture
def second(project: Project, first: Changeset) -> Changeset:
    """Another one, applied: the bag has another slug, a brand, and a note."""
    assert first.decisions.applied
    change = update(1, "rye_5", slug=("rye_5", "rye_bag"), brand=(None, "Mill"), note=(None, "fine"))
    return apply(project, written(project.changesets / "second.changeset.jsonl", [change], []).path).changeset


def update(n: int, bag: str, **sides: tuple[Json, Json]) -> Update:
    """Fields of a bag, each with both sides."""
    steps: list[Test | Replace] = []
    for name, (before, after) in sides.items():
        steps += [Test(path=f"/{name}", value=before), Replace(path=f"/{name}", value=after)]
    return Update(n=n, entity="bags", key={"slug": bag}, patch=tuple(steps), from_=(n - 1,))


def edit(project: Project, statement: str) -> None:
    """What somebody does elsewhere."""
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text(statement))


def rows(project: Project) -> list[tuple[Json, ...]]:
    """The bags."""
    with project.connect() as database, database.reading() as connection:
        query = sa.text("SELECT uuid, slug, brand, note FROM bags ORDER BY slug")
        return [tuple(row) for row in connection.execute(query)]


def states(project: Project) -> dict[str, str]:
    """What the ledger says of each file, the last entry of it."""
    return {entry.file: entry.state for entry in reversed(history(project))}


def run(project: Project, *arguments: str) -> Result:
    """The command line."""
    return CliRunner().invoke(bake, [*arguments, "--database", str(project.url)])


def test_a_changeset_is_undone_and_its_undoing_too(project: Project, second: Changeset) -> None:
    """By its file; the ledger says what stands, and who undid what is an entry like any other."""
    end = rows(project)
    undoing = revert(project, str(second.path))
    assert undoing.left == ()
    apply(project, undoing.changeset.path)
    assert rows(project) == [(BAG, "rye_5", None, None)]
    assert states(project)[second.path.name] == "reverted"
    back = revert(project, str(undoing.changeset.path))
    apply(project, back.changeset.path)
    assert rows(project) == end
    assert states(project) == {
        "first.changeset.jsonl": "applied",
        "second.changeset.jsonl": "applied",
        undoing.changeset.path.name: "reverted",
        back.changeset.path.name: "applied",
    }
    assert drift(project) == []


def test_the_file_need_not_be_there_any_more(project: Project, second: Changeset) -> None:
    """The beginning of the digest is enough; the header says what is undone, and every change is in one operation."""
    second.path.unlink()
    undoing = revert(project, second.digest.removeprefix("sha256:")[:8])
    header = undoing.changeset.intact().header
    assert (header.source.kind, header.source.name) == ("revert", "second.changeset.jsonl")
    assert f"sha256:{header.source.sha256}" == undoing.reverts == second.digest
    assert header.source.records == undoing.changes == 1
    apply(project, undoing.changeset.path)
    assert rows(project) == [(BAG, "rye_5", None, None)]


def test_what_was_reverted_may_be_applied_again(project: Project, second: Changeset) -> None:
    """Its own file does it, once; the revert does not count as applied then."""
    end = rows(project)
    undoing = revert(project, str(second.path))
    apply(project, undoing.changeset.path)
    assert apply(project, second.path).state == "applied"
    assert apply(project, second.path).state == "already applied"
    assert rows(project) == end
    assert states(project)[undoing.changeset.path.name] == "reverted"


def test_what_does_not_stand_is_not_undone(project: Project, second: Changeset) -> None:
    """Reverting twice, or what was never applied here, or what nobody knows, is refused."""
    apply(project, revert(project, str(second.path)).changeset.path)
    with pytest.raises(UsageError, match="reverted already"):
        revert(project, str(second.path))
    never = written(project.changesets / "never.changeset.jsonl", [update(1, "a", note=(None, "b"))], [])
    with pytest.raises(UsageError, match="not applied to this database"):
        revert(project, str(never.path))
    with pytest.raises(UsageError, match="neither a changeset file nor the digest"):
        revert(project, "ffffffff")


def test_an_edit_since_is_kept_and_noted_in_the_file(project: Project, second: Changeset) -> None:
    """The notice says which field; nothing else of the row is left out."""
    edit(project, "UPDATE bags SET note = 'coarse'")
    undoing = revert(project, str(second.path))
    assert [(left.why, left.field) for left in undoing.left] == [("kept", "note")]
    assert undoing.changeset.built is not None
    [notice] = undoing.changeset.built.notices
    assert (notice.code, notice.from_) == ("kept", (0,))
    apply(project, undoing.changeset.path)
    assert rows(project) == [(BAG, "rye_5", None, "coarse")]


def test_a_revert_that_undoes_nothing_leaves_the_state(project: Project, second: Changeset) -> None:
    """If all was edited since, the changeset still counts as applied."""
    edit(project, "UPDATE bags SET note = 'x', brand = 'x', slug = 'x'")
    apply(project, revert(project, str(second.path)).changeset.path)
    assert states(project)[second.path.name] == "applied"


def test_a_row_has_one_history_by_any_of_its_keys(project: Project, second: Changeset) -> None:
    """By the slug it has, the slug it had, its uuid, or a key as JSON: when, by whom, from which record, both sides."""
    events = row_history(project, "bags", "rye_bag")
    assert [(event.action, event.entry.file, event.entry.actor, event.records) for event in events] == [
        ("create", "first.changeset.jsonl", "ada", (1,)),
        ("update", "second.changeset.jsonl", "ada", (0,)),
    ]
    sides = {change.field: (change.before, change.after) for change in events[1].fields}
    assert sides == {"slug": ("rye_5", "rye_bag"), "brand": (None, "Mill"), "note": (None, "fine")}
    for key in ("rye_5", BAG, '{"slug": "rye_bag"}'):
        assert row_history(project, "bags", key) == events
    [event] = row_history(project, "bags", "rye_bag", field="note")
    assert [(change.before, change.after) for change in event.fields] == [(None, "fine")]
    assert second.decisions.applied


def test_a_deleted_row_keeps_its_history(project: Project, second: Changeset) -> None:
    """The ledger remembers what the database has forgotten."""
    before: Row = {"slug": "rye_bag", "brand": "Mill"}
    gone = Delete(n=1, entity="bags", key={"slug": "rye_bag"}, before=before, from_=(0,))
    apply(project, written(project.changesets / "third.changeset.jsonl", [gone], []).path)
    events = row_history(project, "bags", "rye_bag")
    assert [event.action for event in events] == ["create", "update", "delete"]
    assert {change.field: change.before for change in events[-1].fields}["weight"] == 5
    apply(project, revert(project, history(project)[0].digest).changeset.path)
    assert rows(project) == [(BAG, "rye_bag", "Mill", "fine")]
    assert second.decisions.applied


@pytest.mark.parametrize(
    ("entity", "key", "field", "message"),
    [
        ("bag", "x", None, "the catalog has no 'bag'"),
        ("bags", "x", "notes", "no field 'notes'"),
        ("bags", "nobody", None, "there is no row nobody"),
        ("bags", "{", None, "is no JSON object"),
    ],
)
def test_what_is_not_there_has_no_history(
    project: Project, entity: str, key: str, field: str | None, message: str
) -> None:
    """The message says what was not found, and what to type."""
    with pytest.raises(UsageError, match=message) as refused:
        row_history(project, entity, key, field=field)
    assert refused.value.hint


def test_a_check_says_all_that_stands_against_a_changeset(project: Project, second: Changeset) -> None:
    """Ready, applied, stale, open, damaged: by exit status, and nothing is written."""
    before = rows(project)
    good = written(project.changesets / "a.changeset.jsonl", [update(1, "rye_bag", note=("fine", "x"))], [])
    stale = written(project.changesets / "b.changeset.jsonl", [update(1, "rye_bag", note=("?", "x"))], [])
    question = Question(id="q1", kind="invalid", entity="bags", field="brand", value=1, asked_by=(1,))
    waiting = Create(n=1, entity="bags", key={"uuid": "x"}, values={}, from_=(0,), needs={"/brand": "q1"})
    open_ = written(
        project.changesets / "c.changeset.jsonl", [waiting, update(2, "rye_bag", note=("?", "x"))], [question]
    )
    damaged = project.changesets / "d.changeset.jsonl"
    damaged.write_bytes(good.path.read_bytes().replace(b'"fine"', b'"FINE"'))
    found = {path: check(project, path) for path in (second.path, good.path, stale.path, open_.path, damaged)}
    assert [(one.state, one.exit_status) for one in found.values()] == [
        ("applied", 0),
        ("ready", 0),
        ("stale", 4),
        ("open", 3),
        ("damaged", 6),
    ]
    assert [conflict.kind for conflict in found[open_.path].conflicts] == ["changed"]
    assert check(project, stale.path, offline=True).state == "ready"
    assert rows(project) == before


def test_what_is_edited_elsewhere_is_drift(project: Project, second: Changeset) -> None:
    """After a rename by a changeset too."""
    assert drift(project) == []
    edit(project, "UPDATE bags SET brand = 'Other'")
    [one] = drift(project)
    assert (one.kind, one.field, one.recorded, one.found) == ("changed", "brand", "Mill", "Other")
    assert second.decisions.applied


def test_a_failed_application_records_no_changes(project: Project, second: Changeset) -> None:
    """Its entry is there; no row has it in its history."""
    bad = [update(1, "rye_bag", note=("fine", "x")), update(2, "rye_bag", brand=("?", "x"))]
    with pytest.raises(Conflicts):
        apply(project, written(project.changesets / "bad.changeset.jsonl", bad, []).path)
    assert states(project)["bad.changeset.jsonl"] == "failed"
    assert [event.entry.file for event in row_history(project, "bags", "rye_bag")][-1] == second.path.name


def test_the_commands_say_it_in_text_and_for_programs(project: Project, second: Changeset) -> None:
    """`history`, `revert`, `check` and `drift`, each in both formats, with their exit status."""
    name = str(second.path)
    edit(project, "UPDATE bags SET note = 'coarse'")
    assert "second.changeset.jsonl" in run(project, "history").stdout
    assert 'note: null → "fine"' in run(project, "history", "bags", "rye_bag", "--field", "note").stdout
    [drifted] = json.loads(run(project, "changeset", "drift", "--format", "json").stdout)
    assert (drifted["recorded"], drifted["found"]) == ("fine", "coarse")
    assert 'note: recorded "fine", now "coarse"' in run(project, "changeset", "drift").stdout
    undoing = json.loads(run(project, "changeset", "revert", name, "--format", "json").stdout)
    assert [left["why"] for left in undoing["left"]] == ["kept"]
    edit(project, "UPDATE bags SET brand = 'Other'")
    checked = run(project, "changeset", "check", undoing["changeset"])
    assert checked.exit_code == 4
    assert "changed: bags rye_bag, brand" in checked.stdout
    document = json.loads(run(project, "changeset", "check", undoing["changeset"], "--format", "json").stdout)
    assert (document["state"], document["conflicts"][0]["found"]) == ("stale", "Other")
    assert (
        "kept: bags rye_bag, brand" in run(project, "changeset", "revert", name, "--output", "o.changeset.jsonl").stdout
    )
    assert json.loads(run(project, "history", "--format", "json").stdout)[0]["file"] == "second.changeset.jsonl"
    assert json.loads(run(project, "history", "bags", BAG, "--format", "json").stdout)[0]["action"] == "create"
    assert run(project, "history", "bags").exit_code == 2


def test_records_are_located_in_a_source_unless_it_is_very_large(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What history costs does not grow with a source: of one that takes long to go through, it tells the record."""
    source = tmp_path / "grains.json"
    source.write_text('{"grains": [{"slug": "oat", "name": "Oat"}]}')
    apply(project, build(project, source).path)
    [event] = row_history(project, "grains", "oat")
    assert (event.records, [str(place) for place in event.locations]) == ((0,), ["grains.json:1:13 (/grains/0)"])
    monkeypatch.setattr("bake.app.history._READ_AGAIN", source.stat().st_size - 1)
    [event] = row_history(project, "grains", "oat")
    assert (event.records, event.locations) == ((0,), ())

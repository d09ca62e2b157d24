"""Sensitive fields: their values are in the database and nowhere else, and everything works as with any others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.staff import STAFF

import bake
from bake.catalog.sensitive import opened
from bake.database.engine import Database
from bake.errors import Conflicts, UsageError

PHONE, OTHER, THIRD = "+1-555-010-7788", "+1-555-010-9911", "+1-555-010-1133"
SALARY, BORN, PIN = "73519.25", "1984-07-19", "pin-of-the-night-shift"
ADA: dict[str, object] = {
    "slug": "ada",
    "name": "Ada",
    "phone": PHONE,
    "salary": SALARY,
    "born": BORN,
    "notes": "likes rye",
}
SECRETS = (PHONE, OTHER, THIRD, SALARY, BORN, PIN)


@pytest.fixture
def project(database: Database, tmp_path: Path) -> bake.Project:
    """An empty database."""
    made = bake.Project(database.engine, STAFF, folder=tmp_path, actor="ada")
    bake.initialise(made)
    return made


def _phones(database: Database) -> dict[str, str | None]:
    with database.engine.connect() as connection:
        found = connection.execute(sa.select(STAFF.entities["people"].table)).all()
    return {row.slug: row.phone for row in found}


def _counts(file: bake.Changeset) -> object:
    return file.built.counts if file.built else None


def _applied(project: bake.Project, records: list[dict[str, object]], entity: str = "people") -> Path:
    built = bake.build(project, records, view=entity)
    bake.apply(project, built)
    return built.path


def test_values_reach_the_database_and_come_back(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """What is created, changed, deleted and reverted are the values, although no changeset holds one.

    The reverts are built and applied by a machine that has the key and none of the values: these are in the database.
    """
    _applied(project, [ADA, {**ADA, "slug": "bo", "name": "Bo", "phone": OTHER}])
    changed = _applied(project, [{"slug": "ada", "phone": THIRD, "salary": "1.00", "born": "1999-09-09"}])
    mirrored = bake.build(project, [{"slug": "ada"}], view="people", mode="mirror")
    bake.apply(project, mirrored)
    assert _phones(database) == {"ada": THIRD}
    (tmp_path / ".bake" / "private" / "values.db").unlink()
    elsewhere = bake.Project(database.engine, STAFF, folder=tmp_path, actor="bo")
    for path in (mirrored.path, changed):
        bake.apply(elsewhere, bake.revert(elsewhere, path).changeset)
    assert _phones(database) == {"ada": PHONE, "bo": OTHER}
    with database.engine.connect() as connection:
        ada = connection.execute(sa.text("SELECT salary, born FROM people WHERE slug = 'ada'")).one()
    assert (f"{ada.salary:.2f}", str(ada.born)[:10]) == (SALARY, BORN)


def test_an_export_holds_tokens(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """Unedited it changes nothing; a value in a token's place is an edit, and another row's token gives its value."""
    _applied(project, [ADA, {**ADA, "slug": "bo", "name": "Bo", "phone": None}])
    path = tmp_path / "staff.json"
    bake.export_view(project, "staff", output=path)
    assert not any(secret in path.read_text() for secret in SECRETS)
    assert _counts(bake.build(project, path)) == {"people": {"skip": 2}}
    document = json.loads(path.read_text())
    ada, bo = document["records"]
    bo["salary"], ada["phone"] = "64000", OTHER
    bo["phone"] = json.loads(path.read_text())["records"][0]["phone"]
    path.write_text(json.dumps(document))
    (tmp_path / ".bake" / "private" / "values.db").unlink()
    built = bake.build(bake.Project(database.engine, STAFF, folder=tmp_path), path)
    assert _counts(built) == {"people": {"update": 2}}
    bake.apply(project, built)
    assert _phones(database) == {"ada": OTHER, "bo": PHONE}


def test_without_the_values_nothing_is_written(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """A machine that has the key alone cannot apply what a source said: it names row and field, and what to do.

    One with another key is told so. A token that was typed by hand is a question.
    """
    built = bake.build(project, [ADA], view="people")
    values = tmp_path / ".bake" / "private" / "values.db"
    kept = values.read_bytes()
    values.unlink()
    with pytest.raises(Conflicts) as refused:
        bake.apply(bake.Project(database.engine, STAFF, folder=tmp_path), built.path)
    assert {(one.key["slug"], one.field) for one in refused.value.conflicts} >= {("ada", "phone"), ("ada", "salary")}
    assert "copy .bake/private" in refused.value.conflicts[0].detail
    other = bake.Project(database.engine, STAFF, folder=tmp_path / "other")
    with pytest.raises(Conflicts, match="precondition") as refused:
        bake.apply(other, built.path)
    assert "another key" in refused.value.conflicts[0].detail
    values.write_bytes(kept)
    bake.apply(project, bake.build(project, [ADA], view="people", mode="skip-existing"))
    typed = bake.build(project, [{"slug": "ada", "phone": f"sensitive:{'0' * 6}:{'0' * 24}"}], view="people")
    [question] = typed.decisions.open
    assert (question.kind, question.field) == ("invalid", "phone")


def test_what_the_database_refuses_is_said_without_values(project: bake.Project, database: Database) -> None:
    """Drivers quote the value that breaks a rule: of such rows only the rule's name is shown."""
    built = bake.build(project, [{**ADA, "slug": "bo"}], view="people")
    with database.engine.begin() as connection:  # after the build, which would have asked
        connection.execute(sa.insert(STAFF.entities["people"].table).values(slug="ada", name="Ada", phone=PHONE))
    with pytest.raises(Conflicts) as refused:
        bake.apply(project, built)
    told = json.dumps(bake.to_dict(refused.value)) + built.path.read_text()
    assert not any(secret in told for secret in SECRETS)
    assert "phone" in told


def test_an_answer_is_kept_as_its_token(project: bake.Project, database: Database) -> None:
    """A value that does not fit is asked about without being shown; what is typed instead is a token in the file."""
    _applied(project, [ADA])
    built = bake.build(project, [{"slug": "ada", "phone": PHONE * 4, "notes": "x"}], view="people")
    [question] = built.decisions.open
    assert PHONE not in built.path.read_text()
    bake.resolve_with_options(project, built.path, value=[f"{question.id}={THIRD}"], remember=True)
    bake.amend(project, built.path, set_=["1/salary=81234.5"])
    assert not any(one in built.path.read_text() for one in (*SECRETS, "81234.5"))
    bake.apply(bake.Project(database.engine, STAFF, folder=project.folder), built.path)
    assert _phones(database) == {"ada": THIRD}


def test_what_a_proposal_quotes_is_left_out(project: bake.Project) -> None:
    """Its evidence names the source, and has no words of it, which are likely to hold the value that is proposed."""
    built = bake.build(project, [{**ADA, "salary": "a lot"}], view="people")
    [question] = built.decisions.open
    seen = bake.Evidence(field="salary", source="contract.pdf", quote=f"a salary of {SALARY}")
    answer = bake.Answer(question.id, "value", value=SALARY)
    bake.propose(project, built.path, [bake.Proposal("m", answer=answer, evidence=[seen, bake.Evidence(quote=PHONE)])])
    bake.propose(project, built.path, [bake.Proposal("m", set_=[f"1/phone={OTHER}"], evidence=[seen])])
    told = built.path.read_text()
    assert not any(secret in told for secret in SECRETS)
    assert told.count('"evidence":[{"field":"salary","source":"contract.pdf"}]') == 2


def test_a_field_that_becomes_sensitive(database: Database, tmp_path: Path) -> None:
    """What was applied before is reverted all the same, and shown no more; a changeset with values is not applied."""
    before = bake.Project(database.engine, opened(STAFF), folder=tmp_path)
    bake.initialise(before)
    _applied(before, [ADA])
    changed = _applied(before, [{"slug": "ada", "phone": OTHER}])
    old = bake.build(before, [{"slug": "ada", "phone": THIRD}], view="people")
    project = bake.Project(database.engine, STAFF, folder=tmp_path)
    bake.initialise(project)
    with pytest.raises(Conflicts) as refused:
        bake.apply(project, old.path)
    assert not any(secret in json.dumps(bake.to_dict(refused.value)) for secret in SECRETS)
    told = [field for event in bake.row_history(project, "people", "ada") for field in event.fields]
    assert "phone" in {one.field for one in told}
    assert not any(secret in repr(told) for secret in SECRETS)
    undo = bake.revert(project, changed).changeset
    assert not any(secret in undo.path.read_text() for secret in SECRETS)
    bake.apply(bake.Project(database.engine, STAFF, folder=tmp_path), undo.path)
    assert _phones(database) == {"ada": PHONE}


def test_what_was_answered_of_one_value_is_not_of_another(project: bake.Project) -> None:
    """Values that nobody sees are told apart all the same: a remembered answer is given for the same one only."""
    _applied(project, [ADA, {**ADA, "slug": "bo", "name": "Bo", "phone": None}])
    unfit = [{"slug": "ada", "phone": PHONE * 4}, {"slug": "bo", "phone": OTHER * 4}]
    built = bake.build(project, unfit, view="people")
    first, _ = built.decisions.open
    bake.resolve_with_options(project, built.path, value=[f"{first.id}={THIRD}"], remember=True)
    remembered = (project.changesets / "answers.toml").read_text()
    assert not any(secret in remembered for secret in SECRETS)
    again = bake.build(project, [{**one, "notes": "new"} for one in unfit], view="people")
    assert [question.field for question in again.decisions.open] == ["phone"]


def test_a_catalog_file_says_it(database: Database, tmp_path: Path) -> None:
    """`sensitive` in `catalog.toml` hides a reflected column; a key, a label or a reference cannot be hidden."""
    STAFF.metadata.create_all(database.engine)
    plain = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    bake.reflect_catalog(plain)
    path = tmp_path / "catalog.toml"
    text = path.read_text()
    path.write_text(text.replace("[entities.people]", '[entities.people]\nsensitive = ["phone", "salary"]', 1))
    project = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    bake.initialise(project)
    built = bake.build(project, [ADA], view="people")
    assert PHONE not in built.path.read_text()
    bake.apply(project, built)
    assert _phones(database) == {"ada": PHONE}
    for name, reason in (("slug", "part of a key"), ("team", "is a reference")):
        path.write_text(text.replace("[entities.people]", f'[entities.people]\nsensitive = ["{name}"]', 1))
        with pytest.raises(UsageError, match=reason):
            assert bake.Project(database.engine, "catalog.toml", folder=tmp_path).catalog.entities

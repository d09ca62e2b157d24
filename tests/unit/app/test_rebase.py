"""Rebasing a changeset and answering it again: nothing that apply reports is a dead end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.market import MARKET, uid
from support.tables import contents, seed

from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.app.rebase import rebase
from bake.app.resolve import resolve, resolve_with_options
from bake.changeset.file import Changeset, read
from bake.changeset.model import Update
from bake.database.schema import create_tables
from bake.errors import Conflicts

ADA = uid(1)
ROWS: dict[str, list[dict[str, Any]]] = {
    "people": [{"id": 1, "uuid": ADA, "slug": "ada", "name": "Ada"}],
    "shops": [
        {"id": 1, "uuid": uid(11), "slug": "mill", "name": "Mill"},
        {"id": 2, "uuid": uid(12), "slug": "barn", "name": "Barn"},
    ],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A market with a person and two shops."""
    project = Project(f"sqlite:///{tmp_path / 'bake.db'}", "support.market:MARKET", folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, ROWS)
    return project


def built(project: Project, **sections: Any) -> Changeset:
    """The changeset of a document."""
    source = project.folder / "in.json"
    source.write_text(json.dumps(sections))
    return build(project, source)


def edit(project: Project, statement: str) -> None:
    """What somebody else does meanwhile."""
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text(statement))


def answered(project: Project, file: Changeset, question: str, answer: Any) -> None:
    """Answer with a file."""
    answers = project.folder / "answers.json"
    answers.write_text(json.dumps({"questions": [{"question": question, "answer": answer}]}))
    resolve(project, file.path, answers)


def ada(project: Project) -> dict[str, Any]:
    """Ada, as she is."""
    with project.connect() as database, database.reading() as connection:
        return contents(connection)["people"][ADA]


def test_an_answer_after_a_rebase_counts(project: Project) -> None:
    """An operation that was derived again still waits for its questions: the last answer is what is applied."""
    file = built(project, people=[{"slug": "ada", "name": "Adele", "shop_name": "Wilson"}])
    resolve_with_options(project, file.path, map_=["q1=mill"])
    edit(project, "UPDATE people SET name = 'Adah'")
    assert rebase(project, file.path).asked == 1
    answered(project, file, "q2", "file")
    resolve_with_options(project, file.path, map_=["q1=barn"])
    assert apply(project, file.path).state == "applied"
    assert (ada(project)["name"], ada(project)["shop"]) == ("Adele", uid(12))


def test_a_reference_whose_row_is_gone_can_be_answered(project: Project) -> None:
    """Apply reports `reference`; rebase asks which row it is now; then it can be applied."""
    file = built(project, people=[{"slug": "ada", "shop_slug": "barn"}])
    edit(project, "DELETE FROM shops WHERE slug = 'barn'")
    with pytest.raises(Conflicts):
        apply(project, file.path)
    assert rebase(project, file.path).asked == 1
    [question] = read(file.path).decisions.open
    assert (question.kind, question.lookup) == ("missing", {"slug": "barn"})
    assert rebase(project, file.path).unchanged
    resolve_with_options(project, file.path, map_=["q1=mill"])
    assert rebase(project, file.path).unchanged
    assert apply(project, file.path).state == "applied"
    assert ada(project)["shop"] == uid(11)


def test_a_conflict_about_a_new_row_still_waits_for_it(project: Project) -> None:
    """Who lets the file count refers to the row that another operation creates, wherever that stands."""
    file = built(project, people=[{"slug": "ada", "shop_slug": "new"}], shops=[{"slug": "new", "name": "New"}])
    edit(project, "UPDATE people SET shop_id = 1")
    assert rebase(project, file.path).asked == 1
    answered(project, file, "q1", "file")
    assert rebase(project, file.path).unchanged
    needs = [operation.needs for operation in read(file.path).effective() if isinstance(operation, Update)]
    assert needs == [{"/shop": 1}]
    assert apply(project, file.path).state == "applied"
    assert ada(project)["shop"] not in (uid(11), uid(12))


def test_what_is_never_meant_takes_no_ground_away(project: Project) -> None:
    """A row that somebody said is another one is not in the way of the new row, neither applying nor rebasing."""
    first = built(project, people=[{"slug": "ada", "shop_name": "Milll"}])
    resolve_with_options(project, first.path, distinct=["shops:Milll=mill"], create=["q1"])
    edit(project, "UPDATE shops SET name = 'MILLL' WHERE slug = 'mill'")
    assert rebase(project, first.path).unchanged
    assert apply(project, first.path).counts["shops"] == {"create": 1}

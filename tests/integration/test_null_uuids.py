"""Rows whose uuid comes or goes between the build of a changeset and what is done with it, on each database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.depot import DEPOT
from support.market import uid
from support.tables import seed

from bake.app.apply import apply
from bake.app.build import build
from bake.app.history import drift
from bake.app.project import Project
from bake.app.rebase import rebase
from bake.app.revert import revert
from bake.changeset.file import Changeset
from bake.database.engine import Database
from bake.database.schema import create_tables
from bake.errors import Conflicts

#: What others do to the shop that has the key s1, and perhaps a uuid.
NULLED = ("UPDATE shops SET uuid = NULL WHERE id = 1",)
GIVEN = (f"UPDATE shops SET uuid = '{uid(7)}' WHERE id = 1",)
MOVED_ON = (
    "UPDATE shops SET slug = 's9' WHERE id = 1",
    "INSERT INTO shops (id, slug, rating) VALUES (3, 's1', 1)",
)
ROW: dict[str, list[dict[str, Any]]] = {"shops": [{"slug": "s1", "rating": 3}]}
REFERENCE: dict[str, list[dict[str, Any]]] = {"people": [{"slug": "ann", "shop_slug": "s1"}]}
DOCUMENTS = {"a row": ROW, "a reference": REFERENCE}

documents = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


@pytest.fixture
def project(database: Database, database_url: str, tmp_path: Path) -> Project:
    """A project with two shops, of which only the second has a uuid for certain, and somebody next to that one."""
    with database.writing() as connection:
        create_tables(connection, DEPOT)
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(database_url, "support.depot:DEPOT", folder=folder, wait=1)


def built(project: Project, document: dict[str, list[dict[str, Any]]], uuid: str | None) -> Changeset:
    """The changeset of a document, where the first shop has this uuid."""
    shops: list[dict[str, Any]] = [
        {"id": 1, "uuid": uuid, "slug": "s1", "rating": 1},
        {"id": 2, "uuid": uid(2), "slug": "s2"},
    ]
    with project.connect() as database, database.writing() as connection:
        seed(connection, {"shops": shops, "people": [{"id": 1, "slug": "ann", "shop": 2}]}, DEPOT)
    source = project.folder / "in.json"
    source.write_bytes(written(document))
    return build(project, source)


def done(project: Project, *statements: str) -> tuple[int | None, int | None]:
    """Others do something; then the rating of the first shop, and the shop that somebody lives next to."""
    with project.connect() as database, database.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
        rating = connection.execute(sa.text("SELECT rating FROM shops WHERE id = 1")).scalar()
        return rating, connection.execute(sa.text("SELECT shop_id FROM people")).scalar()


@documents
def test_another_row_without_a_uuid_under_the_key_is_a_conflict(
    project: Project, document: dict[str, list[dict[str, Any]]]
) -> None:
    """The uuid that was meant is that of a row with another key: nothing is written, and a rebase says what is so."""
    file = built(project, document, uid(1))
    done(project, *MOVED_ON)
    with pytest.raises(Conflicts) as raised:
        apply(project, file.path)
    [conflict] = raised.value.conflicts
    assert (conflict.kind, f"its uuid is none, not {uid(1)}" in conflict.detail) == (
        "missing" if document is ROW else "reference",
        True,
    )
    result = rebase(project, file.path)
    assert result.dropped == ({"the row has another key by now": 1} if document is ROW else {})
    assert [question.kind for question in result.changeset.decisions.open] == ([] if document is ROW else ["missing"])
    assert done(project) == (1, 2)


@documents
@pytest.mark.parametrize(("uuid", "event"), [(uid(1), NULLED), (None, GIVEN)], ids=["lost", "given"])
def test_a_row_that_got_or_lost_its_uuid_is_still_that_row(
    project: Project, document: dict[str, list[dict[str, Any]]], uuid: str | None, event: tuple[str, ...]
) -> None:
    """It is applied to, nothing has drifted, and what was applied can be taken back, on either side of the event."""
    file = built(project, document, uuid)
    done(project, *event)
    apply(project, file.path)
    assert done(project) == ((3, 2) if document is ROW else (1, 1))
    assert drift(project) == []
    apply(project, revert(project, str(file.path)).changeset.path)
    assert done(project) == (1, 2)


@documents
@pytest.mark.parametrize(("uuid", "event"), [(uid(1), NULLED), (None, GIVEN)], ids=["lost", "given"])
def test_what_was_applied_to_a_row_can_be_taken_back_after_it_got_or_lost_its_uuid(
    project: Project, document: dict[str, list[dict[str, Any]]], uuid: str | None, event: tuple[str, ...]
) -> None:
    """The row is neither gone nor another one."""
    file = built(project, document, uuid)
    apply(project, file.path)
    done(project, *event)
    assert drift(project) == []
    result = revert(project, str(file.path))
    assert result.left == ()
    apply(project, result.changeset.path)
    assert done(project) == (1, 2)


@documents
def test_a_revert_follows_the_uuid_and_not_the_key(project: Project, document: dict[str, list[dict[str, Any]]]) -> None:
    """The row moved on to another key, and one without a uuid has its former one: the former is what is reverted."""
    file = built(project, document, uid(1))
    apply(project, file.path)
    done(project, *MOVED_ON)
    apply(project, revert(project, str(file.path)).changeset.path)
    assert done(project) == (1, 2)


def test_a_reference_that_leads_nowhere_is_shown_as_an_id(project: Project, database: Database) -> None:
    """Where foreign keys are not enforced, a row may be gone that others refer to: that is drift, and is kept."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("foreign keys are always enforced here")
    file = built(project, REFERENCE, uid(1))
    apply(project, file.path)
    engine = sa.create_engine(database.engine.url)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM shops WHERE id = 1"))
    engine.dispose()
    assert [(one.field, one.recorded, one.found) for one in drift(project)] == [("shop", {"slug": "s1"}, {"id": 1})]
    [left] = revert(project, str(file.path)).left
    assert (left.why, left.field, left.found) == ("kept", "shop", {"id": 1})

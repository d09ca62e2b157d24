"""Texts that the database holds equal and that are not the same: a build finds what unique constraints would refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.labels import LABELS, POSTGRESQL
from support.market import MARKET
from support.tables import seed

from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.app.resolve import resolve_with_options
from bake.changeset.file import Changeset
from bake.database.engine import Database
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables

ROWS: dict[str, list[dict[str, Any]]] = {
    "labels": [
        {"id": 1, "code": "Red", "mail": "ann@example.org", "shelf": 1, "place": "top"},
        {"id": 2, "code": "Blue", "mail": None, "shelf": 2, "place": "top"},
    ]
}


@pytest.fixture
def project(database: Database, database_url: str, tmp_path: Path) -> Project:
    """A project with two labels, whose texts the database compares without regard to case."""
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            try:
                connection.execute(sa.text(POSTGRESQL))
            except sa.exc.NotSupportedError as error:
                pytest.skip(str(error.orig))  # a server may be built without ICU
        create_tables(connection, LABELS)
        seed(connection, ROWS, LABELS)
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(database_url, "support.labels:LABELS", folder=folder, wait=1)


def built(project: Project, *labels: dict[str, Any]) -> Changeset:
    """The changeset of a document with labels."""
    source = project.folder / "in.json"
    source.write_bytes(written({"labels": list(labels)}))
    return build(project, source)


#: What only the database holds equal: the record, the field that is asked about, and the value that another row has.
TAKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "of a new row": ({"code": "green", "mail": "ANN@example.org"}, "mail", '"ann@example.org"'),
    "of a row": ({"code": "Blue", "mail": "Ann@Example.org"}, "mail", '"ann@example.org"'),
    "of two fields of a new row": ({"code": "green", "shelf": 1, "place": "TOP"}, "shelf", '1, "top"'),
    "of two fields, one of which stays": ({"code": "Blue", "shelf": 1, "place": "Top"}, "shelf", '1, "top"'),
}


@pytest.mark.parametrize(("record", "field", "has"), TAKEN.values(), ids=TAKEN)
def test_what_only_the_database_holds_equal_is_asked_about(
    project: Project, record: dict[str, Any], field: str, has: str
) -> None:
    """The question says whose value it is; skipped, the rest can be applied, and with another value the record, too."""
    file = built(project, record)
    [question] = file.decisions.open
    assert (question.kind, question.field, question.warning) == ("invalid", field, "duplicate")
    assert f"since it holds that equal to {has} of label Red" in (question.problem or "")
    value = "9" if field == "shelf" else "bob@example.org"
    resolve_with_options(project, file.path, value=[f"q1={value}"])
    assert apply(project, file.path).state == "applied"


#: Records of which only the database holds two equal: the field that is asked about, and the value of the first one.
BOTH_NEW: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "two new rows": ([{"code": "green", "mail": "Bob@example.org"}, {"code": "gray", "mail": "bob@example.org"}],
                     "mail", '"Bob@example.org" of operation 1'),
    "a new row and a row": ([{"code": "green", "mail": "Bob@example.org"}, {"code": "Blue", "mail": "BOB@example.org"}],
                            "mail", '"Bob@example.org" of operation 1'),
    "of two fields": ([{"code": "green", "shelf": 5, "place": "Top"}, {"code": "gray", "shelf": 5, "place": "TOP"}],
                      "place", '5, "Top" of operation 1'),
}  # fmt: skip


@pytest.mark.parametrize(("records", "field", "has"), BOTH_NEW.values(), ids=BOTH_NEW)
def test_new_texts_that_only_the_database_holds_equal_are_asked_about(
    project: Project, records: list[dict[str, Any]], field: str, has: str
) -> None:
    """The second one is asked about, which says whose value it is; with another one all are applied."""
    file = built(project, *records, {"code": "white", "mail": "bobby@example.org", "shelf": 6, "place": "Top"})
    [question] = file.decisions.open
    assert (question.kind, question.field, question.warning) == ("invalid", field, "duplicate")
    assert f"since it holds that equal to {has}" in (question.problem or "")
    resolve_with_options(project, file.path, value=[f"q1={'bottom' if field == 'place' else 'eve@example.org'}"])
    assert apply(project, file.path).state == "applied"


def test_a_row_may_change_the_letters_of_its_own_values(project: Project) -> None:
    """What only its own row has is nobody else's."""
    file = built(project, {"code": "Red", "mail": "ANN@example.org", "shelf": 1, "place": "Top"})
    assert file.decisions.open == []
    assert apply(project, file.path).state == "applied"


def test_a_value_may_stay_that_the_other_row_lets_go_of(project: Project) -> None:
    """It is asked about, as the rows of a file come one after the other; kept, both are written."""
    file = built(project, {"code": "Blue", "mail": "ANN@example.org"}, {"code": "Red", "mail": "red@example.org"})
    [question] = file.decisions.open
    resolve_with_options(project, file.path, keep=[question.id])
    assert apply(project, file.path).state == "applied"
    assert built(project, {"code": "Blue", "mail": "ANN@example.org"}).decisions.open == []


def test_nulls_and_other_values_are_nobody_elses(project: Project) -> None:
    """A null equals nothing, nor does a pair of which one part differs."""
    file = built(project, {"code": "green", "shelf": 1, "place": None}, {"code": "Blue", "place": "TOP", "shelf": 3})
    assert file.decisions.open == []
    assert apply(project, file.path).state == "applied"


def test_a_key_that_only_the_database_holds_equal_is_asked_about(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """A key whose letters are not the row's in any form of ours, as ß and s are: only where the database says so."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, {"shops": [{"id": 1, "slug": "case", "name": "Case", "city": "Basel"}]})
        same = connection.execute(sa.text("SELECT count(*) FROM shops WHERE slug = 'ca\u00dfe'")).scalar() == 1
    source = tmp_path / "in.json"
    source.write_bytes(written({"shops": [{"slug": "ca\u00dfe", "name": "Another", "city": "Bern"}]}))
    project = Project(database_url, "support.market:MARKET", folder=tmp_path, wait=1)
    file = build(project, source)
    assert [(one.kind, one.field) for one in file.decisions.open] == ([("invalid", "slug")] if same else [])
    if same:
        resolve_with_options(project, file.path, skip=["q1"])
    apply(project, file.path)


def test_where_texts_are_compared_exactly_nothing_more_is_asked_of_the_database(database: Database) -> None:
    """A column is looked at once; constraints of exact texts are no rules."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        snapshot = DatabaseSnapshot(connection, MARKET)
        is_exact = connection.dialect.name in ("sqlite", "postgresql")
        assert [rule.sql for rule in snapshot.rules("shops")] == ([] if is_exact else ["UNIQUE (slug)"])

"""CHECK constraints, of which the catalog knows nothing: a build finds what applying would be refused for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.cellar import CELLAR
from support.compiling import written
from support.tables import insert

from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.app.resolve import resolve_with_options
from bake.changeset.file import Changeset
from bake.database.constraints.rules import Rules
from bake.database.engine import Database
from bake.database.schema import create_tables
from bake.database.writing.writer import Writer
from bake.errors import Conflicts

ROWS: dict[str, list[dict[str, Any]]] = {
    "racks": [{"slug": "left"}],
    "wines": [{"slug": "old", "stars": 3, "price": Decimal(12), "cost": Decimal(10), "drunk": False, "rack": 1}],
}


@pytest.fixture
def project(database: Database, database_url: str, tmp_path: Path) -> Project:
    """A cellar with a rack and a wine."""
    with database.writing() as connection:
        create_tables(connection, CELLAR)
        writer = Writer(connection, CELLAR)
        for entity, rows in ROWS.items():
            insert(writer, entity, rows)
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(database_url, "support.cellar:CELLAR", folder=folder, wait=1)


def built(project: Project, document: dict[str, list[dict[str, Any]]]) -> Changeset:
    """The changeset of a document."""
    source = project.folder / "in.json"
    source.write_bytes(written(document))
    return build(project, source)


def new(**values: Any) -> dict[str, list[dict[str, Any]]]:
    """A document with a new wine in the rack."""
    return {"wines": [{"slug": "new", "rack_slug": "left", **values}]}


def old(**values: Any) -> dict[str, list[dict[str, Any]]]:
    """A document with an edit of the wine that is there."""
    return {"wines": [{"slug": "old", **values}]}


#: What breaks a rule: the rule, and the field at which it is asked.
BROKEN: dict[str, tuple[dict[str, list[dict[str, Any]]], str, str]] = {
    "of one field of a new row": (new(stars=6), "few_stars", "stars"),
    "of one field of a row": (old(stars=7), "few_stars", "stars"),
    "of a text with signs": ({"wines": [{"slug": "100%:x", "rack_slug": "left"}]}, "no_sign", "slug"),
    "of two fields of a new row": (new(price=3, cost=4), "no_loss", "price"),
    "of two fields, one of which stays": (old(price="9.99"), "no_loss", "price"),
    "of a date": (new(sold_on="2019-12-31"), "recent", "sold_on"),
    "of what is left out": ({"wines": [{"slug": "new", "stars": 1}]}, "one_place", "lent_to"),
    "of a reference and a text": (new(lent_to="Ann"), "one_place", "lent_to"),
    "of a reference to a new row": (
        {"racks": [{"slug": "right"}], "wines": [{"slug": "new", "rack_slug": "right", "lent_to": "Ann"}]},
        "one_place",
        "lent_to",
    ),
    "of a reference that stays": (old(lent_to="Ann"), "one_place", "lent_to"),
}


@pytest.mark.parametrize(("document", "rule", "field"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_a_rule_is_asked_about(
    project: Project, document: dict[str, list[dict[str, Any]]], rule: str, field: str
) -> None:
    """The question names the rule and the fields that it is about; what applies without the record is the rest."""
    file = built(project, document)
    [question] = file.decisions.open
    assert (question.kind, question.entity, question.field) == ("invalid", "wines", field)
    assert f"CHECK {rule} (" in (question.problem or "")
    assert field in (question.problem or "").partition(": CHECK")[0]
    resolve_with_options(project, file.path, skip=["q1"])
    assert apply(project, file.path).state == "applied"


HELD: dict[str, dict[str, list[dict[str, Any]]]] = {
    "new": new(stars=5, price=4, cost=4, sold_on="2020-01-02"),
    "unknown": new(stars=None, price=None, cost=None, sold_on=None),
    "changed": old(stars=5, price="10.00"),
    "changed together": old(price=5, cost=5),
    "lent instead": {"wines": [{"slug": "new", "lent_to": "Ann"}]},
    "a new rack": {"racks": [{"slug": "right"}], "wines": [{"slug": "old", "rack_slug": "right"}]},
}


@pytest.mark.parametrize("document", HELD.values(), ids=HELD)
def test_what_keeps_the_rules_is_not_asked_about(project: Project, document: dict[str, list[dict[str, Any]]]) -> None:
    """NULL refuses nothing, and only false does; what is asked about nothing can be applied."""
    file = built(project, document)
    assert file.decisions.open == []
    assert apply(project, file.path).state == "applied"


def test_another_value_makes_it_right_and_one_that_is_not_is_found_when_applying(project: Project) -> None:
    """Answers are checked by applying, which names the rule, and takes nothing."""
    file = built(project, old(stars=7))
    resolve_with_options(project, file.path, value=["q1=8"])
    with pytest.raises(Conflicts):
        apply(project, file.path)
    resolve_with_options(project, file.path, value=["q1=5"])
    assert apply(project, file.path).state == "applied"


def test_records_with_the_same_value_share_a_question_unless_the_rule_is_of_several_fields(project: Project) -> None:
    """One decision is one question; what depends on the rest of the row is asked row by row."""
    stars = [{"slug": f"w{n}", "rack_slug": "left", "stars": 6} for n in range(3)]
    assert len(built(project, {"wines": stars}).decisions.open) == 1
    losses = [{"slug": f"w{n}", "rack_slug": "left", "price": 1, "cost": n + 2} for n in range(3)]
    assert len(built(project, {"wines": losses}).decisions.open) == 3


@pytest.mark.usefixtures("project")
def test_only_rules_of_fields_that_the_database_can_judge_are_asked_about(database: Database) -> None:
    """A rule of the id, or one that cannot be evaluated, is left to the application; the transaction goes on."""
    with database.reading() as connection:
        rules = Rules(connection, CELLAR)
        known = {"few_stars", "no_sign", "no_loss", "recent", "one_place"}
        assert {rule.name for rule in rules.of("wines")} >= known
        assert "of_the_id" not in {rule.name for rule in rules.of("wines")}
        assert rules.of("racks") == []
        assert connection.execute(sa.text("SELECT count(*) FROM wines")).scalar() == 1


@pytest.mark.usefixtures("project")
def test_many_rows_are_asked_about_at_once(database: Database) -> None:
    """More values than a statement takes are asked about in several, and each row gets its own verdict."""
    rows = [{"price": Decimal(n), "cost": Decimal(10_500 - n)} for n in range(10_500)]
    with database.reading() as connection:
        broken = Rules(connection, CELLAR).broken("wines", rows)
    assert [n for n, rules in enumerate(broken) if rules] == list(range(5_250))


def test_a_rule_that_no_build_can_judge_is_named_when_applying(project: Project, database: Database) -> None:
    """A rule of a column that is no field is left to applying: the conflict names it, and the hint leads on."""
    with database.writing() as connection:
        constraint = "CONSTRAINT enough CHECK (vat >= stars)"
        apart = ", ADD " if connection.dialect.name in ("mysql", "mariadb") else " "
        connection.execute(sa.text(f"ALTER TABLE wines ADD COLUMN vat INTEGER DEFAULT 3{apart}{constraint}"))
    file = built(project, old(stars=4))
    assert file.decisions.open == []
    with pytest.raises(Conflicts, match="nothing was written") as raised:
        apply(project, file.path)
    [conflict] = raised.value.conflicts
    assert (conflict.kind, conflict.key) == ("constraint", {"slug": "old"})
    assert "enough" in conflict.detail
    assert "a rebase changes nothing about that" in (raised.value.hint or "")
    assert "--drop 1" in (raised.value.hint or "")

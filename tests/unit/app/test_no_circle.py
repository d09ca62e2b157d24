"""No advice in a circle: what apply refuses although nothing has moved, rebase and check say, and how to go on."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import MARKET, uid
from support.tables import contents, seed

from bake.app.amend import amend
from bake.app.apply import apply
from bake.app.build import build
from bake.app.check import check
from bake.app.project import Project
from bake.app.rebase import rebase
from bake.changeset.file import Changeset
from bake.cli.history_output import rebase_text
from bake.database.engine import connect
from bake.database.schema import create_tables
from bake.errors import Conflicts
from bake.renderer.advice import conflict_hint

SHOP = {"id": 1, "uuid": uid(1), "slug": "mill", "name": "Mill", "city": "Basel", "rating": 1}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose database has a rule that the catalog does not know: no shop of Basel is rated above 3."""
    url = f"sqlite:///{tmp_path / 'bake.db'}"
    with connect(url, create=True) as database, database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, {"shops": [SHOP]})
        rule = "WHEN NEW.rating > 3 BEGIN SELECT RAISE(ABORT, 'no shop is rated above 3'); END"
        connection.execute(sa.text(f"CREATE TRIGGER rated BEFORE UPDATE ON shops {rule}"))
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(url, "support.market:MARKET", folder=folder, wait=1)


@pytest.fixture
def refused(project: Project) -> Changeset:
    """A changeset that the database refuses."""
    source = project.folder / "in.json"
    source.write_bytes(written({"shops": [{"slug": "mill", "rating": 5, "city": "Bern"}]}))
    return build(project, source)


def test_a_failed_apply_does_not_advise_a_rebase_that_finds_nothing(project: Project, refused: Changeset) -> None:
    """Where the database refuses values, the next command is an amendment."""
    with pytest.raises(Conflicts) as raised:
        apply(project, refused.path)
    assert [conflict.kind for conflict in raised.value.conflicts] == ["constraint"]
    assert raised.value.hint is not None
    assert "bake changeset amend" in raised.value.hint


def test_a_rebase_never_calls_it_fit(project: Project, refused: Changeset) -> None:
    """It says that nothing has changed, and all the same what stands against it; the database and the file stay."""
    before, raw = rows(project), refused.path.read_bytes()
    result = rebase(project, refused.path)
    assert result.unchanged
    assert [conflict.detail for conflict in result.conflicts] == ["no shop is rated above 3"]
    text = rebase_text(result)
    assert "everything still holds" not in text
    assert "changeset apply" not in text
    assert "bake changeset amend" in text
    assert rows(project) == before
    assert refused.path.read_bytes() == raw


def test_what_is_advised_leads_out(project: Project, refused: Changeset) -> None:
    """After the amendment a rebase is content, and so is apply; what a trigger refuses, `check` alone does not see."""
    assert rebase(project, refused.path).conflicts
    assert check(project, refused.path).state == "ready"
    amend(project, refused.path, set_=["1/rating=3"])
    assert rebase(project, refused.path).conflicts == ()
    assert check(project, refused.path).state == "ready"
    assert apply(project, refused.path).state == "applied"


def test_what_others_moved_is_brought_up_to_date(project: Project, refused: Changeset) -> None:
    """A conflict because the database moved is a matter for a rebase."""
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text("UPDATE shops SET city = 'Bonn'"))
    assert "rebase" in conflict_hint(refused, check(project, refused.path).conflicts)


def rows(project: Project) -> object:
    """All rows."""
    with project.connect() as database, database.reading() as connection:
        return contents(connection)

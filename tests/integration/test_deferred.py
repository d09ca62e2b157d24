"""Constraints that are looked at only on commit: what they would refuse is a conflict before, on each database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import uid
from support.tables import seed

from bake.app.apply import apply
from bake.app.build import build
from bake.app.check import check
from bake.app.init import initialise
from bake.app.project import Project
from bake.app.rebase import rebase
from bake.changeset.file import Changeset
from bake.errors import Conflict, Conflicts

ROWS = {"grains": [{"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"}]}
SILOS = "CREATE TABLE silos (id INTEGER PRIMARY KEY)"
SILO = "ALTER TABLE grains ADD COLUMN silo INTEGER REFERENCES silos (id) DEFERRABLE INITIALLY DEFERRED"

#: A new grain lies in a silo that is not there, of which the catalog knows nothing.
DANGLING = {
    "sqlite": (
        SILOS,
        SILO,
        (
            "CREATE TRIGGER in_silo AFTER INSERT ON grains WHEN NEW.slug = 'rye' "
            "BEGIN UPDATE grains SET silo = 9 WHERE id = NEW.id; END"
        ),
    ),
    "postgresql": (SILOS, SILO, "ALTER TABLE grains ALTER silo SET DEFAULT 9"),
}
UNIQUE = "ALTER TABLE grains ADD CONSTRAINT one_name UNIQUE (name) DEFERRABLE INITIALLY DEFERRED"
RAISING = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no rye here'; END $$",
    (
        "CREATE CONSTRAINT TRIGGER no_rye AFTER INSERT ON grains DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW WHEN (NEW.slug = 'rye') EXECUTE FUNCTION refuse()"
    ),
)


@pytest.fixture
def project(database_url: str, tmp_path: Path) -> Project:
    """A project with a row in its database."""
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(database_url, "support.market:MARKET", folder=folder, wait=1)
    initialise(made)
    with made.connect() as database, database.writing() as connection:
        seed(connection, ROWS)
    return made


def execute(project: Project, *statements: str) -> None:
    """Run statements, as somebody else would."""
    with project.connect() as database, database.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def built(project: Project, *grains: tuple[str, str]) -> Changeset:
    """A changeset that creates grains, by slug and name."""
    source = project.folder / "in.json"
    source.write_bytes(written({"grains": [{"slug": slug, "name": name} for slug, name in grains]}))
    return build(project, source)


def refused(project: Project, file: Changeset, foreseen: int = 0) -> Conflict:
    """The one conflict that a rebase, a dry run and an application agree on; `check`, which only reads, may see it."""
    [said] = rebase(project, file).conflicts
    for dry_run in (True, False):
        with pytest.raises(Conflicts) as caught:
            apply(project, file.path, dry_run=dry_run)
        assert caught.value.conflicts == (said,)
    places = [(conflict.operation, conflict.kind) for conflict in check(project, file).conflicts]
    assert places == [(said.operation, "constraint")] * foreseen
    with project.connect() as database, database.reading() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM grains")) == 1
    return said


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_a_foreign_key(project: Project, database_url: str) -> None:
    """It is told of the operation that wrote the row, not of the one after it; and passes where the row is there."""
    execute(project, *DANGLING[sa.make_url(database_url).get_backend_name()])
    if database_url.startswith("sqlite"):
        file = built(project, ("oat", "Oat"), ("rye", "Rye"), ("spelt", "Spelt"))
    else:
        file = built(project, ("rye", "Rye"))
    said = refused(project, file)
    assert (said.kind, said.entity, said.key) == ("constraint", "grains", {"slug": "rye"})
    assert next(one for one in file.operations() if one.n == said.operation).key == said.key  # type: ignore[union-attr]
    assert "silo" in said.detail
    execute(project, "INSERT INTO silos (id) VALUES (9)")
    assert check(project, file).conflicts == ()
    assert apply(project, file.path).state == "applied"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_referred_to_nothing_before_is_not_told(project: Project, database_url: str) -> None:
    """SQLite lists it all the same, but would commit: nothing stands against what has nothing to do with it."""
    execute(project, SILOS, SILO)
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE grains SET silo = 7"))
    engine.dispose()
    file = built(project, ("wheat", "Other"), ("rye", "Rye"))
    assert check(project, file).conflicts == ()
    assert apply(project, file.path).state == "applied"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_foreign_keys_that_a_caller_defers(project: Project) -> None:
    """SQLite can be told to defer all of them in a transaction; what this one would refuse on commit is said here."""
    execute(project, SILOS, SILO.replace(" DEFERRABLE INITIALLY DEFERRED", ""), DANGLING["sqlite"][2])
    file = built(project, ("rye", "Rye"))
    with project.connect() as database, database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        [said] = rebase(Project(connection, "support.market:MARKET"), file).conflicts
    assert (said.kind, said.key) == ("constraint", {"slug": "rye"})


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_unique_value(project: Project) -> None:
    """PostgreSQL's values lead to the operation that wrote them, among others."""
    file = built(project, ("oat", "Oat"), ("rye", "Rye"), ("spelt", "Spelt"))
    execute(project, UNIQUE, "UPDATE grains SET name = 'Rye'")
    said = refused(project, file, foreseen=1)
    assert (said.kind, said.key) == ("constraint", {"slug": "rye"})
    assert "one_name" in said.detail
    execute(project, "UPDATE grains SET name = 'Wheat'")
    assert apply(project, file.path).state == "applied"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_constraint_trigger(project: Project) -> None:
    """What it raises is a conflict in its words."""
    execute(project, *RAISING)
    try:
        said = refused(project, built(project, ("rye", "Rye")))
        assert (said.kind, said.detail) == ("constraint", "no rye here")
    finally:
        execute(project, "DROP FUNCTION refuse CASCADE")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_callers_constraints_stay_as_they_were(project: Project) -> None:
    """In the caller's transaction what is deferred stays so: the caller may still put right what applying did not."""
    file = built(project, ("rye", "Rye"))
    execute(project, *DANGLING["postgresql"], "INSERT INTO silos (id) VALUES (9)")
    with project.connect() as database, database.engine.connect() as connection:
        assert apply(Project(connection, "support.market:MARKET"), file.path).state == "applied"
        connection.execute(sa.text("UPDATE grains SET silo = 8"))
        connection.execute(sa.text("INSERT INTO silos (id) VALUES (8)"))
        connection.commit()

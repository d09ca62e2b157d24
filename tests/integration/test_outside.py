"""Tables that the catalog does not know, and that refer to rows which a changeset deletes, on each database."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from support.compiling import written
from support.market import MARKET, uid
from support.tables import seed

from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.app.revert import revert
from bake.applier.apply import carry_out
from bake.changeset.model import Delete, Replace, Test, Update
from bake.database.engine import Database
from bake.database.schema import create_tables

ROWS = {
    "grains": [
        {"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"},
        {"id": 2, "uuid": uid(2), "slug": "rye", "name": "Rye"},
        {"id": 3, "uuid": uid(3), "slug": "oat", "name": "Oat"},
    ]
}
TABLES = (
    "CREATE TABLE silos (id INTEGER PRIMARY KEY, grain INTEGER, FOREIGN KEY (grain) REFERENCES grains (id){})",
    "INSERT INTO silos (id, grain) VALUES (1, 2), (2, 2), (3, NULL)",
)


@pytest.fixture(params=["", " ON DELETE CASCADE", " ON DELETE SET NULL"])
def project(request: pytest.FixtureRequest, database: Database, database_url: str, tmp_path: Path) -> Project:
    """A project in whose database a table that the catalog does not know refers to a grain."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, ROWS)
        for statement in TABLES:
            connection.execute(sa.text(statement.format(request.param)))
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(database_url, "support.market:MARKET", folder=folder, wait=1)


def rows(project: Project, query: str) -> list[tuple[object, ...]]:
    """What a query gives."""
    with project.connect() as database, database.reading() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_a_mirror_leaves_what_they_refer_to(project: Project) -> None:
    """Whatever their foreign key would do on a delete: the row is left, the table is named, and the rest applies."""
    source = project.folder / "in.json"
    source.write_bytes(written({"grains": [{"slug": "wheat"}]}))
    file = build(project, source, mode="mirror")
    assert file.built is not None
    [notice] = [notice for notice in file.built.notices if notice.code == "blocked"]
    assert "rye (by 2 rows of table silos, which the catalog does not know" in notice.message
    apply(project, file.path)
    assert rows(project, "SELECT slug FROM grains ORDER BY slug") == [("rye",), ("wheat",)]
    assert rows(project, "SELECT id, grain FROM silos ORDER BY id") == [(1, 2), (2, 2), (3, None)]


def test_applying_refuses_to_delete_what_they_refer_to(project: Project) -> None:
    """A delete that was planned before the rows came is a conflict that names the table; nothing is cascaded to."""
    delete = Delete(n=1, entity="grains", key={"slug": "rye"}, before={"slug": "rye"})
    with project.connect() as database, database.writing(keep=False) as connection:
        [conflict] = carry_out([delete], connection, MARKET).conflicts
    assert conflict.kind == "constraint"
    assert conflict.detail is not None
    assert conflict.detail.startswith("2 rows of table silos, which the catalog does not know")


@pytest.fixture
def market(database: Database) -> Database:
    """The grains, and no other table."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, ROWS)
    return database


def refusals(database: Database, *statements: str) -> list[str | None]:
    """Why rye is not deleted, after some statements."""
    with database.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    delete = Delete(n=1, entity="grains", key={"slug": "rye"}, before={"slug": "rye"})
    with database.writing(keep=False) as connection:
        return [conflict.detail for conflict in carry_out([delete], connection, MARKET).conflicts]


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_tables_of_other_schemas_count(market: Database) -> None:
    """Foreign keys lead from one schema, or database of MariaDB, into another; the table is named with its schema."""
    other = f"other_{uuid4().hex[:12]}"
    default = sa.inspect(market.engine).default_schema_name
    key = f"grain INTEGER, FOREIGN KEY (grain) REFERENCES {default}.grains (id) ON DELETE CASCADE"
    statements = (
        f"CREATE SCHEMA {other}",
        f"CREATE TABLE {other}.silos (id INTEGER PRIMARY KEY, {key})",
        f"INSERT INTO {other}.silos (id, grain) VALUES (1, 2)",
    )
    try:
        [words] = refusals(market, *statements)
    finally:
        with market.writing() as connection:
            connection.execute(sa.text(f"DROP TABLE {other}.silos"))
            connection.execute(sa.text(f"DROP SCHEMA {other}"))
    does = "its rows would be deleted with it"
    assert words == f"1 row of table {other}.silos, which the catalog does not know ({does}) refers to it"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_names_that_sqlite_holds_equal_count(market: Database) -> None:
    """SQLite takes names without regard to case, and a foreign key that names no column for one to the primary key."""
    [words] = refusals(
        market,
        "CREATE TABLE silos (id INTEGER PRIMARY KEY, grain INTEGER REFERENCES GRAINS ON DELETE CASCADE)",
        "CREATE TABLE bins (id INTEGER PRIMARY KEY, grain INTEGER REFERENCES Grains (ID) ON DELETE SET NULL)",
        "INSERT INTO silos (id, grain) VALUES (1, 3)",
        "INSERT INTO bins (id, grain) VALUES (1, 2)",
    )
    assert words is not None
    assert words.startswith("1 row of table bins")


@pytest.mark.parametrize("action", ["SET NULL", "CASCADE"])
def test_a_key_that_they_refer_to_stays_where_they_would_let_go_of_it(market: Database, action: str) -> None:
    """A rename that would empty their references is a conflict that names the table; where they follow, it is made."""
    with market.writing() as connection:
        slug = sa.Table("grains", sa.MetaData(), autoload_with=connection).c.slug
        sa.Table(
            "silos",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("grain", slug.type, sa.ForeignKey(slug, onupdate=action)),
        ).create(connection)
        connection.execute(sa.text("INSERT INTO silos (id, grain) VALUES (1, 'rye'), (2, 'rye'), (3, 'oat')"))
    patch = (Test(path="/slug", value="rye"), Replace(path="/slug", value="secale"))
    note = (Test(path="/name", value="Oat"), Replace(path="/name", value="Oats"))
    updates = [
        Update(n=1, entity="grains", key={"slug": "rye"}, patch=patch),
        Update(n=2, entity="grains", key={"slug": "oat"}, patch=note),
    ]
    with market.writing(keep=False) as connection:
        conflicts = [(one.operation, one.kind, one.detail) for one in carry_out(updates, connection, MARKET).conflicts]
        left = connection.execute(sa.text("SELECT grain FROM silos ORDER BY id")).scalars().all()
    if action == "CASCADE":
        assert (conflicts, left) == ([], ["secale", "secale", "oat"])
    else:
        said = "2 rows of table silos, which the catalog does not know (its rows would let go of it)"
        assert (conflicts, left) == ([(1, "constraint", said)], ["rye", "rye", "oat"])


def test_a_revert_leaves_what_they_refer_to(project: Project) -> None:
    """A row that an import created, and others refer to since, is blocked, with the count, when the revert is made."""
    source = project.folder / "in.json"
    source.write_bytes(written({"grains": [{"slug": "spelt", "name": "Spelt"}]}))
    file = apply(project, build(project, source).path).changeset
    with project.connect() as database, database.writing() as connection:
        connection.execute(sa.text("INSERT INTO silos (id, grain) SELECT 9, id FROM grains WHERE slug = 'spelt'"))
    [left] = revert(project, file).left
    assert (left.why, left.reason.split(",")[0]) == ("blocked", "1 row of table silos")

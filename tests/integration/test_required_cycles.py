"""Rows of two tables that need each other, as shops and those who run them: no order of statements can make them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.sets import comparable

import bake
from bake.database.engine import Database

_METADATA = sa.MetaData()
_STAFF = sa.Table(
    "staff",
    _METADATA,
    sa.Column("staff_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("phone", sa.String(20)),
    sa.Column("store_code", sa.ForeignKey("store.code", name="works_in"), nullable=False),
    sa.Column("town", sa.ForeignKey("towns.name"), nullable=False),
)
_STORE = sa.Table(
    "store",
    _METADATA,
    sa.Column("code", sa.String(4), primary_key=True),
    sa.Column(
        "manager_id", sa.ForeignKey("staff.staff_id", name="run_by", use_alter=True), nullable=False, unique=True
    ),
)
_TOWNS = sa.Table("towns", _METADATA, sa.Column("name", sa.String(20), primary_key=True))

_ROWS = [
    {"staff_id": 7, "name": "Mike", "store_code": "b", "town": "Rome"},
    {"staff_id": 3, "name": "Jon", "store_code": "a", "town": "Rome"},
    {"staff_id": 9, "name": "Ann", "store_code": "a", "town": "Rome"},
]
_SHOPS = [{"code": "a", "manager_id": 7}, {"code": "b", "manager_id": 3}]


def _make(database: Database) -> None:
    with database.engine.begin() as connection:
        _METADATA.create_all(connection)
        if connection.dialect.name == "postgresql":  # as Pagila has it: a sequence that the column does not own
            connection.exec_driver_sql("ALTER SEQUENCE staff_staff_id_seq OWNED BY NONE")


@pytest.fixture
def project(database: Database, tmp_path: Path) -> bake.Project:
    """Such tables without rows, and the catalog that is read from them."""
    _make(database)
    made = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    bake.reflect_catalog(made)
    bake.initialise(made)
    return made


@pytest.fixture
def filling(project: bake.Project) -> bake.Changeset:
    """The changeset that has filled the tables."""
    records = {"towns": [{"name": "Rome"}], "staff": _ROWS, "store": _SHOPS}
    made = bake.build(project, json.dumps(records).encode())
    assert bake.apply(project, made).counts["staff"] == {"create": 3}
    return made


def test_required_cycle(project: bake.Project, filling: bake.Changeset, database: Database, tmp_path: Path) -> None:
    """They are made and taken back together; a set of them fills the empty tables; the next number is free."""
    assert 'keys = [["code"]]' in (tmp_path / "catalog.toml").read_text()
    whole = bake.export_complete(project, output=tmp_path / "whole").folder
    deleted = {"towns": {"delete": 1}, "staff": {"delete": 3}, "store": {"delete": 2}}
    assert bake.apply(project, bake.revert(project, filling).changeset).counts == deleted
    bake.import_source(project, whole)
    assert comparable(bake.export_complete(project, output=tmp_path / "again").folder) == comparable(whole)
    with database.engine.begin() as connection:
        connection.execute(sa.insert(_STAFF).values(name="by another program", store_code="a", town="Rome"))


def test_sensitive_values_of_a_cycle_come_back(database: Database, tmp_path: Path) -> None:
    """A machine without the values takes back what deleted such rows: the database has recorded them."""
    _make(database)
    bake.reflect_catalog(bake.Project(database.engine, "catalog.toml", folder=tmp_path))
    catalog = tmp_path / "catalog.toml"
    catalog.write_text(catalog.read_text().replace("[entities.staff]\n", '[entities.staff]\nsensitive = ["phone"]\n'))
    project = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    bake.initialise(project)
    staff = [{**row, "phone": f"555-010{row['staff_id']}"} for row in _ROWS]
    made = bake.build(project, json.dumps({"towns": [{"name": "Rome"}], "staff": staff, "store": _SHOPS}).encode())
    bake.apply(project, made)
    deleting = bake.apply(project, bake.revert(project, made).changeset).changeset
    (tmp_path / ".bake" / "private" / "values.db").unlink()
    elsewhere = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    bake.apply(elsewhere, bake.revert(elsewhere, deleting.path).changeset)
    with database.engine.connect() as connection:
        phones = connection.execute(sa.select(_STAFF.c.staff_id, _STAFF.c.phone)).all()
    assert {(row.staff_id, row.phone) for row in phones} == {(row["staff_id"], row["phone"]) for row in staff}


@pytest.mark.usefixtures("filling")
def test_a_row_that_is_taken_holds_up_the_others(project: bake.Project, database: Database) -> None:
    """Nothing is written if one of them is there already: the others would refer to nothing that was meant."""
    records = {
        "staff": [{"staff_id": 20, "name": "Eve", "store_code": "c", "town": "Rome"}],
        "store": [{"code": "c", "manager_id": 20}],
    }
    changeset = bake.build(project, json.dumps(records).encode())
    with database.engine.begin() as connection:
        connection.execute(sa.insert(_STORE).values(code="c", manager_id=9))
    with pytest.raises(bake.errors.Conflicts) as refused:
        bake.apply(project, changeset)
    assert {(conflict.kind, conflict.entity) for conflict in refused.value.conflicts} >= {("exists", "store")}
    with database.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(_STAFF)).scalar() == 3

"""Chinook, a public database (MIT licence), on each database: from the first export to the undo of an edit."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.sets import comparable

import bake
from bake.database.engine import Database

DATA = Path(__file__).parents[3] / "shared" / "data" / "chinook"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="Chinook is not in ../shared/data/chinook")

#: The tracks, by number, whose places in playlists are kept.
_KEPT = 400

#: Where the statements that make the tables begin, after those that make a database for them.
_BEGIN = {"postgresql": "\\c chinook;", "mysql": "USE `Chinook`;"}


def _fill(database: Database, kind: str) -> None:
    if kind == "sqlite":
        assert database.path is not None
        shutil.copyfile(DATA / "chinook.sqlite", database.path)
        return
    script = (DATA / f"chinook_{kind}.sql").read_text()
    statements = script.partition(_BEGIN[kind])[2].split(";\n")
    with database.engine.begin() as connection:
        for statement in filter(str.strip, statements):
            connection.exec_driver_sql(statement.replace("%", "%%"))


@pytest.fixture
def project(database: Database, tmp_path: Path) -> bake.Project:
    """Chinook with the catalog that is read from it; on servers without most of the 8,715 lines of its playlists."""
    _fill(database, database.engine.dialect.name.replace("mariadb", "mysql"))
    made = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    bake.reflect_catalog(made)
    bake.initialise(made)
    if database.path is None:
        lines = made.catalog.entities[_named(made, "PlaylistTrack")].table
        with database.engine.begin() as connection:
            connection.execute(sa.delete(lines).where(list(lines.primary_key)[1] > _KEPT))
    return made


def _named(project: bake.Project, name: str) -> str:
    """An entity by its name in SQLite's Chinook: PostgreSQL's has media_type for MediaType."""
    return next(one for one in project.catalog.entities if one.replace("_", "").casefold() == name.casefold())


def test_chinook(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """All of it comes out of an empty copy as it went in; an edited sheet is applied, told of, and undone."""
    whole = bake.export_complete(project, output=tmp_path / "whole").folder
    tables = [project.catalog.entities[name].table for name in reversed(project.catalog.order)]
    with database.engine.begin() as connection:
        for table in tables:
            own = [column for column in table.columns if column.nullable and column.references(*table.primary_key)]
            if own:
                connection.execute(sa.update(table).values(dict.fromkeys(column.name for column in own)))
            connection.execute(sa.delete(table))
    bake.import_source(project, whole)
    assert comparable(bake.export_complete(project, output=tmp_path / "again").folder) == comparable(whole)
    track = _named(project, "Track")
    changeset = _edited(project, track, tmp_path / "tracks.csv")
    assert bake.apply(project, changeset).counts == {track: {"create": 1, "update": 1}}
    assert [event.action for event in bake.row_history(project, track, "1")] == ["create", "update"]
    assert [event.action for event in bake.row_history(project, track, "3504")] == ["create"]
    bake.apply(project, bake.revert(project, changeset).changeset)
    assert comparable(bake.export_complete(project, output=tmp_path / "undone").folder) == comparable(whole)


def _edited(project: bake.Project, view: str, path: Path) -> bake.Changeset:
    """The changeset of a sheet in which one price is another, and one track new."""
    bake.export_view(project, view, output=path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    at = {re.sub("_", "", name).casefold(): n for n, name in enumerate(header)}
    rows[0][at["unitprice"]] = "1.29"
    new = dict.fromkeys(header, "") | {
        header[at[name]]: said
        for name, said in {"name": "New", "mediatypeid": "1", "milliseconds": "1", "unitprice": "0.99"}.items()
    }
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows, list(new.values())])
    changeset = bake.build(project, path)
    assert changeset.open_questions == ()
    return changeset

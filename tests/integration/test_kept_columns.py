"""Columns that the database sets by itself: read and shown, and neither compared nor proved."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from support.sets import comparable

import bake
from bake.database.engine import Database

#: By dialect, what makes the table, each statement ended by a blank line: `made` is set when a row is made, `changed`
#: also when it is changed, and `email` is made of what was given. What is set cannot be part of a key.
_TABLES = {
    "sqlite": """
CREATE TABLE notes (code TEXT NOT NULL PRIMARY KEY, email TEXT, made TIMESTAMP, changed TIMESTAMP)

CREATE TRIGGER t AFTER INSERT ON notes BEGIN
UPDATE notes SET made = strftime('%Y-%m-%d %H:%M:%f', 'now'), changed = strftime('%Y-%m-%d %H:%M:%f', 'now')
WHERE code = NEW.code; END

CREATE TRIGGER u AFTER UPDATE OF email ON notes BEGIN
UPDATE notes SET changed = strftime('%Y-%m-%d %H:%M:%f', 'now') WHERE code = NEW.code; END
""",
    "postgresql": """
CREATE TABLE notes (code TEXT PRIMARY KEY, email TEXT, made TIMESTAMPTZ NOT NULL, changed TIMESTAMPTZ,
UNIQUE (made, code))

CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF NEW.code = 'x' AND TG_OP = 'UPDATE' THEN NEW.changed := now(); END IF; -- NEW.email
IF TG_OP = 'INSERT' THEN NEW.made := clock_timestamp(); END IF; NEW.email = lower(NEW.email);
NEW.changed = clock_timestamp(); RETURN NEW; END $$

CREATE TRIGGER t BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION keep()
""",
    "mysql": """
CREATE TABLE notes (code VARCHAR(9) NOT NULL PRIMARY KEY, email VARCHAR(20), made DATETIME(6) NOT NULL,
changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), UNIQUE (made, code))

CREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW
SET NEW.made = NOW(6), NEW.email = lower(NEW.email), NEW.changed = NOW(6)
""",
}


@pytest.fixture
def project(database: Database, tmp_path: Path) -> bake.Project:
    """A table with such columns, and the catalog that is read from it."""
    with database.engine.begin() as connection:
        for statement in _TABLES[database.engine.dialect.name.replace("mariadb", "mysql")].split("\n\n"):
            connection.exec_driver_sql(statement.replace("%", "%%") if database.path is None else statement)
        connection.exec_driver_sql("INSERT INTO notes (code, email) VALUES ('a', 'a@x'), ('b', 'b@x')")
    made = bake.Project(database.engine, "catalog.toml", folder=tmp_path)
    bake.reflect_catalog(made)
    bake.initialise(made)
    return made


def test_kept_columns(project: bake.Project, database: Database, tmp_path: Path) -> None:
    """A set fills an empty copy, a row is edited, made and taken back, whatever the database writes meanwhile."""
    assert 'kept = ["made", "changed"]' in (tmp_path / "catalog.toml").read_text()
    whole = bake.export_complete(project, output=tmp_path / "whole").folder
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM notes")
    assert bake.apply(project, bake.build(project, whole)).counts == {"notes": {"create": 2}}
    edits = [{"code": "a", "email": "c@x", "changed": "2020-01-01T00:00:00Z"}, {"code": "c", "email": "c@x"}]
    changeset = bake.build(project, edits, view="notes")
    assert bake.apply(project, changeset).counts == {"notes": {"create": 1, "update": 1}}
    assert list(bake.drift(project)) == []
    assert bake.apply(project, bake.revert(project, changeset).changeset).counts == {
        "notes": {"delete": 1, "update": 1}
    }
    again = comparable(bake.export_complete(project, output=tmp_path / "again").folder)
    assert again != comparable(whole)
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT code, email FROM notes ORDER BY 1")).all() == [
            ("a", "a@x"),
            ("b", "b@x"),
        ]


def test_what_is_made_of_what_was_given_is_proved(project: bake.Project, database: Database) -> None:
    """A trigger that alters what was written is found, as ever: the column is not the database's alone."""
    if database.path is not None:
        pytest.skip("the table of SQLite has no such trigger")
    with pytest.raises(bake.errors.NotProven, match="did not read back as it was written"):
        bake.import_source(project, [{"code": "d", "email": "D@x"}], view="notes")

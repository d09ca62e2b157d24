"""Types that each database has for itself: what Bake has no value for is the text that the database makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.sets import comparable

import bake
from bake.database.engine import Database
from bake.errors import UnreadableValue

#: MariaDB's point (1 2) of the system 4326: the bytes that it keeps.
_POINT = "5hAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA=="

#: By dialect: the table, a row, what is exported of it, and another value for each column.
_TABLES = {
    "sqlite": (
        "opens TIME, since DATETIME, noise BLOB",
        "'08:00:00', '2016-07-04', x'00ff'",
        {"opens": "08:00:00", "since": "2016-07-04T00:00:00Z", "noise": "AP8="},
        {"opens": "09:30:00", "since": "2016-07-05T10:00:00Z", "noise": ""},
    ),
    "postgresql": (
        "opens TIME, lasts INTERVAL, host INET, sizes INT[], sign CHAR(9), place POINT, noise BYTEA",
        "'08:00', '1 day 02:00', '10.0.0.1', '{1,2}', 'open', '(1,2)', '\\x00ff'",
        {
            "opens": "08:00:00",
            "lasts": "1 day 02:00:00",
            "host": "10.0.0.1/32",
            "sizes": "{1,2}",
            "sign": "open",
            "place": "(1,2)",
            "noise": "AP8=",
        },
        {
            "opens": "09:30:00",
            "lasts": "00:05:00",
            "host": "10.0.0.2/32",
            "sizes": "{3}",
            "sign": "shut",
            "place": "(1.5,2)",
            "noise": None,
        },
    ),
    "mysql": (
        "opens TIME, days SET('mo','tu'), since YEAR, flags BIT(3), noise LONGBLOB, place POINT NOT NULL",
        "'08:00', 'mo,tu', 1999, b'101', x'00ff', ST_PointFromText('POINT(1 2)', 4326)",
        {"opens": "08:00:00", "days": "mo,tu", "since": 1999, "flags": 5, "noise": "AP8=", "place": _POINT},
        {"opens": "09:30:00", "days": "tu", "since": 2001, "flags": 6, "noise": None, "place": _POINT},
    ),
}


@pytest.fixture
def dialect(database: Database) -> str:
    """The dialect of the database."""
    return database.engine.dialect.name.replace("mariadb", "mysql")


@pytest.fixture
def project(database: Database, dialect: str, tmp_path: Path) -> bake.Project:
    """A shop with such columns."""
    columns, row, _, _ = _TABLES[dialect]
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE shops (code VARCHAR(9) NOT NULL PRIMARY KEY, {columns})")
        connection.exec_driver_sql(f"INSERT INTO shops VALUES ('a', {row})")
    made = bake.Project(database.engine, bake.reflect(database.engine), folder=tmp_path)
    bake.initialise(made)
    return made


def test_opaque_types(project: bake.Project, database: Database, dialect: str, tmp_path: Path) -> None:
    """Each value goes out as a text, bytes in base64, and an edited text goes in; a set fills an empty table."""
    _, _, exported, edited = _TABLES[dialect]
    path = tmp_path / "shops.json"
    bake.export_view(project, "shops", output=path)
    document = json.loads(path.read_text())
    [record] = document["records"]
    assert {name: record[name] for name in record if name not in ("code", "_base")} == exported
    record |= edited
    path.write_text(json.dumps(document))
    assert bake.apply(project, bake.build(project, path)).counts == {"shops": {"update": 1}}
    new = [{"code": "b", **exported}]
    assert bake.apply(project, bake.build(project, new, view="shops")).counts == {"shops": {"create": 1}}
    whole = bake.export_complete(project, output=tmp_path / "whole")
    assert whole.not_in_catalog == ()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM shops")
    bake.import_source(project, whole.folder)
    assert comparable(bake.export_complete(project, output=tmp_path / "again").folder) == comparable(whole.folder)


def test_what_the_database_alone_can_hold(project: bake.Project, database: Database, dialect: str) -> None:
    """A date that is none in the calendar is named with its table, row and column, and is no traceback."""
    if dialect != "postgresql":
        pytest.skip("only PostgreSQL has such dates")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE eras (code VARCHAR(9) NOT NULL PRIMARY KEY, d DATE, t TIMESTAMP)")
        connection.exec_driver_sql("INSERT INTO eras VALUES ('a', '2020-01-01', now()), ('b', 'infinity', NULL)")
    eras = bake.Project(database.engine, bake.reflect(database.engine, only=["eras"]), folder=project.folder)
    with pytest.raises(UnreadableValue, match=r'eras\.d of the row with code "b" holds "infinity"; expected a date'):
        bake.export_view(eras, "eras")

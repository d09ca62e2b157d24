"""A schema of 55 tables is exported, imported into an empty copy, edited and undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from support.sets import comparable

import bake
from bake.database.engine import connect

TABLES = 55


def _table(metadata: sa.MetaData, n: int) -> sa.Table:
    """Tables of four kinds, by turns: named by a code, by a number, by two columns, and by what they refer to."""
    name = f"kind_{n}"
    key: list[sa.Column[Any]]
    match n % 4:
        case 0:
            key = [sa.Column("code", sa.String(20), primary_key=True)]
        case 1:
            key = [sa.Column(f"{name}_id", sa.Integer, primary_key=True)]
        case 2:
            key = [sa.Column("part", sa.Integer, primary_key=True), sa.Column("line", sa.Integer, primary_key=True)]
        case _:
            key = [sa.Column("code", sa.ForeignKey(f"kind_{n - 3}.code"), primary_key=True)]
    earlier: list[sa.Column[Any]] = [
        sa.Column(f"of_{one}", sa.ForeignKey(f"kind_{one}.code")) for one in range(0, n, 4)[-2:]
    ]
    return sa.Table(name, metadata, *key, sa.Column("note", sa.String(40)), sa.Column("size", sa.Integer), *earlier)


def _row(table: sa.Table, n: int) -> dict[str, object]:
    row: dict[str, object] = {}
    for column in table.columns:
        if isinstance(column.type, sa.Integer):
            row[column.name] = n
        else:
            row[column.name] = f"c{n}" if column.primary_key or column.foreign_keys else f"note {n}"
    return row


def _fill(connection: sa.Connection, metadata: sa.MetaData) -> None:
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        connection.execute(table.insert(), [_row(table, n) for n in (1, 2, 3)])


def test_many_tables(tmp_path: Path) -> None:
    """A set fills an empty copy with the same rows; an edit of the last table is applied, told of and undone."""
    metadata = sa.MetaData()
    for n in range(TABLES):
        _table(metadata, n)
    with connect(f"sqlite:///{tmp_path}/one.db", create=True) as database, database.engine.begin() as connection:
        _fill(connection, metadata)
    with connect(f"sqlite:///{tmp_path}/two.db", create=True) as database, database.engine.begin() as connection:
        metadata.create_all(connection)
    one = bake.Project(f"sqlite:///{tmp_path}/one.db", "catalog.toml", folder=tmp_path, actor="ada")
    assert len(bake.reflect_catalog(one).entities) == TABLES
    two = bake.Project(f"sqlite:///{tmp_path}/two.db", "catalog.toml", folder=tmp_path, actor="ada")
    bake.initialise(two)

    whole = bake.export_complete(one, output=tmp_path / "whole").folder
    counts = bake.import_source(two, whole).applied
    assert counts is not None
    assert sum(actions["create"] for actions in counts.counts.values()) == 3 * TABLES
    assert comparable(bake.export_complete(two, output=tmp_path / "copy").folder) == comparable(whole)

    edited = bake.build(two, [{"part": 2, "line": 2, "size": 99}], view="kind_54")
    assert bake.apply(two, edited).counts == {"kind_54": {"update": 1}}
    undo = bake.revert(two, edited).changeset
    assert bake.apply(two, undo).counts == {"kind_54": {"update": 1}}
    assert comparable(bake.export_complete(two, output=tmp_path / "again").folder) == comparable(whole)

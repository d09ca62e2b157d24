from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.tables import insert

from bake.catalog import declaring
from bake.catalog.model import Catalog
from bake.catalog.values import Json, exact, same
from bake.database.engine import Database
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.writer import Writer
from bake.errors import NotProven


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    """Canonical values of an Exact field."""
    digits = st.integers(-(10**precision) + 1, 10**precision - 1)
    return digits.map(lambda number: exact(Decimal((number < 0, tuple(map(int, str(abs(number)))), -scale))))


TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
JARS = st.fixed_dictionaries(
    {},
    optional={
        "label": st.none() | TEXTS,
        "price": st.none() | decimals(10, 4),
        "weight": st.none() | decimals(30, 10),
        "filled": st.none() | st.dates(min_value=date(1, 1, 1)).map(date.isoformat),
        "sealed": st.booleans(),
    },
)
ABSENT: dict[str, Json] = {"shelf": None, "label": None, "price": None, "weight": None, "filled": None, "sealed": True}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jars=st.lists(JARS, min_size=1, max_size=8))
def test_what_is_written_reads_back_the_same(database: Database, pantry: Catalog, jars: list[dict[str, Json]]) -> None:
    """Any canonical values come back as the same values, by scan and by find, with every field as the key."""
    fields = tuple(ABSENT)
    expected = [ABSENT | jar for jar in jars]
    with database.writing(keep=False) as connection:
        insert(Writer(connection, pantry), "jars", jars)
        snapshot = DatabaseSnapshot(connection, pantry)
        scanned = [row.values for row in snapshot.scan("jars", fields)]
        found = snapshot.find("jars", fields, [tuple(jar.values()) for jar in expected])
    for jar in expected:
        equal = [values for values in scanned if same(values, jar)]
        assert len(equal) == sum(same(jar, other) for other in expected)
        assert [row.values for row in found[tuple(jar.values())]] == equal


def test_a_field_that_is_absent_gets_its_default(database: Database, pantry: Catalog) -> None:
    """Absent is the column's default; null is null."""
    with database.writing() as connection:
        insert(Writer(connection, pantry), "jars", [{"label": "a"}, {"label": None, "sealed": False}, {}])
        rows = DatabaseSnapshot(connection, pantry).scan("jars", ["label", "sealed"])
        assert {(row.values["label"], row.values["sealed"]) for row in rows} == {
            ("a", True),
            (None, False),
            (None, True),
        }


def test_update_changes_what_it_names(database: Database, pantry: Catalog) -> None:
    """Rows with different fields to change are each changed in these and no other."""
    with database.writing() as connection:
        writer = Writer(connection, pantry)
        insert(writer, "jars", [{"label": "a", "price": Decimal(1)}, {"label": "b", "price": Decimal(2)}])
        writer.update("jars", [(1, {"label": None}), (2, {"price": Decimal("6.99"), "sealed": False})])
        rows = DatabaseSnapshot(connection, pantry).scan("jars", ["label", "price", "sealed"])
        assert [row.values for row in rows] == [
            {"label": None, "price": Decimal(1), "sealed": True},
            {"label": "b", "price": Decimal("6.99"), "sealed": False},
        ]


def test_delete_takes_what_it_names(database: Database, pantry: Catalog) -> None:
    """What is deleted is gone, and the rest stays."""
    with database.writing() as connection:
        writer = Writer(connection, pantry)
        insert(writer, "shelves", [{"name": name} for name in "abc"])
        writer.delete("shelves", [3, 1])
        assert [row.id for row in DatabaseSnapshot(connection, pantry).scan("shelves", [])] == [2]


def test_a_row_that_is_gone_is_noticed(database: Database, pantry: Catalog) -> None:
    """Changing or deleting a row that is not there raises, whichever of many it is."""
    with database.writing() as connection:
        writer = Writer(connection, pantry)
        insert(writer, "shelves", [{"name": "a"}])
        with pytest.raises(NotProven, match="2 rows were to be changed and 1 were there"):
            writer.update("shelves", [(1, {"name": "b"}), (2, {"name": "c"})])
        with pytest.raises(NotProven):
            writer.delete("shelves", [1, 7])


def test_nothing_to_do_is_no_statement(database: Database, pantry: Catalog) -> None:
    """Empty lists and empty changes are fine, even for rows that are not there."""
    with database.writing() as connection:
        writer = Writer(connection, pantry)
        writer.update("jars", [(99, {})])
        writer.delete("jars", [])
        assert list(DatabaseSnapshot(connection, pantry).scan("jars", [])) == []


def test_functions_that_make_defaults_are_called_for_each_row(database: Database) -> None:
    """Values, functions and those that look at the row; on insert and on update; SQL's own stay SQL's."""
    table = sa.Table(
        "tins",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("label", sa.String(20)),
        sa.Column("lid", sa.String(20), nullable=False, default="tight"),
        sa.Column("code", sa.String(20), default=lambda row: row.get_current_parameters()["label"].upper()),
        sa.Column("size", sa.Integer, default=sa.literal_column("1 + 1")),
        sa.Column("touched", sa.Integer, default=itertools.count(1).__next__, onupdate=itertools.count(7).__next__),
    )
    tins = Catalog("tins", table.metadata, {"tins": declaring.entity(table)})
    with database.writing() as connection:
        tins.metadata.create_all(connection)
        writer = Writer(connection, tins)
        insert(writer, "tins", [{"label": "a"}, {"label": "b", "lid": "loose"}, {"label": "c"}])
        writer.update("tins", [(1, {"lid": "lost"}), (2, {"lid": "lost", "touched": 5})])
        rows = connection.execute(sa.select(table).order_by(table.c.label)).all()
        assert [tuple(row)[1:5] for row in rows] == [
            ("a", "lost", "A", 2),
            ("b", "loose", "B", 2),
            ("c", "lost", "C", 2),
        ]
        assert [row.touched for row in rows] == [7, 3, 5]

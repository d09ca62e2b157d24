from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from math import ceil

import pytest
import sqlalchemy as sa
from support.tables import insert

from bake.catalog.model import Catalog
from bake.catalog.row import Row
from bake.database.engine import Database
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.writer import Writer


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The SELECTs that are run meanwhile."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if statement.startswith("SELECT"):
            seen.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("fields", [("name",), ("id", "name")])
def test_queries_grow_with_chunks_and_not_with_keys(
    database: Database, pantry: Catalog, fields: tuple[str, ...]
) -> None:
    """10,000 keys are found with as many queries as there are chunks, for keys of one and of several fields."""
    count, chunk = 10_000, 512
    with database.writing() as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": f"shelf {n}"} for n in range(1, count + 1)])
    keys = [(n, f"shelf {n}")[-len(fields) :] for n in range(1, count + 1)]
    with statements(database) as seen, database.reading() as connection:
        found = DatabaseSnapshot(connection, pantry, chunk=chunk).find("shelves", fields, keys)
    assert len(seen) == ceil(count / chunk)
    assert [rows[0].id for rows in found.values()] == list(range(1, count + 1))


@contextmanager
def steps(database: Database) -> Iterator[list[int]]:
    """What SQLite does meanwhile, in thousands of instructions of its virtual machine: one number for each of them."""
    seen: list[int] = []

    def note(connection: sa.Connection, *_: object) -> None:
        connection.connection.driver_connection.set_progress_handler(lambda: seen.append(1), 1000)  # type: ignore[union-attr]

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def _steps_of_a_search(database: Database, pantry: Catalog, size: int) -> int:
    """The steps to find as many keys as there are rows, by fields without an index, of which some are null."""
    days = [None if n % 3 == 0 else f"2025-01-{n % 28 + 1:02}" for n in range(size)]
    with database.writing() as connection:
        rows = [{"price": Decimal(n) / 8, "filled": day} for n, day in enumerate(days)]
        insert(Writer(connection, pantry), "jars", rows)
    keys = [(Decimal(n) / 8, day) for n, day in enumerate(days)]
    with database.reading() as connection, steps(database) as seen:
        found = DatabaseSnapshot(connection, pantry, chunk=10_000).find("jars", ("price", "filled"), keys)
    assert len(found) == size
    return len(seen)


def test_keys_without_an_index_cost_a_pass_over_the_table(database: Database, pantry: Catalog) -> None:
    """To find twice as many keys in twice as many rows takes twice the steps, and not four times as many."""
    few = _steps_of_a_search(database, pantry, 1000)
    with database.writing() as connection:
        connection.execute(pantry.entities["jars"].table.delete())
    assert 0 < few < _steps_of_a_search(database, pantry, 2000) < 3 * few


def test_a_key_given_twice_is_asked_for_once(database: Database, pantry: Catalog) -> None:
    """Keys that come again cost nothing and do not double the rows."""
    with database.writing() as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": "top"}])
    with statements(database) as seen, database.reading() as connection:
        found = DatabaseSnapshot(connection, pantry, chunk=2).find("shelves", ("name",), [("top",)] * 9)
    assert found == {("top",): [Row(1, {"name": "top"})]}
    assert len(seen) == 1


def test_latest_asks_a_query_a_chunk(database: Database, pantry: Catalog) -> None:
    """The last values of 1,000 groups cost as many queries as there are chunks."""
    with database.writing() as connection:
        writer = Writer(connection, pantry)
        insert(writer, "shelves", [{"name": str(n)} for n in range(1, 1001)])
        insert(writer, "jars", [{"shelf": n, "price": Decimal(n), "filled": "2025-01-01"} for n in range(1, 1001)])
    with statements(database) as seen, database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, pantry, chunk=300)
        prices = snapshot.latest("jars", "price", "shelf", "filled", range(1, 1001))
    assert prices == {n: Decimal(n) for n in range(1, 1001)}
    assert len(seen) == 4


def test_scanning_reads_pages_and_lets_others_query(database: Database, pantry: Catalog) -> None:
    """A table of several pages comes whole and in order, while other queries run on the connection."""
    with database.writing() as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": str(n)} for n in range(5000)])
    with statements(database) as seen, database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, pantry)
        rows = []
        for row in snapshot.scan("shelves", ["name"]):
            if row.id % 1000 == 0:
                assert snapshot.find("shelves", ("id",), [(row.id,)])[(row.id,)] == [row]
            rows.append(row)
    assert rows == [Row(n + 1, {"name": str(n)}) for n in range(5000)]
    assert len(seen) == 3 + 5


def test_looseness_of_columns_makes_no_match(database: Database, pantry: Catalog) -> None:
    """SQLite stores any type in any column and compares through affinity; `find` goes by the values themselves."""
    with database.writing() as connection:
        connection.execute(sa.insert(pantry.entities["jars"].table), [{"label": "5"}, {"label": "5.0"}])
        found = DatabaseSnapshot(connection, pantry).find("jars", ("label",), [(5,), ("5",), (Decimal("5.0"),)])
    assert {key: [row.id for row in rows] for key, rows in found.items()} == {("5",): [1]}


def test_true_is_not_one(database: Database, pantry: Catalog) -> None:
    """A key of another type than its field names no row, though Python and SQL hold the two equal."""
    with database.writing() as connection:
        insert(Writer(connection, pantry), "shelves", [{"name": "top"}])
        snapshot = DatabaseSnapshot(connection, pantry)
        assert snapshot.find("shelves", ("id",), [(True,)]) == {}
        assert snapshot.find("shelves", ("id",), [(1,)]) != {}


def test_asking_for_nothing_asks_nothing(database: Database, pantry: Catalog) -> None:
    """Without keys no query is run."""
    with statements(database) as seen, database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, pantry)
        assert snapshot.find("shelves", ("name",), []) == {}
        assert snapshot.latest("jars", "price", "shelf", "filled", []) == {}
    assert seen == []

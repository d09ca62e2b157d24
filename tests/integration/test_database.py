"""What `bake.database` promises, on every database that it speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.tables import insert

from bake.catalog.columns import ExactDecimal
from bake.catalog.declaring import entity
from bake.catalog.model import Catalog
from bake.catalog.values import Json, canonical_double, canonical_instant, exact, same
from bake.database.engine import Database, connect
from bake.database.failures import constraint_of, is_refusal
from bake.database.ledger import ledger
from bake.database.ledger.ledger import LedgerEntry
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables, missing_tables
from bake.database.writing.writer import Writer
from bake.errors import DatabaseLocked, DatabaseUnavailable, NotInitialised, NotProven


class Size(Enum):
    """Whose names are stored, not its values."""

    SMALL = 1
    LARGE = 2


def _shop() -> Catalog:
    """Makers, and things that have a column of every type."""
    metadata = sa.MetaData()
    makers = sa.Table(
        "makers",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
        sa.Column("parent_id", sa.ForeignKey("makers.id")),
        sa.Column("stars", sa.Integer, sa.CheckConstraint("stars < 6")),
    )
    things = sa.Table(
        "things",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("maker_id", sa.ForeignKey("makers.id")),
        sa.Column("note", sa.Text),
        sa.Column("count", sa.Integer),
        sa.Column("price", ExactDecimal(10, 4)),
        sa.Column("weight", ExactDecimal(30, 10)),
        sa.Column("plain", sa.Numeric(10, 2)),
        sa.Column("real", sa.Double),
        sa.Column("flag", sa.Boolean),
        sa.Column("day", sa.Date),
        sa.Column("moment", sa.DateTime),
        sa.Column("instant", sa.DateTime(timezone=True)),
        sa.Column("size", sa.Enum(Size)),
        sa.Column("colour", sa.String(10), info={"options": ("red", "blue")}),
        sa.Column("uid", sa.Uuid),
        sa.Column("uuid", sa.String(36), info={"uuid": True}),
        sa.Column("document", sa.JSON),
    )
    return Catalog("shop", metadata, {"makers": entity(makers), "things": entity(things)})


SHOP = _shop()


@pytest.fixture
def shop(database: Database) -> Database:
    """A database with the tables of the shop and one maker."""
    with database.writing() as connection:
        create_tables(connection, SHOP)
        insert(Writer(connection, SHOP), "makers", [{"name": "Ada"}])
    return database


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    """Canonical values of an Exact field."""
    digits = st.integers(-(10**precision) + 1, 10**precision - 1)
    return digits.map(lambda number: exact(Decimal((number < 0, tuple(map(int, str(abs(number)))), -scale))))


def instants() -> st.SearchStrategy[str]:
    """To the second, as MariaDB's DATETIME has no more unless told to; and in the years that all databases know."""
    seconds = st.integers(0, 4_000_000_000)
    return seconds.map(lambda since: canonical_instant(datetime.fromtimestamp(since, UTC)))


TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=12)
UUIDS = st.uuids(version=4).map(str)  # MariaDB takes none whose variant is unknown
VALUES: dict[str, st.SearchStrategy[Json]] = {
    "maker": st.just(1),
    "note": TEXTS | st.sampled_from(["a", "A", "a ", "ä", "a\u0308", "%", "_"]),
    "count": st.integers(-(2**31), 2**31 - 1),
    "price": decimals(10, 4),
    "weight": decimals(30, 10),
    "plain": decimals(10, 2),
    "real": st.floats(-1e300, 1e300, allow_subnormal=False).map(canonical_double),
    "flag": st.booleans(),
    "day": st.dates(min_value=date(1000, 1, 1)).map(str),
    "moment": instants(),
    "instant": instants(),
    "size": st.sampled_from(["SMALL", "LARGE"]),
    "colour": st.sampled_from(["red", "blue"]),
    "uid": UUIDS,
    "uuid": UUIDS,
}
KEYS = tuple(VALUES)
ROWS = st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()})


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(ROWS, min_size=1, max_size=5))
def test_what_is_written_reads_back_the_same(shop: Database, rows: list[dict[str, Json]]) -> None:
    """Any canonical values come back as the same values, and are found by all of them at once."""
    with shop.writing(keep=False) as connection:
        insert(Writer(connection, SHOP), "things", rows)
        snapshot = DatabaseSnapshot(connection, SHOP)
        scanned = [row.values for row in snapshot.scan("things", KEYS)]
        found = snapshot.find("things", KEYS, [tuple(row[name] for name in KEYS) for row in rows])
    assert len(scanned) == len(rows)
    for row in rows:
        equal = [values for values in scanned if same(values, row)]
        assert len(equal) == sum(same(row, other) for other in rows)
        assert [{name: f.values[name] for name in KEYS} for f in found[tuple(row[name] for name in KEYS)]] == equal


@pytest.mark.parametrize(
    "document", [None, False, 0, "", [], {}, {"a": [1, Decimal("0.1"), None, "\u00fc\U0001f950"]}, [Decimal("1.5")]]
)
def test_documents_come_back_the_same(shop: Database, document: Json) -> None:
    """JSON values keep their types and digits, and null is SQL's."""
    with shop.writing(keep=False) as connection:
        insert(Writer(connection, SHOP), "things", [{"document": document}])
        (row,) = DatabaseSnapshot(connection, SHOP).scan("things", ["document"])
        column = SHOP.entities["things"].table.c.document
        nulls = connection.scalar(sa.select(sa.func.count()).where(column.is_(sa.null())))
    assert same(row.values["document"], document)
    assert nulls == (document is None)


def test_only_the_same_text_is_found(shop: Database) -> None:
    """A database that compares without regard to case, accents or trailing blanks makes no false match."""
    notes = ["flour", "Flour", "flour ", "fl\u00f6ur", "flo\u0308ur", "%", "_lour"]
    with shop.writing(keep=False) as connection:
        insert(Writer(connection, SHOP), "things", [{"note": note} for note in notes])
        found = DatabaseSnapshot(connection, SHOP).find("things", ("note",), [(note,) for note in [*notes, "FLOUR"]])
    assert {key[0]: [row.values["note"] for row in rows] for key, rows in found.items()} == {n: [n] for n in notes}


def test_columns_are_those_of_rows_that_alone_have_a_key(shop: Database) -> None:
    """In the order of the keys, whatever the rows' own, in one query or several; nobody's key has no place in it."""
    notes = ["b", "twice", "flour", "Flour", "a", "twice"]
    keys = ["a", "none", "flour", "twice", "flour ", "b", "Flour"]
    with shop.writing(keep=False) as connection:
        insert(Writer(connection, SHOP), "things", [{"note": note, "price": Decimal("1.5")} for note in notes])
        for chunk in (1, 2, 1000):
            snapshot = DatabaseSnapshot(connection, SHOP, chunk)
            places, (ids, prices, found) = snapshot.columns("things", "note", keys, ("price", "note"))
            assert [(keys[place], note) for place, note in zip(places, found, strict=True)] == [
                (note, note) for note in ("a", "flour", "b", "Flour")
            ]
            assert list(ids) == [snapshot.find("things", ("note",), [(note,)])[note,][0].id for note in found]
            assert list(prices) == [Decimal("1.5")] * 4
            assert snapshot.columns("things", "note", ["none"], ("note",))[0] == []


def test_nulls_match_none(shop: Database) -> None:
    """None in a key finds NULL in each place, and only NULL; keys with other nulls are asked for in the same query."""
    rows = [{"note": note, "count": count} for note in ("a", None) for count in (0, None)]
    keys = [(note, count) for note in ("a", None) for count in (0, None)]
    with shop.writing(keep=False) as connection:
        insert(Writer(connection, SHOP), "things", rows)
        snapshot = DatabaseSnapshot(connection, SHOP)
        found = snapshot.find("things", ("note", "count"), keys, lock=True)
        single = snapshot.find("things", ("note",), [(None,), ("a",)])
    assert {key: [(r.values["note"], r.values["count"]) for r in rows] for key, rows in found.items()} == {
        key: [key] for key in keys
    }
    assert {key: len(rows) for key, rows in single.items()} == {(None,): 2, ("a",): 2}


def test_an_id_too_large_for_its_column_finds_nothing(shop: Database) -> None:
    """An id from a file may be any number of 64 bits."""
    with shop.reading() as connection:
        snapshot = DatabaseSnapshot(connection, SHOP)
        assert snapshot.find("makers", ("id",), [(2**63 - 1,), (-1,)]) == {}
        assert list(snapshot.find("makers", ("id",), [(2**40,), (1,)])) == [(1,)]


def test_latest_is_the_greatest_and_of_equals_the_greatest_value(shop: Database) -> None:
    """By date, then by value; a row without a date does not count, a value that is null does."""
    day, before = "2025-12-20", "2025-12-19"
    with shop.writing(keep=False) as connection:
        writer, snapshot = Writer(connection, SHOP), DatabaseSnapshot(connection, SHOP)
        insert(writer, "makers", [{"name": name} for name in ("Bo", "Cy", "Di")])
        ids = {row.values["name"]: row.id for row in snapshot.scan("makers", ["name"])}
        rows = [
            ("Ada", 1, day),
            ("Ada", 2, day),
            ("Ada", 3, before),
            ("Ada", 4, None),
            ("Bo", None, day),
            ("Bo", 5, before),
        ]
        for name, price, on in [*rows, ("Cy", 6, None)]:
            value = None if price is None else Decimal(price)
            insert(writer, "things", [{"maker": ids[name], "price": value, "day": on}])
        prices = snapshot.latest("things", "price", "maker", "day", ids.values())
    assert prices == {ids["Ada"]: Decimal(2), ids["Bo"]: None}


def test_updates_count_rows_that_are_there_and_not_rows_that_differ(shop: Database) -> None:
    """Writing what a row already holds is no error; a row that is gone is one."""
    with shop.writing(keep=False) as connection:
        writer = Writer(connection, SHOP)
        insert(writer, "makers", [{"name": "Bo"}])
        first, second = (row.id for row in DatabaseSnapshot(connection, SHOP).scan("makers", []))
        writer.update("makers", [(first, {"name": "Ada"}), (second, {"name": "Cy"})])
        with pytest.raises(NotProven, match="2 rows were to be changed and 1 were there"):
            writer.update("makers", [(first, {"name": "Eve"}), (second + 7, {"name": "Di"})])


def test_a_tree_is_deleted_from_its_leaves(shop: Database) -> None:
    """Rows go in the order given, also where each row's references are checked as it goes."""
    with shop.writing(keep=False) as connection:
        writer, snapshot = Writer(connection, SHOP), DatabaseSnapshot(connection, SHOP)
        for name in ("Bo", "Cy"):
            parent = max(row.id for row in snapshot.scan("makers", []))
            insert(writer, "makers", [{"name": name, "parent": parent}])
        writer.delete("makers", [row.id for row in snapshot.scan("makers", [])][::-1])
        assert list(snapshot.scan("makers", [])) == []


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": "Ada", "parent": None, "stars": None}, "Ada|makers.name"),
        ({"name": "Bo", "parent": 999, "stars": None}, "(?i)foreign key"),
        ({"name": None, "parent": None, "stars": None}, "(?i)null"),
        ({"name": "Bo", "parent": None, "stars": 9}, "(?i)constraint"),
    ],
)
def test_refusals_are_left_to_the_caller_with_a_readable_cause(
    shop: Database, values: dict[str, Json], says: str
) -> None:
    """What a constraint refuses comes through, its cause is one line, and nothing of the transaction stays."""
    with pytest.raises(sa.exc.DBAPIError, match=says) as caught, shop.writing() as connection:
        insert(Writer(connection, SHOP), "makers", [{"name": "Zoe", "parent": None, "stars": 5}, values])
    assert is_refusal(caught.value)
    assert constraint_of(caught.value).isprintable()
    assert "INSERT" not in constraint_of(caught.value)
    assert makers(shop) == ["Ada"]


def makers(database: Database) -> list[str]:
    """The names that everybody sees."""
    with database.reading() as connection:
        return [row.values["name"] for row in DatabaseSnapshot(connection, SHOP).scan("makers", ["name"])]


def test_a_lock_of_somebody_else_is_waited_for_and_then_said(shop: Database) -> None:
    """Whoever wants a row that another transaction is changing gets an error of its own kind after the wait."""
    with shop.writing() as connection:
        Writer(connection, SHOP).update("makers", [(1, {"name": "Eve"})])
        with pytest.raises(DatabaseLocked, match="locked by somebody else"), shop.writing() as other:
            DatabaseSnapshot(other, SHOP).find("makers", ("id",), [(1,)], lock=True)
    assert makers(shop) == ["Eve"]


def test_tables_that_are_missing_are_named(database: Database) -> None:
    """Reading a database without tables says so, and `missing_tables` says which."""
    with pytest.raises(NotInitialised, match="makers"), database.writing() as connection:
        list(DatabaseSnapshot(connection, SHOP).scan("makers", ["name"]))
    with database.writing() as connection:
        assert missing_tables(connection, SHOP) == [
            "makers",
            "things",
            "bake_changesets",
            "bake_changes",
            "bake_evidence",
            "bake_kept",
            "bake_database",
        ]
        create_tables(connection, SHOP)
        create_tables(connection, SHOP)
        assert missing_tables(connection, SHOP) == []


def test_a_column_that_is_missing_is_said(database: Database) -> None:
    """A table of another version is no bug of ours."""
    table = sa.Table("makers", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    with database.writing() as connection:
        table.create(connection)
    with pytest.raises(DatabaseUnavailable, match="not those of the catalog"), database.reading() as connection:
        list(DatabaseSnapshot(connection, SHOP).scan("makers", ["name"]))


def test_the_ledger_refuses_a_second_application(shop: Database) -> None:
    """On every database an entry comes back as it was, once applied and never twice, and failed any number of times."""
    applied = LedgerEntry(
        digest="sha256:" + "1" * 64,
        state="applied",
        mode="merge",
        source="f\u00fcr \U0001f950.json",
        source_sha256="2" * 64,
        counts={"makers": {"create": 1}},
        actor="ada",
        at="2025-12-20T10:00:00Z",
        file="a.changeset.jsonl",
    )
    failed = replace(applied, state="failed", counts={})
    with shop.writing() as connection:
        for entry in (failed, failed, applied):
            ledger.record(connection, entry)
    with pytest.raises(sa.exc.IntegrityError), shop.writing() as connection:
        ledger.record(connection, applied)
    with shop.reading() as connection:
        assert ledger.entries(connection) == [failed, failed, applied]
        assert ledger.find(connection, applied.digest) == applied
        assert ledger.applied_source(connection, applied.source_sha256) == applied


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_reading_sees_one_state(shop: Database) -> None:
    """What somebody commits while we read is not seen before the next reading (on SQLite nobody can)."""
    with shop.reading() as connection:
        snapshot = DatabaseSnapshot(connection, SHOP)
        before = list(snapshot.scan("makers", ["name"]))
        with shop.writing() as other:
            insert(Writer(other, SHOP), "makers", [{"name": "Bo"}])
        assert list(snapshot.scan("makers", ["name"])) == before
    assert makers(shop) == ["Ada", "Bo"]


def test_an_unknown_database_is_unavailable(database_url: str) -> None:
    """A name that the server does not know is an error with a hint."""
    url = sa.make_url(database_url)
    name = "nonesuch" if url.get_backend_name() != "sqlite" else "/nonesuch/bake.db"
    unknown = url.set(database=name).render_as_string(hide_password=False)
    with (
        connect(unknown) as database,
        pytest.raises(DatabaseUnavailable, match="nonesuch") as caught,
        database.reading(),
    ):
        pass
    assert caught.value.hint

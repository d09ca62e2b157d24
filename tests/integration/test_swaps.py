"""Unique values that rows take over from each other, on each database: applied, or refused with its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.market import MARKET, uid
from support.tables import seed

from bake.applier import apply as applying
from bake.applier.apply import carry_out
from bake.changeset.model import Create, Delete, Operation, Replace, Test, Update
from bake.database.engine import Database, connect
from bake.database.schema import create_tables

ROWS: dict[str, list[dict[str, Any]]] = {
    "shops": [
        {"id": n, "uuid": uid(n), "slug": slug, "name": f"Shop {slug}", "city": "Basel", "owner": None}
        for n, slug in enumerate("abcd", 1)
    ],
    "people": [{"id": 1, "uuid": uid(11), "slug": "zoe", "name": "Zoë", "shop": 1}],
}


@pytest.fixture(params=[1, 2000])
def market(request: pytest.FixtureRequest, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A market with four shops, whose changes are carried out one by one, and all at once."""
    monkeypatch.setattr(applying, "BATCH", request.param)
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, ROWS)
    return database


def slug(n: int, before: str, after: str) -> Update:
    """An update that gives a shop another slug."""
    return _update(n, {"slug": before}, "slug", before, after)


def _update(n: int, key: dict[str, Any], name: str, before: Any, after: Any, entity: str = "shops") -> Update:
    patch = (Test(path=f"/{name}", value=before), Replace(path=f"/{name}", value=after))
    return Update(n=n, entity=entity, key=key, patch=patch)


def new(n: int, slug: str) -> Create:
    """A new shop."""
    values = {"uuid": uid(20 + n), "slug": slug, "name": f"New {n}", "city": "Bern"}
    return Create(n=n, entity="shops", key={"slug": slug}, values=values)


def carried_out(database: Database, *operations: Operation) -> tuple[list[tuple[int, str]], dict[str, str]]:
    """The conflicts, and, where there are none, the slugs of the shops by their names."""
    with database.writing(keep=False) as connection:
        outcome = carry_out(operations, connection, MARKET)
        rows = connection.execute(sa.text("SELECT name, slug FROM shops")).all()
    conflicts = [(conflict.operation, conflict.kind) for conflict in outcome.conflicts if conflict.detail]
    return conflicts, {name[-1]: slug for name, slug in rows} if not conflicts else {}


@pytest.mark.parametrize(
    ("operations", "slugs"),
    [
        pytest.param([slug(1, "a", "b"), slug(2, "b", "a")], {"a": "b", "b": "a", "c": "c", "d": "d"}, id="swap"),
        pytest.param(
            [slug(1, "a", "b"), slug(2, "b", "c"), slug(3, "c", "d"), slug(4, "d", "a")],
            {"a": "b", "b": "c", "c": "d", "d": "a"},
            id="ring",
        ),
        pytest.param(
            [slug(1, "a", "b"), slug(2, "b", "c"), slug(3, "c", "x")],
            {"a": "b", "b": "c", "c": "x", "d": "d"},
            id="chain",
        ),
        pytest.param(
            [slug(1, "a", "d"), Delete(n=2, entity="shops", key={"slug": "d"}, before={"slug": "d"})],
            {"a": "d", "b": "b", "c": "c"},
            id="of a row that is deleted",
        ),
        pytest.param(
            [new(1, "a"), slug(2, "a", "x")],
            {"a": "x", "b": "b", "c": "c", "d": "d", "1": "a"},
            id="by a new row, of one that is renamed",
        ),
        pytest.param(
            [slug(1, "a", "b"), slug(2, "b", "x"), new(3, "a")],
            {"a": "b", "b": "x", "c": "c", "d": "d", "3": "a"},
            id="by a new row, at the end of a chain",
        ),
        pytest.param(
            [new(1, "d"), Delete(n=2, entity="shops", key={"slug": "d"}, before={"slug": "d"})],
            {"a": "a", "b": "b", "c": "c", "1": "d"},
            id="by a new row, of one that is deleted",
        ),
        pytest.param(
            [
                new(1, "c"),
                slug(2, "c", "d"),
                Delete(n=3, entity="shops", key={"slug": "d"}, before={"slug": "d"}),
            ],
            {"a": "a", "b": "b", "c": "d", "1": "c"},
            id="by a new row, of one that takes that of a deleted one",
        ),
    ],
)
def test_rows_take_over_unique_values(market: Database, operations: list[Operation], slugs: dict[str, str]) -> None:
    """Whoever comes first, and in whatever batches: each row has in the end what it was to have."""
    assert carried_out(market, *operations) == ([], slugs)


def test_what_refers_to_a_new_row_waits_with_it(market: Database) -> None:
    """The new row has to wait for a delete; those who refer to it come after it, and what nobody lets go of is told."""
    move = Update(
        n=2,
        entity="people",
        key={"slug": "zoe"},
        patch=(Test(path="/shop", value={"slug": "a"}), Replace(path="/shop", value={"uuid": uid(21)})),
        needs={"/shop": 1},
    )
    values = {"uuid": uid(12), "slug": "ann", "name": "Ann", "shop": {"uuid": uid(21)}}
    ann = Create(n=3, entity="people", key={"slug": "ann"}, values=values, needs={"/shop": 1})
    gone = Delete(n=4, entity="shops", key={"slug": "d"}, before={"slug": "d"})
    with market.writing(keep=False) as connection:
        assert carry_out([ann, move, new(1, "d"), gone], connection, MARKET).conflicts == ()
        query = "SELECT p.slug, s.name FROM people p JOIN shops s ON s.id = p.shop_id ORDER BY p.slug"
        assert [tuple(row) for row in connection.execute(sa.text(query))] == [("ann", "New 1"), ("zoe", "New 1")]
    assert carried_out(market, new(1, "d"), slug(2, "a", "x")) == ([(1, "exists")], {})


def test_what_another_row_keeps_is_a_conflict(market: Database) -> None:
    """A value that nobody lets go of is refused, for the operation that wants it, and only for that."""
    assert carried_out(market, slug(1, "a", "b"), slug(2, "b", "c"), slug(3, "d", "x")) == ([(2, "constraint")], {})


def test_others_name_rows_as_they_were_called_before(market: Database) -> None:
    """A reference in the same changeset means the row that had the key when it was built."""
    swap = [slug(1, "a", "b"), slug(2, "b", "a")]
    values = {"uuid": uid(12), "slug": "ann", "name": "Ann", "shop": {"slug": "a"}}
    new = Create(n=3, entity="people", key={"slug": "ann"}, values=values)
    move = _update(4, {"slug": "zoe"}, "shop", {"slug": "a"}, {"slug": "b"}, "people")
    with market.writing(keep=False) as connection:
        assert carry_out([*swap, new, move], connection, MARKET).conflicts == ()
        shops = connection.execute(sa.text("SELECT slug, shop_id FROM people ORDER BY slug")).all()
    assert [tuple(row) for row in shops] == [("ann", 1), ("zoe", 2)]


def test_a_unique_value_that_may_not_be_temporary_is_refused_in_the_databases_words(tmp_path: Path) -> None:
    """Where a CHECK refuses the temporary values, each of the rows that wanted to swap is a conflict."""
    with connect(f"sqlite:///{tmp_path / 'checked.db'}", create=True) as database:
        with database.writing() as connection:
            create_tables(connection, MARKET)
            seed(connection, ROWS)
            connection.execute(
                sa.text(
                    "CREATE TRIGGER short BEFORE UPDATE ON shops WHEN length(NEW.slug) > 3 "
                    "BEGIN SELECT RAISE(ABORT, 'a slug is short'); END"
                )
            )
        with database.writing(keep=False) as connection:
            found = carry_out([slug(1, "a", "b"), slug(2, "b", "a")], connection, MARKET).conflicts
    assert [(one.operation, one.kind, one.detail) for one in found] == [
        (1, "constraint", "UNIQUE constraint failed: shops.slug"),
        (2, "constraint", "UNIQUE constraint failed: shops.slug"),
    ]


def test_a_row_that_refers_to_itself_is_deleted(database: Database) -> None:
    """MariaDB refuses that as long as it does: the reference goes first."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, {"grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}]})
        connection.execute(sa.text("UPDATE grains SET parent_id = 1"))
    delete = Delete(n=1, entity="grains", key={"slug": "rye"}, before={"slug": "rye", "parent": {"slug": "rye"}})
    with database.writing(keep=False) as connection:
        assert carry_out([delete], connection, MARKET).conflicts == ()
        assert connection.execute(sa.text("SELECT count(*) FROM grains")).scalar() == 0

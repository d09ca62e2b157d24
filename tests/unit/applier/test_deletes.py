"""Deletes where the schema would take other rows along: what nobody reviewed is not done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bake.applier.apply import carry_out
from bake.catalog import declaring
from bake.catalog.model import Catalog
from bake.changeset.model import Create, Delete, Operation, Replace, Test, Update
from bake.errors import Conflict

_METADATA = sa.MetaData()


def _table(name: str, *columns: sa.Column[object]) -> sa.Table:
    slug = sa.Column("slug", sa.String(20), nullable=False, unique=True)
    return sa.Table(name, _METADATA, sa.Column("id", sa.Integer, primary_key=True), slug, *columns)


_TABLES = (
    _table("shops"),
    _table("sales", sa.Column("shop_id", sa.ForeignKey("shops.id", ondelete="CASCADE"))),
    _table("notes", sa.Column("sale_id", sa.ForeignKey("sales.id", ondelete="SET NULL"))),
)
CATALOG = Catalog("c", _METADATA, {t.name: declaring.entity(t, keys=(("slug",),)) for t in _TABLES})
PARENT = {"sales": "shop", "notes": "sale"}


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """A shop with a sale with a note; foreign keys as the schema has them."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as opened:
        opened.exec_driver_sql("PRAGMA foreign_keys=ON")
        _METADATA.create_all(opened)
        opened.execute(_TABLES[0].insert(), [{"id": 1, "slug": "mill"}, {"id": 2, "slug": "barn"}])
        opened.execute(_TABLES[1].insert(), [{"id": 1, "slug": "s1", "shop_id": 1}])
        opened.execute(_TABLES[2].insert(), [{"id": 1, "slug": "n1", "sale_id": 1}])
        yield opened
    engine.dispose()


def gone(n: int, entity: str, slug: str, parent: str | None = None) -> Delete:
    """The deletion of a row."""
    reference = {PARENT[entity]: parent and {"slug": parent}} if entity in PARENT else {}
    return Delete(n=n, entity=entity, key={"slug": slug}, before={"slug": slug, **reference})


def conflicts(connection: sa.Connection, *operations: Operation) -> list[tuple[int, str, str]]:
    """The conflicts: number of the operation, kind, detail."""
    found: tuple[Conflict, ...] = carry_out(operations, connection, CATALOG).conflicts
    return [(one.operation, one.kind, one.detail) for one in found]


def rows(connection: sa.Connection) -> list[int]:
    """How many rows each table has."""
    return [len(connection.execute(sa.select(table.c.id)).all()) for table in _TABLES]


@pytest.mark.parametrize(
    ("deletes", "expected"),
    [
        ([gone(1, "shops", "mill")], (1, "constraint", "sales s1 refers to it")),
        ([gone(1, "sales", "s1", "mill")], (1, "constraint", "notes n1 refers to it")),
        ([gone(1, "shops", "mill"), gone(2, "sales", "s1", "mill")], (2, "constraint", "notes n1 refers to it")),
    ],
    ids=["cascade", "set null", "through a row that cannot go"],
)
def test_rows_that_stay_keep_what_they_refer_to(
    connection: sa.Connection, deletes: list[Delete], expected: tuple[int, str, str]
) -> None:
    """ON DELETE CASCADE and SET NULL change nothing that no operation names: a conflict says who refers."""
    assert conflicts(connection, *deletes) == [expected]
    assert rows(connection) == [2, 1, 1]


def test_rows_that_go_together_do_not_hold_each_other(connection: sa.Connection) -> None:
    """All that refers to a row leaves in the same changeset."""
    everything = gone(1, "shops", "mill"), gone(2, "sales", "s1", "mill"), gone(3, "notes", "n1", "s1")
    assert conflicts(connection, *everything) == []
    assert rows(connection) == [1, 0, 0]


def test_rows_that_turn_elsewhere_do_not_hold(connection: sa.Connection) -> None:
    """A row that the same changeset lets refer to another one stays, and what it referred to goes."""
    shop = Test(path="/shop", value={"slug": "mill"}), Replace(path="/shop", value={"slug": "barn"})
    turned = Update(n=2, entity="sales", key={"slug": "s1"}, patch=shop)
    assert conflicts(connection, gone(1, "shops", "mill"), turned) == []
    assert rows(connection) == [1, 1, 1]


def test_rows_that_come_hold_too(connection: sa.Connection) -> None:
    """A row that the same changeset creates is not swept away by what it refers to."""
    sale = Create(n=2, entity="sales", key={"slug": "s2"}, values={"slug": "s2", "shop": {"slug": "barn"}})
    assert conflicts(connection, gone(1, "shops", "barn"), sale) == [(1, "constraint", "sales s2 refers to it")]


def test_a_row_is_deleted_once(connection: sa.Connection) -> None:
    """A second operation that deletes the same row, as a file edited by hand may have, is a conflict."""
    twice = [gone(n, "shops", "barn") for n in (1, 2)]
    assert conflicts(connection, *twice) == [(2, "missing", "operation 1 deletes it already")]

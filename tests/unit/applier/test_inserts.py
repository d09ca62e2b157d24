"""Creates that wait for each other: what is filled in later may be refused too, and costs no more for being many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from support.tables import in_memory

from bake.applier.apply import carry_out
from bake.catalog import declaring
from bake.catalog.model import Catalog
from bake.changeset.model import Create

_METADATA = sa.MetaData()
_NODES = sa.Table(
    "nodes",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(20), nullable=False, unique=True),
    sa.Column("parent_id", sa.ForeignKey("nodes.id")),
    sa.CheckConstraint("parent_id <> id OR slug <> 'lone'", name="not_alone"),
)
CATALOG = Catalog("c", _METADATA, {"nodes": declaring.entity(_NODES, keys=(("slug",),))})


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """An empty tree."""
    with in_memory(_METADATA) as opened:
        yield opened


def node(n: int, slug: str, parent: str, by: int) -> Create:
    """A new node below another new one."""
    values = {"slug": slug, "parent": {"slug": parent}}
    return Create(n=n, entity="nodes", key={"slug": slug}, values=values, needs={"/parent": by})


@dataclass
class Cost:
    """What it takes to create rows: statements, and values that are sent with them."""

    statements: int = 0
    values: int = 0


def cost(connection: sa.Connection, creates: list[Create]) -> Cost:
    """What it costs to create these, all of which must be fine."""
    total = Cost()

    def counted(_connection: object, _cursor: object, _statement: str, values: Any, *_: object) -> None:
        total.statements += 1
        total.values += len(values)

    sa.event.listen(connection, "before_cursor_execute", counted)
    assert carry_out(creates, connection, CATALOG).conflicts == ()
    sa.event.remove(connection, "before_cursor_execute", counted)
    return total


def test_what_is_filled_in_may_be_refused(connection: sa.Connection) -> None:
    """A constraint that only the filled-in reference breaks is a conflict of that row, and no exception."""
    [conflict] = carry_out([node(1, "free", "free", 1), node(2, "lone", "lone", 2)], connection, CATALOG).conflicts
    assert (conflict.operation, conflict.kind) == (2, "constraint")


def test_many_rows_are_filled_in_together(connection: sa.Connection) -> None:
    """Rows that refer to themselves cost statements by the batch, not by the row."""
    few = cost(connection, [node(n, f"a{n}", f"a{n}", n) for n in range(1, 4)])
    many = cost(connection, [node(n, f"b{n}", f"b{n}", n) for n in range(1, 101)])
    assert many.statements == few.statements


def test_a_chain_is_followed_once(connection: sa.Connection) -> None:
    """Each further level of a tree costs the same: rows that wait are not looked at again and again."""
    connection.execute(_NODES.insert(), [{"slug": "root"}])

    def chain(name: str, length: int) -> Cost:
        first = Create(n=1, entity="nodes", key={"slug": f"{name}1"}, values={"slug": f"{name}1"})
        rest = [node(n, f"{name}{n}", f"{name}{n - 1}", n - 1) for n in range(2, length + 1)]
        return cost(connection, [*reversed(rest), first])

    short, middle, long = chain("a", 10), chain("b", 20), chain("c", 30)
    assert long.values - middle.values == middle.values - short.values
    assert long.statements - middle.statements == middle.statements - short.statements

"""Creates that wait for each other: what is filled in later may be refused too, and costs no more for being many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa
from support.tables import in_memory

from bake.applier.apply import carry_out
from bake.applier.schedule import Schedule
from bake.catalog import declaring
from bake.catalog.model import Catalog
from bake.changeset.model import Create, Delete, Operation, Replace, Update
from bake.changeset.model import Test as Expected
from bake.errors import NotProven

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


def slugs(connection: sa.Connection) -> dict[str, str | None]:
    """Each node's parent, by slug."""
    rows = connection.execute(sa.select(_NODES.c.id, _NODES.c.slug, _NODES.c.parent_id)).all()
    names = {row.id: row.slug for row in rows}
    return {row.slug: names.get(row.parent_id) for row in rows}


ROOT = Create(n=1, entity="nodes", key={"slug": "root"}, values={"slug": "root"})
GONE = Delete(n=9, entity="nodes", key={"slug": "held"}, before={"slug": "held", "parent": None})


def test_a_key_that_a_row_has_is_a_conflict_of_what_waited(connection: sa.Connection) -> None:
    """A row that is created after the one that it refers to is never left out in silence where its key is taken."""
    connection.execute(_NODES.insert(), [{"slug": "held"}])
    [conflict] = carry_out([node(2, "held", "root", 1), ROOT], connection, CATALOG).conflicts
    assert (conflict.operation, conflict.kind, conflict.key) == (2, "exists", {"slug": "held"})


@pytest.mark.parametrize(
    "creates",
    [
        [node(2, "held", "root", 1), node(3, "leaf", "held", 2), ROOT],
        [node(2, "held", "other", 3), node(3, "other", "held", 2), ROOT],
    ],
    ids=["that waits, and is waited for", "of a cycle"],
)
def test_a_key_that_a_delete_lets_go_of_is_given(connection: sa.Connection, creates: list[Create]) -> None:
    """A row that takes a deleted row's key is there in the end, and so is what refers to it."""
    connection.execute(_NODES.insert(), [{"slug": "held"}])
    assert carry_out([*creates, GONE], connection, CATALOG).conflicts == ()
    parents = {create.key["slug"]: create.values.get("parent", {}).get("slug") for create in creates}
    assert slugs(connection) == parents


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_reference_means_the_row_that_is_created(connection: sa.Connection, order: Sequence[int]) -> None:
    """Not the one that has its key until it is renamed, in whatever order the operations stand in the file."""
    connection.execute(_NODES.insert(), [{"slug": "held"}])
    renamed = (Expected(path="/slug", value="held"), Replace(path="/slug", value="before"))
    operations: list[Operation] = [
        Update(n=1, entity="nodes", key={"slug": "held"}, patch=renamed),
        Create(n=2, entity="nodes", key={"slug": "held"}, values={"slug": "held"}),
        node(3, "leaf", "held", 2),
    ]
    assert carry_out([operations[n] for n in order], connection, CATALOG).conflicts == ()
    assert slugs(connection) == {"before": None, "held": None, "leaf": "held"}


def test_every_operation_is_accounted_for(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that only expects something counts; what would be lost on the way stops the application."""
    connection.execute(_NODES.insert(), [{"slug": "held"}])
    expects = Update(n=2, entity="nodes", key={"slug": "held"}, patch=(Expected(path="/parent", value=None),))
    outcome = carry_out([ROOT, expects], connection, CATALOG)
    assert (outcome.conflicts, outcome.counts) == ((), {"nodes": {"create": 1}})
    monkeypatch.setattr(Schedule, "finish", lambda _: None)
    again = Create(n=1, entity="nodes", key={"slug": "again"}, values={"slug": "again"})
    with pytest.raises(NotProven, match="1 of 2 operations"):
        carry_out([again, node(2, "leaf", "later", 3)], connection, CATALOG)


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

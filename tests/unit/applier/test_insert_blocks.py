"""Blocks of creates: the order of their ids, and that what is wrong with one is told of it alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from support.tables import in_memory

from bake.applier.apply import carry_out
from bake.catalog import declaring
from bake.catalog.model import Catalog
from bake.changeset.model import Create
from bake.errors import NotProven

_METADATA = sa.MetaData()
_TINS = sa.Table(
    "tins",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.String(20), nullable=False, unique=True),
    sa.Column("label", sa.String(20), unique=True),
    sa.Column("shelf", sa.Integer, nullable=False, default=7),
)
CATALOG = Catalog("c", _METADATA, {"tins": declaring.entity(_TINS, keys=(("slug",),))})


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """No tins yet."""
    with in_memory(_METADATA) as opened:
        yield opened


def tin(n: int, slug: str, **values: Any) -> Create:
    """A new tin."""
    return Create(n=n, entity="tins", key={"slug": slug}, values={"slug": slug, **values})


def test_ids_follow_the_creates(connection: sa.Connection) -> None:
    """Rows for which the same columns take their default get their ids in order, whatever else they give."""
    creates = [tin(1, "b", label="B"), tin(2, "c", shelf=1), tin(3, "a"), tin(4, "d", label="D"), tin(5, "e", shelf=2)]
    assert carry_out(creates, connection, CATALOG).conflicts == ()
    rows = connection.execute(sa.select(_TINS.c.slug, _TINS.c.label, _TINS.c.shelf).order_by(_TINS.c.id)).all()
    assert rows == [("b", "B", 7), ("a", None, 7), ("d", "D", 7), ("c", None, 1), ("e", None, 2)]


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (tin(2, "a"), "exists"),
        (tin(2, "there"), "exists"),
        (tin(2, "b", label="A"), "constraint"),
        (tin(2, "b", shelf="x"), "constraint"),
        (Create(n=2, entity="tins", key={"slug": "b", "shelf": 1}, values={"slug": "a"}), "exists"),
    ],
)
def test_what_is_wrong_is_told_of_it_alone(connection: sa.Connection, second: Create, kind: str) -> None:
    """A key that is taken, a refusal, a value that does not fit: the conflict is told, and only that."""
    connection.execute(_TINS.insert(), [{"slug": "there"}])
    outcome = carry_out([tin(1, "a", label="A"), second], connection, CATALOG)
    assert [(conflict.operation, conflict.kind) for conflict in outcome.conflicts] == [(2, kind)]


def test_a_row_under_another_key_is_not_proven(connection: sa.Connection) -> None:
    """A create whose values give another key than the one it names keeps nothing."""
    with pytest.raises(NotProven, match="tins a did not read back"):
        carry_out([Create(n=1, entity="tins", key={"slug": "a"}, values={"slug": "b"})], connection, CATALOG)


def test_a_trigger_that_changes_rows_is_noticed(connection: sa.Connection) -> None:
    """What the database makes of a field that was written is no more what was written."""
    trigger = "CREATE TRIGGER t AFTER INSERT ON tins BEGIN UPDATE tins SET label = 'X' WHERE id = new.id; END"
    connection.exec_driver_sql(trigger)
    with pytest.raises(NotProven) as refused:
        carry_out([tin(1, "a", label="A")], connection, CATALOG)
    assert [problem.message for problem in refused.value.problems] == ["label is 'X' after writing; expected 'A'"]

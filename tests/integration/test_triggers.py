"""Triggers that change rows which the changeset has written, on each database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from support.market import MARKET, uid
from support.tables import seed

from bake.applier import apply as applying
from bake.applier.apply import carry_out
from bake.changeset.model import Create, Delete, Operation, Replace, Test, Update
from bake.database.engine import Database
from bake.database.schema import create_tables
from bake.errors import NotProven

ROWS = {
    "grains": [
        {"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"},
        {"id": 2, "uuid": uid(2), "slug": "rye", "name": "Rye"},
    ]
}
#: When a shop is inserted, something is done to the grains.
TRIGGERS = {
    "sqlite": ("CREATE TRIGGER t AFTER INSERT ON shops BEGIN {0}; END",),
    "mysql": ("CREATE TRIGGER t AFTER INSERT ON shops FOR EACH ROW {0}",),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {0}; RETURN NEW; END $$",
        "CREATE TRIGGER t AFTER INSERT ON shops FOR EACH ROW EXECUTE FUNCTION f()",
    ),
}
SAYS = "name is 'X' at the end; expected \"{0}\""
SHOP = Create(n=3, entity="shops", key={"slug": "mill"}, values={"uuid": uid(9), "slug": "mill", "name": "The Mill"})


def renamed(n: int, after: str) -> Update:
    """An update of the name of wheat."""
    patch = (Test(path="/name", value="Wheat"), Replace(path="/name", value=after))
    return Update(n=n, entity="grains", key={"slug": "wheat"}, patch=patch)


@pytest.fixture
def market(database: Database) -> Database:
    """A market with two grains."""
    with database.writing() as connection:
        create_tables(connection, MARKET)
        seed(connection, ROWS)
    return database


def carried_out(database: Database, does: str, *operations: Operation) -> dict[str, str]:
    """The names of the grains by slug, after operations in a database with a trigger."""
    with database.writing() as connection:
        for statement in TRIGGERS[connection.dialect.name.replace("mariadb", "mysql")]:
            connection.execute(sa.text(statement.format(does)))
    with database.writing(keep=False) as connection:
        assert carry_out(operations, connection, MARKET).conflicts == ()
        return {row.slug: row.name for row in connection.execute(sa.text("SELECT slug, name FROM grains"))}


@pytest.mark.parametrize(
    ("does", "earlier", "says"),
    [
        (
            "UPDATE grains SET name = 'X' WHERE slug = 'wheat'",
            renamed(1, "W"),
            "name is 'X' at the end; expected \"W\"",
        ),
        ("DELETE FROM grains WHERE slug = 'wheat'", renamed(1, "W"), "it is gone"),
        (
            "UPDATE grains SET name = 'X' WHERE slug = 'oat'",
            Create(n=1, entity="grains", key={"slug": "oat"}, values={"uuid": uid(3), "slug": "oat", "name": "Oat"}),
            SAYS.format("Oat"),
        ),
    ],
)
def test_a_row_that_a_trigger_changes_later_is_noticed(
    market: Database, monkeypatch: pytest.MonkeyPatch, does: str, earlier: Operation, says: str
) -> None:
    """It was read back, and was right then; another row of the same changeset makes the trigger change it."""
    monkeypatch.setattr(applying, "BATCH", 1)
    with pytest.raises(NotProven, match=r"operation 1: grains .* is not at the end as it was written") as caught:
        carried_out(market, does, earlier, SHOP)
    assert [problem.message for problem in caught.value.problems] == [says]


def test_what_a_trigger_does_to_other_rows_and_fields_is_its_business(market: Database) -> None:
    """Rows and fields that nobody wrote may change; a field that is written twice has its last value."""
    again = Update(
        n=2,
        entity="grains",
        key={"slug": "wheat"},
        patch=(Test(path="/name", value="W"), Replace(path="/name", value="V")),
    )
    does = "UPDATE grains SET density = 1, name = CASE slug WHEN 'rye' THEN 'X' ELSE name END"
    delete = Delete(n=4, entity="grains", key={"slug": "rye"}, before={"slug": "rye", "name": "X"})
    assert carried_out(market, does, renamed(1, "W"), again, SHOP) == {"wheat": "V", "rye": "X"}
    with market.writing(keep=False) as connection:
        connection.execute(sa.text("UPDATE grains SET name = 'X' WHERE slug = 'rye'"))
        assert carry_out([renamed(1, "W"), again, SHOP, delete], connection, MARKET).conflicts == ()

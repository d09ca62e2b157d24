"""A catalog of whatever tables there are: what the schema says is in it, and what cannot be in it is said."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bake.catalog.checked import checked
from bake.catalog.field_types import Exact
from bake.catalog.reflect import reflect
from bake.catalog.view import Role
from bake.errors import UsageError

_SHOP = (
    "CREATE TABLE shops (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, town VARCHAR(20), UNIQUE (name))",
    """CREATE TABLE goods (id INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, code VARCHAR(9) NOT NULL UNIQUE,
    price DECIMAL, shop_id INTEGER NOT NULL REFERENCES shops (id), shelf VARCHAR(9), UNIQUE (shop_id, code))""",
    "CREATE UNIQUE INDEX some ON goods (shelf) WHERE shelf IS NOT NULL",
    "CREATE TABLE tags (word VARCHAR(20) PRIMARY KEY)",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(20), goods_id INTEGER REFERENCES goods (id))",
    "CREATE TABLE bake_changesets (id INTEGER PRIMARY KEY, digest VARCHAR(20) NOT NULL UNIQUE)",
)


def engine(*statements: str) -> sa.Engine:
    """A database of these tables."""
    made = sa.create_engine("sqlite://")
    with made.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    return made


def test_what_the_schema_says() -> None:
    """Keys: short ones first, texts before numbers; nothing that takes null, nothing that holds for some rows only."""
    catalog = checked(reflect(engine(*_SHOP), name="shop"))
    assert (catalog.name, catalog.order) == ("shop", ("shops", "goods"))
    assert catalog.entities["shops"].keys == (("name",),)
    assert catalog.entities["goods"].keys == (("code",), ("number",), ("code", "shop"))
    assert catalog.entities["goods"].references == {"shop": "shops"}
    assert catalog.entities["goods"].fields["shelf"].required is False


def test_each_entity_has_a_view() -> None:
    """With all its columns, references by what names them."""
    view = reflect(engine(*_SHOP)).view("view", "goods")
    assert view is not None
    roles = {column.name: column.role for column in view.columns}
    assert roles["code"] is roles["shop_name"] is Role.EDITABLE
    assert roles["id"] is Role.IDENTITY


def test_a_decimal_of_any_size() -> None:
    """NUMERIC without precision has room for fractions."""
    declared = reflect(engine(*_SHOP)).entities["goods"].fields["price"].type
    assert isinstance(declared, Exact)
    assert declared.scale == 9


def test_metadata_is_as_good_as_a_database() -> None:
    """Declared tables give the same catalog as the database that they make."""
    metadata = sa.MetaData()
    sa.Table(
        "shops",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20), nullable=False, unique=True),
    )
    made = engine()
    metadata.create_all(made)
    declared, found = reflect(metadata), reflect(made)
    assert declared.entities["shops"].keys == found.entities["shops"].keys == (("name",),)
    assert declared.entities["shops"].fields == found.entities["shops"].fields


@pytest.mark.parametrize(
    ("only", "why"),
    [
        (["tags"], "tags: its primary key is not an integer id"),
        (["notes"], "notes: nothing but its id names a row: no uuid, no unique columns without null"),
        (["shops", "nothing"], "nothing: there is no such table"),
    ],
)
def test_what_cannot_be_an_entity(only: list[str], why: str) -> None:
    """A table that was asked for and cannot be one is an error with the reason."""
    with pytest.raises(UsageError) as refused:
        reflect(engine(*_SHOP), only=only)
    assert [problem.message for problem in refused.value.problems] == [why]


def test_what_is_referred_to_has_to_be_there() -> None:
    """A reference that would lead nowhere is refused when the catalog is made."""
    with pytest.raises(UsageError, match="goods refers to shops"):
        reflect(engine(*_SHOP), only=["goods"])


def test_an_empty_database() -> None:
    """There is nothing to make a catalog of."""
    with pytest.raises(UsageError):
        reflect(engine())

"""A catalog of whatever tables there are: what the schema says is in it, and what cannot be in it is said."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from support import wholesale

from bake.catalog.checked import checked
from bake.catalog.field_types import Exact
from bake.catalog.reflect import Reflection, reflect, reflection
from bake.catalog.view import Role
from bake.errors import UsageError

_SHOP = (
    "CREATE TABLE shops (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, town VARCHAR(20), UNIQUE (name))",
    """CREATE TABLE goods (id INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, code VARCHAR(9) NOT NULL UNIQUE,
    price DECIMAL, shop_id INTEGER NOT NULL REFERENCES shops (id), shelf VARCHAR(9), UNIQUE (shop_id, code))""",
    "CREATE UNIQUE INDEX some ON goods (shelf) WHERE shelf IS NOT NULL",
    "CREATE TABLE tags (word VARCHAR(20))",
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


def test_models_say_what_is_sensitive() -> None:
    """A column's `info` marks it; one that is unique is no key then, since a key is shown."""
    metadata = sa.MetaData()
    phone = sa.Column("phone", sa.String(20), nullable=False, unique=True, info={"sensitive": True})
    sa.Table("people", metadata, sa.Column("id", sa.Integer, primary_key=True), phone, sa.Column("name", sa.String(20)))
    people = checked(reflect(metadata)).entities["people"]
    assert people.sensitive == ("phone",)
    assert (people.keys, people.counted) == ((), "people_id")


@pytest.mark.parametrize(
    ("only", "why"),
    [
        (["tags"], "tags: it has no primary key"),
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


def made() -> Reflection:
    """What the schema of `support.wholesale` says."""
    return reflection(wholesale.METADATA)


@pytest.mark.parametrize(
    ("entity", "keys", "counted"),
    [
        ("countries", (("name",), ("code",)), None),
        ("categories", (("number",),), None),
        ("suppliers", (), "supplier_number"),
        ("details", (("sku",),), None),
        ("orders", (("branch", "number"),), None),
        ("order_lines", (("orders", "line"),), None),
        ("staff", (("email",),), None),
        ("log", (), "log_id"),
    ],
)
def test_keys_of_every_kind(entity: str, keys: tuple[tuple[str, ...], ...], counted: str | None) -> None:
    """Unique columns first, then a primary key that means something; a number only if nothing else names a row.

    A unique column that takes null is no key: rows without a value in it would be taken for one row.
    """
    item = made().catalog.entities[entity]
    assert (item.keys, item.counted) == (keys, counted)


def test_a_uuid_is_the_uuid() -> None:
    """Whatever the column of the primary key is called; records have it under the name of the column."""
    catalog = made().catalog
    assert catalog.entities["parcels"].portable_keys == (("uuid",),)
    assert catalog.plain_view("parcels").by_name["id"].path == ("uuid",)


def test_no_column_is_lost() -> None:
    """Every column of every table is part of a field, or is the number by which the database tells rows apart."""
    for name, item in made().catalog.entities.items():
        hidden = {column.name for column in item.table.columns} - item.by_column.keys()
        assert hidden == ({"id"} if item.has_surrogate else set()), name
    assert {"group", "group_id"} <= made().catalog.entities["products"].fields.keys()


def test_references_hold_what_they_refer_to() -> None:
    """A reference to other columns than the primary key says so, and one of several columns has all of them."""
    entities = made().catalog.entities
    category, order = entities["products"].fields["category_number"], entities["order_lines"].fields["orders"]
    assert (category.target, category.refers_to) == ("categories", ("number",))
    assert (order.columns, order.refers_to) == (("branch", "order_number"), ("branch", "number"))


def test_columns_are_called_as_in_the_table() -> None:
    """Where a column holds what names a row in every database, its name in a view is its own."""
    view = made().catalog.view("view", "parcels")
    assert view is not None
    exported = {column.name: column.path for column in view.columns if column.exported}
    assert exported == {
        "id": ("uuid",),
        "branch": ("order_lines", "orders", "branch"),
        "order_number": ("order_lines", "orders", "number"),
        "line": ("order_lines", "line"),
        "weight": ("weight",),
    }


_ODD = (
    "CREATE TABLE tenants (name TEXT NOT NULL PRIMARY KEY)",
    "CREATE TABLE sites (tenant TEXT NOT NULL REFERENCES tenants (name), n INTEGER NOT NULL, PRIMARY KEY (tenant, n))",
    """CREATE TABLE visits (tenant TEXT NOT NULL, site INTEGER, day DATE NOT NULL, noise,
    PRIMARY KEY (tenant, day), FOREIGN KEY (tenant, site) REFERENCES sites (tenant, n),
    FOREIGN KEY (tenant) REFERENCES tenants (name))""",
    "CREATE TABLE bare (n INTEGER, tenant TEXT REFERENCES tenants (name))",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, bare INTEGER REFERENCES bare (n))",
    "CREATE TABLE ring (other INTEGER PRIMARY KEY REFERENCES ring (other))",
)


def test_rows_that_need_each_other_are_said() -> None:
    """A shop that needs its manager, who needs a shop: both are named."""
    circle = (
        "CREATE TABLE shops (name TEXT NOT NULL PRIMARY KEY, manager TEXT NOT NULL REFERENCES staff (email))",
        "CREATE TABLE staff (email TEXT NOT NULL PRIMARY KEY, shop TEXT NOT NULL REFERENCES shops (name))",
        "CREATE TABLE tills (n TEXT NOT NULL PRIMARY KEY, shop TEXT NOT NULL REFERENCES shops (name))",
    )
    notes = reflection(engine(*circle)).notes
    assert {name: len(lines) for name, lines in notes.items()} == {"shops": 1, "staff": 1}


def test_what_is_left_out_is_said() -> None:
    """Tables without a key, columns without a value, foreign keys that cannot be followed: each with the reason."""
    found = reflection(engine(*_ODD))
    assert found.left_out == {
        "bare": "it has no primary key",
        "ring": "its primary key is made of references that lead back to it",
    }
    assert found.notes["notes"] == ["bare refers to bare, which is left out: a value"]
    blob, site = found.notes["visits"]
    assert blob.startswith("visits.noise: Bake has no value for the type NullType")
    assert site.startswith("site, tenant refers to sites: some of its columns are in the primary key")
    visits = found.catalog.entities["visits"]
    assert (dict(visits.references), visits.keys) == ({"tenant": "tenants"}, (("tenant", "day"),))

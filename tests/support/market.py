"""A market: a catalog that has one of everything that rules speak of, for pure tests and for real databases.

people   slug; lives next to shops, which live next to people: two entities that refer to each other
shops    slug (derived), or name, city and state; a read-only date; a check; a value of most types
grains   slug; a tree
bags     no slug: a key through a reference, one part of which may be null
sales    no natural key, only a uuid; may look like doubles; prices may be outliers
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bake.catalog import declaring
from bake.catalog.checked import checked
from bake.catalog.columns import ExactDecimal
from bake.catalog.field import Derivation, Outlier
from bake.catalog.model import Catalog
from bake.catalog.view import Column, Role, View

_METADATA = sa.MetaData()


def uid(number: int) -> str:
    """A uuid that is easy to tell from others."""
    return f"00000000-0000-4000-8000-{number:012d}"


def _uuid() -> str:
    return str(uuid4())


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    uuid = sa.Column("uuid", sa.String(36), nullable=False, unique=True, default=_uuid, info={"uuid": True})
    return sa.Table(name, _METADATA, sa.Column("id", sa.Integer, primary_key=True), uuid, *columns)


def _long_enough(value: str) -> str | None:
    return None if len(value) >= 3 else f"{value!r} is short for a name"


_PEOPLE = declaring.entity(
    _table(
        "people",
        sa.Column("slug", sa.String(60), nullable=False, unique=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("shop_id", sa.ForeignKey("shops.id", name="fk_people_shop", use_alter=True)),
    ),
    keys=(("slug",),),
    alternates=("name",),
    label="{name}",
)

_SHOPS = declaring.entity(
    _table(
        "shops",
        sa.Column("slug", sa.String(60), nullable=False, unique=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("city", sa.String(60)),
        sa.Column("state", sa.String(60)),
        sa.Column("owner_id", sa.ForeignKey("people.id")),
        sa.Column("open", sa.Boolean),
        sa.Column("rating", sa.Integer, info={"minimum": 0, "maximum": 5}),
        sa.Column("founded", sa.Date),
        sa.Column("tags", sa.JSON),
    ),
    keys=(("slug",), ("name", "city", "state")),
    alternates=("name",),
    label="{name} ({city})",
    derived={"slug": Derivation(((("name",),), (("city",),)))},
    checks={"name": (_long_enough,)},
    read_only=frozenset({"founded"}),
)

_GRAINS = declaring.entity(
    _table(
        "grains",
        sa.Column("slug", sa.String(60), nullable=False, unique=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("parent_id", sa.ForeignKey("grains.id")),
        sa.Column("density", sa.Double),
    ),
    keys=(("slug",),),
    alternates=("name",),
    label="{name}",
    derived={"slug": Derivation(((("name",),),))},
)

_BAGS = declaring.entity(
    _table(
        "bags",
        sa.Column("grain_id", sa.ForeignKey("grains.id"), nullable=False),
        sa.Column("brand", sa.String(60)),
        sa.Column("weight", ExactDecimal(10, 4), nullable=False, info={"above": 0}),
        sa.Column("colour", sa.String(10), info={"options": ("white", "brown")}),
        sa.Column("note", sa.String(100)),
    ),
    keys=(("grain", "brand", "weight"),),
    label="{brand} {weight}",
)

_SALES = declaring.entity(
    _table(
        "sales",
        sa.Column("bag_id", sa.ForeignKey("bags.id"), nullable=False),
        sa.Column("shop_id", sa.ForeignKey("shops.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("price", ExactDecimal(10, 4), nullable=False, info={"minimum": 0}),
        sa.Column("note", sa.String(100)),
    ),
    label="{price} on {day}",
    likeness=("bag", "shop", "day", "price"),
    outliers=(Outlier("price", by="bag", order="day"),),
)

#: Bags as a spreadsheet sees them: named by an id, with the grain as context; brand and weight are not to be changed.
_SHELF = View(
    "shelf",
    "bags",
    (
        Column("id", ("id",), Role.IDENTITY),
        Column("grain_id", ("grain", "id"), Role.CONTEXT),
        Column("grain", ("grain", "slug"), Role.CONTEXT),
        Column("brand", ("brand",), Role.CONTEXT),
        Column("weight", ("weight",), Role.CONTEXT),
        Column("colour", ("colour",), Role.EDITABLE),
        Column("note", ("note",), Role.EDITABLE),
        Column("last_price", (), Role.COMPUTED),
    ),
    envelope="shelf",
)

#: Sales as a spreadsheet sees them, with the shop named as people name it.
_TILL = View(
    "till",
    "sales",
    (
        Column("id", ("id",), Role.IDENTITY),
        Column("uuid", ("uuid",), Role.IDENTITY),
        Column("grain", ("bag", "grain", "slug"), Role.CONTEXT),
        Column("brand", ("bag", "brand"), Role.CONTEXT),
        Column("weight", ("bag", "weight"), Role.CONTEXT),
        Column("shop_name", ("shop", "name"), Role.EDITABLE),
        Column("shop_city", ("shop", "city"), Role.EDITABLE),
        Column("day", ("day",), Role.CONTEXT),
        Column("price", ("price",), Role.EDITABLE),
        Column("note", ("note",), Role.EDITABLE),
    ),
    envelope="till",
)

MARKET = checked(
    Catalog(
        "market",
        _METADATA,
        {entity.name: entity for entity in (_PEOPLE, _SHOPS, _GRAINS, _BAGS, _SALES)},
        (_SHELF, _TILL),
    )
)

"""What the tables do not say: how rows are named, what can be derived, what looks like a double or a slip."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bake.catalog import reflect
from bake.catalog.bakery.checks import check_digit
from bake.catalog.bakery.models import Base
from bake.catalog.model import Derivation, Entity, Outlier

# What other files say of a product where it has no slug.
_PRODUCT_PARTS = {
    "ingredient_slug": ("product", "ingredient", "slug"),
    "product_brand": ("product", "brand"),
    "product_name": ("product", "product_name"),
    "package_size": ("product", "package_size"),
    "package_unit": ("product", "package_unit"),
    "package_unit_quantity": ("product", "package_unit_quantity"),
}


def _table(name: str) -> sa.Table:
    return Base.metadata.tables[name]


def _entity(table: str, **declared: Any) -> Entity:
    return reflect.entity(_table(table), read_only=frozenset({"created_at"}), **declared)


SUPPLIERS = _entity(
    "suppliers",
    keys=(("slug",), ("name", "city", "state")),
    alternates=("name", "display_name"),
    label="{name} ({city}, {state})",
    derived={"slug": Derivation(((("name",),), (("city",),), (("state",),)))},
    aliases={"zip": ("zip_code",)},
)

INGREDIENTS = _entity(
    "ingredients",
    keys=(("slug",),),
    alternates=("display_name",),
    label="{display_name}",
    derived={"slug": Derivation(((("display_name",),),))},
)

PRODUCTS = _entity(
    "products",
    keys=(
        ("slug",),
        ("ingredient", "brand", "product_name", "package_size", "package_unit", "package_unit_quantity"),
    ),
    alternates=("upc_code", "gtin"),
    label="{brand} {product_name} ({package_unit_quantity} {package_unit})",
    derived={
        "slug": Derivation(
            (
                (("brand",),),
                (("product_name",), ("ingredient", "slug")),
                (("package_unit_quantity",),),
                (("package_unit",),),
            )
        )
    },
    checks={"upc_code": (check_digit,), "gtin": (check_digit,)},
    aliases={"supplier_name": ("preferred_supplier", "name")},
)

PURCHASES = _entity(
    "purchases",
    label="{product}: {quantity_purchased} at {unit_price} on {purchase_date}",
    lookalike=("product", "supplier", "purchase_date", "unit_price", "quantity_purchased"),
    outliers=(Outlier("unit_price", by="product", order="purchase_date"),),
    aliases=_PRODUCT_PARTS,
)

INVENTORY_ITEMS = _entity(
    "inventory_items",
    label="{product}: {quantity} ({location})",
    lookalike=(
        "product",
        "purchase",
        "quantity",
        "purchase_date",
        "addition_date",
        "expiration_date",
        "location",
        "lot_or_batch",
        "notes",
    ),
    aliases=_PRODUCT_PARTS,
)

ENTITIES = (SUPPLIERS, INGREDIENTS, PRODUCTS, PURCHASES, INVENTORY_ITEMS)

"""What is bought and stocked: suppliers, ingredients, products, purchases, the inventory."""

from __future__ import annotations

from sqlalchemy import Boolean, Date, Index, Integer, String

from bake.catalog.bakery import units
from bake.catalog.bakery.tables.base import (
    ABOVE_0,
    CODE,
    MINIMUM_0,
    MONEY,
    NAME,
    NOTES,
    QUANTITY,
    SLUG,
    may_refer,
    optional,
    refers,
    required,
    table,
)

#: A shop, or a web site that sells.
#:
#: `display_name`, `location` and `full_address` are texts of their own: they come with files that have nothing else.
SUPPLIERS = table(
    "suppliers",
    required("slug", SLUG, unique=True),
    required("name", NAME),
    optional("display_name", NAME),
    required("supplier_type", CODE, default="physical", info={"options": ("physical", "online")}),
    optional("street_address", NAME),
    optional("city", String(100)),
    optional("state", String(100)),
    optional("zip_code", CODE),
    optional("location", NAME),
    optional("full_address", String(500)),
    optional("website", String(500)),
    required("is_active", Boolean(), default=True),
    optional("notes", NOTES),
)

#: What recipes call for, in a tree of three levels: category, subcategory, ingredient.
#:
#: Its density says that so much volume weighs so much: 1 cup is 7.93 oz.
INGREDIENTS = table(
    "ingredients",
    required("slug", SLUG, unique=True),
    required("display_name", NAME),
    may_refer("parent_id", "ingredients.id"),
    required("hierarchy_level", Integer(), default=2, info={"minimum": 0, "maximum": 2}),
    optional("category", String(100)),
    optional("description", NOTES),
    required("is_packaging", Boolean(), default=False),
    optional("density_volume_value", QUANTITY, info=ABOVE_0),
    optional("density_volume_unit", CODE, info={"options": units.VOLUME, "spellings": units.SPELLINGS}),
    optional("density_weight_value", QUANTITY, info=ABOVE_0),
    optional("density_weight_unit", CODE, info={"options": units.WEIGHT, "spellings": units.SPELLINGS}),
    optional("notes", NOTES),
)

#: A package of an ingredient as a shop sells it: `package_unit_quantity` of `package_unit`.
PRODUCTS = table(
    "products",
    required("slug", SLUG, unique=True),
    refers("ingredient_id", "ingredients.id", index=False),
    optional("brand", NAME),
    optional("product_name", NAME),
    optional("package_size", QUANTITY, info=ABOVE_0),
    optional("package_type", String(50)),
    required("package_unit", CODE, info={"options": units.PACKAGE, "spellings": units.SPELLINGS}),
    required("package_unit_quantity", QUANTITY, info=ABOVE_0),
    optional("upc_code", CODE),
    optional("gtin", CODE),
    may_refer("preferred_supplier_id", "suppliers.id"),
    required("preferred", Boolean(), default=False),
    required("is_hidden", Boolean(), default=False),
    optional("notes", NOTES),
    # Products without a slug are looked up by what they are.
    Index("ix_products_contents", "ingredient_id", "brand", "product_name"),
)

#: So many packages of a product, bought on one day at one price each.
PURCHASES = table(
    "purchases",
    refers("product_id", "products.id"),
    refers("supplier_id", "suppliers.id"),
    required("purchase_date", Date()),
    required("unit_price", MONEY, info=MINIMUM_0),
    required("quantity_purchased", QUANTITY, info=ABOVE_0),
    optional("notes", NOTES),
)

#: What is on the shelf of a product, in its package unit; `purchase` says where it came from, if that is known.
INVENTORY_ITEMS = table(
    "inventory_items",
    refers("product_id", "products.id"),
    may_refer("purchase_id", "purchases.id"),
    required("quantity", QUANTITY, info=MINIMUM_0),
    optional("unit_cost", MONEY, info=MINIMUM_0),
    optional("purchase_date", Date()),
    optional("addition_date", Date()),
    optional("expiration_date", Date()),
    optional("opened_date", Date()),
    optional("location", NAME),
    optional("lot_or_batch", String(100)),
    optional("notes", NOTES),
)

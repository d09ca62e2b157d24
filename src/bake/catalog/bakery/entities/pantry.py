"""The entities of the pantry: suppliers, ingredients, products, purchases and inventory items."""

from __future__ import annotations

from bake.catalog.bakery import synonyms
from bake.catalog.bakery.checks import check_digit, codes_differ, nobodys_code, same_code, size_in_name, unit_alone
from bake.catalog.bakery.entities.declaring import TRANSACTIONAL, declare
from bake.catalog.field import Composite, Derivation, Dialect, Outlier, RowCheck

# Columns by which files of other programs name a product without a slug.
_PRODUCT_PARTS = {
    "ingredient_slug": ("product", "ingredient", "slug"),
    "product_brand": ("product", "brand"),
    "product_name": ("product", "product_name"),
    "package_size": ("product", "package_size"),
    "package_unit": ("product", "package_unit"),
    "package_unit_quantity": ("product", "package_unit_quantity"),
    "upc_code": ("product", "upc_code"),
    "gtin": ("product", "gtin"),
}


SUPPLIERS = declare(
    "suppliers",
    keys=(("slug",), ("name", "city", "state")),
    alternates=("name", "display_name"),
    label="{name} ({city}, {state})",
    derived={"slug": Derivation(((("name",),), (("city",),), (("state",),)))},
    aliases={"zip": ("zip_code",), "website_url": ("website",)},
    synonyms={
        "name": (*synonyms.SUPPLIER, "supplier name"),
        "street_address": ("street", "address"),
        "zip_code": ("zip", "postal code", "postcode"),
        "is_active": ("active",),
        "website": ("web", "url"),
        "notes": synonyms.NOTES,
    },
)

INGREDIENTS = declare(
    "ingredients",
    keys=(("slug",),),
    alternates=("display_name",),
    label="{display_name}",
    derived={"slug": Derivation(((("display_name",),),))},
    synonyms={"display_name": ("name", *synonyms.INGREDIENT), "notes": synonyms.NOTES},
)

PRODUCTS = declare(
    "products",
    keys=(
        ("slug",),
        ("ingredient", "brand", "product_name", "package_size", "package_unit", "package_unit_quantity"),
    ),
    alternates=("upc_code", "gtin"),
    title="product_name",
    leaves=("ingredient",),
    codes=("upc_code", "gtin"),
    likeness=("ingredient", "brand", "package_unit_quantity", "package_unit"),
    label="{brand} {product_name} ({package_unit_quantity} {package_unit})",
    # As bake-tracker names a product that has no slug: `cornstarch:Argo:16.0:oz`. A brand may contain a colon.
    composite=Composite((("ingredient", "slug"), ("brand",), ("package_unit_quantity",), ("package_unit",)), loose=1),
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
    checks={"upc_code": (check_digit, nobodys_code), "gtin": (check_digit, nobodys_code)},
    row_checks=(
        RowCheck(frozenset({"product_name", "package_unit", "package_unit_quantity"}), size_in_name),
        RowCheck(frozenset({"package_unit"}), unit_alone),
        RowCheck(frozenset({"upc_code", "gtin"}), codes_differ),
    ),
    normal={"upc_code": same_code, "gtin": same_code},
    aliases={"supplier_name": ("preferred_supplier", "name")},
    synonyms={
        "ingredient": synonyms.INGREDIENT,
        "supplier_name": synonyms.SUPPLIER,
        "brand": synonyms.BRAND,
        "product_name": synonyms.PRODUCT,
        "package_unit": synonyms.UNIT,
        "package_unit_quantity": synonyms.SIZE,
        "upc_code": synonyms.BARCODE,
        "notes": synonyms.NOTES,
    },
)

PURCHASES = declare(
    "purchases",
    group=TRANSACTIONAL,
    label="{product}: {quantity_purchased} at {unit_price} on {purchase_date}",
    likeness=("product", "supplier", "purchase_date", "unit_price", "quantity_purchased"),
    outliers=(Outlier("unit_price", by="product", order="purchase_date"),),
    aliases=_PRODUCT_PARTS,
    synonyms={
        "product": synonyms.PRODUCT,
        "upc_code": synonyms.BARCODE,
        "supplier": synonyms.SUPPLIER,
        "purchase_date": synonyms.BOUGHT_ON,
        "unit_price": synonyms.PRICE,
        "quantity_purchased": synonyms.QUANTITY,
        "notes": synonyms.NOTES,
    },
)

INVENTORY_ITEMS = declare(
    "inventory_items",
    group=TRANSACTIONAL,
    lists=("inventory_updates",),
    updates={"inventory_updates": "product"},
    # How much of a scanned package is left; how much that is of the stock, its record does not say.
    dialects=(Dialect("remaining_percentage", {"remaining_percentage": "quantity"}, percent=("quantity",)),),
    label="{product}: {quantity} ({location})",
    likeness=(
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
    synonyms={
        "product": synonyms.PRODUCT,
        "upc_code": synonyms.BARCODE,
        "quantity": synonyms.ON_HAND,
        "addition_date": ("scanned at",),
        "location": synonyms.PLACE,
        "notes": synonyms.NOTES,
    },
)

"""The views of another bakery program, bake-tracker, in the form in which it writes and reads them.

The ids in its files are those of its own database. Purchases and inventory items name their product by a composite
slug (`Entity.composite`), which lacks the product's name; that is in `product_name`.
"""

from __future__ import annotations

from bake.catalog.entity import ID
from bake.catalog.view import Column, Role, View

_KIND = "bake-tracker-view"


def _identity(name: str, *path: str) -> Column:
    return Column(name, path, Role.IDENTITY)


def _context(name: str, *path: str) -> Column:
    return Column(name, path, Role.CONTEXT)


def _editable(name: str, *path: str) -> Column:
    return Column(name, path or (name,), Role.EDITABLE)


def _shown(name: str) -> Column:
    """A column that is not read: a computed value, or an id of the other database whose row other columns name."""
    return Column(name, (), Role.COMPUTED)


_PRODUCT = (
    _shown("product_id"),
    _context("product_slug", "product", "slug"),
    _context("product_name", "product", "product_name"),
    _context("product_brand", "product", "brand"),
    _context("brand", "product", "brand"),
    _context("package_unit", "product", "package_unit"),
    _context("package_unit_quantity", "product", "package_unit_quantity"),
    _shown("ingredient_id"),
    _context("ingredient_slug", "product", "ingredient", "slug"),
    _context("ingredient_name", "product", "ingredient", "display_name"),
    _context("ingredient_category", "product", "ingredient", "category"),
)

_TIMES = (
    _context("date_added", "created_at"),
    _context("created_at", "created_at"),
    _shown("last_modified"),
    _shown("last_updated"),
)

PRODUCTS = View(
    name="bake-tracker-products",
    entity="products",
    kind=_KIND,
    envelope="products",
    purpose="Products for the application bake-tracker",
    columns=(
        _identity("id", ID),
        _identity("uuid", "uuid"),
        _editable("brand"),
        _editable("product_name"),
        _editable("package_size"),
        _editable("package_type"),
        _editable("package_unit"),
        _editable("package_unit_quantity"),
        _editable("upc_code"),
        _editable("gtin"),
        _editable("notes"),
        _editable("preferred"),
        _editable("is_hidden"),
        _context("ingredient_id", "ingredient", ID),
        _context("ingredient_slug", "ingredient", "slug"),
        _context("ingredient_name", "ingredient", "display_name"),
        _context("ingredient_category", "ingredient", "category"),
        _context("preferred_supplier_id", "preferred_supplier", ID),
        _context("preferred_supplier_name", "preferred_supplier", "name"),
        _shown("last_purchase_price"),
        _shown("last_purchase_date"),
        _shown("inventory_quantity"),
        _context("date_added", "created_at"),
        _shown("last_modified"),
    ),
)

PURCHASES = View(
    name="bake-tracker-purchases",
    entity="purchases",
    kind=_KIND,
    envelope="purchases",
    purpose="Purchases for the application bake-tracker",
    columns=(
        _identity("id", ID),
        _identity("uuid", "uuid"),
        *_PRODUCT,
        _shown("supplier_id"),
        _editable("supplier_slug", "supplier", "slug"),
        _editable("supplier_name", "supplier", "name"),
        _editable("supplier_city", "supplier", "city"),
        _editable("supplier_state", "supplier", "state"),
        _editable("purchase_date"),
        _editable("unit_price"),
        _editable("quantity_purchased"),
        _editable("notes"),
        _shown("total_cost"),
        _shown("inventory_quantity"),
        *_TIMES,
    ),
)

INVENTORY = View(
    name="bake-tracker-inventory",
    entity="inventory_items",
    kind=_KIND,
    envelope="inventory",
    purpose="The inventory for the application bake-tracker",
    columns=(
        _identity("id", ID),
        _identity("uuid", "uuid"),
        *_PRODUCT,
        _context("purchase_id", "purchase", ID),
        _shown("supplier_name"),
        _editable("quantity"),
        _editable("unit_cost"),
        _editable("location"),
        _editable("purchase_date"),
        _editable("addition_date"),
        _editable("expiration_date"),
        _editable("opened_date"),
        _editable("lot_or_batch"),
        _editable("notes"),
        *_TIMES,
    ),
)

BAKE_TRACKER_VIEWS = (PRODUCTS, INVENTORY, PURCHASES)

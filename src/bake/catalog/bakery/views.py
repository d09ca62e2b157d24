"""The views in which a bakery's data is edited: flat records, with read-only context for the reader."""

from __future__ import annotations

from decimal import Decimal

from bake.catalog.bakery import synonyms
from bake.catalog.entity import ID
from bake.catalog.view import Column, Computed, Joined, Latest, Role, Total, View


def _identity(name: str, *path: str) -> Column:
    return Column(name, path, Role.IDENTITY)


def _context(name: str, *path: str, also: tuple[str, ...] = ()) -> Column:
    return Column(name, path, Role.CONTEXT, synonyms=also)


def _editable(name: str, *path: str, also: tuple[str, ...] = (), unit: str | None = None) -> Column:
    return Column(name, path or (name,), Role.EDITABLE, synonyms=also, unit=unit)


def _computed(name: str, how: Computed | None = None) -> Column:
    return Column(name, (), Role.COMPUTED, how)


def _understood(name: str, *path: str, also: tuple[str, ...] = ()) -> Column:
    """A column that is read if a record has it, but is never exported."""
    return Column(name, path, Role.CONTEXT, exported=False, synonyms=also)


def _reference(name: str, role: Role = Role.CONTEXT) -> Column:
    """A reference as a whole: a key or a name of the row, or an object of its fields."""
    return Column(name, (name,), role, exported=False)


#: A record may also give the uuid of its row, and, in place of a slug, something else that identifies a product.
_UUID = Column("uuid", ("uuid",), Role.IDENTITY, exported=False)
_WHICH_PRODUCT = _understood("product", "product", also=synonyms.PRODUCT)

#: Receipts and scanners know a product by the number under its bars.
_BARCODES = (
    _context("upc_code", "product", "upc_code", also=synonyms.BARCODE),
    _context("gtin", "product", "gtin"),
)

_PRODUCT_NAME = Joined((("product", "brand"), ("product", "product_name")))


PRODUCTS = View(
    name="products",
    entity="products",
    envelope="products_complete",
    purpose="AI-assisted product augmentation (UPC codes, product names)",
    columns=(
        _identity("product_id", ID),
        _identity("product_slug", "slug"),
        _context("ingredient_name", "ingredient", "display_name", also=synonyms.INGREDIENT),
        _context("ingredient_slug", "ingredient", "slug"),
        _context("ingredient_category", "ingredient", "category"),
        _context("preferred_supplier_name", "preferred_supplier", "name", also=synonyms.SUPPLIER),
        _computed("last_purchase_price", Latest("purchases", "product", "unit_price", "purchase_date")),
        _computed("last_purchase_date", Latest("purchases", "product", "purchase_date", "purchase_date")),
        _computed("current_inventory_qty", Total("inventory_items", "product", "quantity")),
        _editable("brand", also=synonyms.BRAND),
        _editable("product_name", also=synonyms.PRODUCT_NAME),
        _editable("package_size"),
        _editable("package_unit", also=synonyms.UNIT),
        _editable("package_unit_quantity", also=synonyms.SIZE, unit="package_unit"),
        _editable("upc_code", also=synonyms.BARCODE),
        _editable("gtin"),
        _editable("notes", also=synonyms.NOTES),
        _UUID,
        _reference("ingredient"),
        _reference("preferred_supplier"),
    ),
    example={
        "ingredient_slug": "bread_flour",
        "brand": "Central Milling",
        "product_name": "Artisan Bread Flour",
        "package_size": None,
        "package_unit": "lb",
        "package_unit_quantity": 5,
        "upc_code": None,
        "gtin": None,
        "notes": None,
    },
)

# `product_name` is the brand and the name in one text here and below, so it cannot be read back into either.
INVENTORY = View(
    name="inventory",
    entity="inventory_items",
    envelope="inventory_complete",
    purpose="Inventory quantity updates and price adjustments",
    columns=(
        _identity("inventory_id", ID),
        _context("product_id", "product", ID),
        _context("product_slug", "product", "slug"),
        _computed("product_name", _PRODUCT_NAME),
        *_BARCODES,
        _context("ingredient_name", "product", "ingredient", "display_name", also=synonyms.INGREDIENT),
        _context("ingredient_category", "product", "ingredient", "category"),
        _context("purchase_date", "purchase", "purchase_date"),
        _context("purchase_unit_price", "purchase", "unit_price"),
        _context("supplier_name", "purchase", "supplier", "name"),
        _editable("quantity", also=synonyms.ON_HAND),
        _editable("addition_date", also=("date", "added", "added on")),
        _editable("location", also=synonyms.PLACE),
        _editable("notes", also=synonyms.NOTES),
        _UUID,
        _WHICH_PRODUCT,
        _reference("purchase"),
        Column("expiration_date", ("expiration_date",), Role.EDITABLE, exported=False, synonyms=synonyms.BEST_BEFORE),
    ),
    example={
        "product_slug": "king_arthur_bread_flour_5_lb",
        "quantity": Decimal("1.5"),
        "location": "Pantry",
        "notes": None,
    },
)

PURCHASES = View(
    name="purchases",
    entity="purchases",
    envelope="purchases_complete",
    purpose="Purchase data augmentation (supplier info, dates, prices)",
    columns=(
        _identity("purchase_id", ID),
        _context("product_id", "product", ID),
        _context("product_slug", "product", "slug"),
        _computed("product_name", _PRODUCT_NAME),
        *_BARCODES,
        _context("ingredient_name", "product", "ingredient", "display_name", also=synonyms.INGREDIENT),
        _computed("inventory_quantity", Total("inventory_items", "purchase", "quantity")),
        _editable("supplier_name", "supplier", "name", also=synonyms.SUPPLIER),
        _editable("purchase_date", also=synonyms.BOUGHT_ON),
        _editable("unit_price", also=synonyms.PRICE),
        _editable("quantity_purchased", also=synonyms.QUANTITY),
        _editable("notes", also=synonyms.NOTES),
        _UUID,
        _WHICH_PRODUCT,
        _reference("supplier", Role.EDITABLE),
    ),
    example={
        "upc_code": "071012010103",
        "supplier_name": "Costco Waltham MA",
        "unit_price": Decimal("6.99"),
        "quantity_purchased": 2,
        "notes": None,
    },
)

VIEWS = (PRODUCTS, INVENTORY, PURCHASES)

"""Random records about few rows, so that changesets meet, and what others do to these rows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from support.kitchen import uid

_SUPPLIERS: Mapping[str, str] = {
    "costco": "Costco",
    "wegmans": "Wegmans",
    "alder": "Alder Mill",
    "birch": "Birch Lane Dairy",
    "cedar": "Cedar Orchard",
}
_INGREDIENTS: Mapping[str, str] = {
    "bread_flour": "Bread Flour",
    "rye_flour": "Rye Flour",
    "spelt": "Spelt",
    "honey": "Honey",
}
_PRODUCTS: Mapping[str, tuple[str, str, int]] = {
    "king": ("bread_flour", "King Arthur", 5),
    "bobs": ("rye_flour", "Bob's", 20),
    "spelt_bag": ("spelt", "Kornhaus", 3),
    "jar": ("honey", "Bee & Sons", 12),
}
_NOTES = (None, "", "x", "y", "ß", "O'Hara", "a\nb", "%_", " x ", "null", "\u00e9", "e\u0301")
_PRICES = (0, 1, 3.99, "3.990", 1e3, 0.07)

#: What others write into a text.
TEXTS = ("", "x", "y", "ß", "O''Hara", "%_", "0", "null")
#: What others do: statements with places for a text, and the slugs of a supplier and of a product.
EDITS = (
    *("UPDATE suppliers SET notes = '{text}' WHERE slug = '{supplier}'", "DELETE FROM purchases WHERE notes = 'y'"),
    *("UPDATE products SET notes = '{text}'", "UPDATE products SET brand = NULL WHERE slug = '{product}'"),
    *(
        "UPDATE suppliers SET notes = '{text}', is_active = (slug = 'costco')",
        "UPDATE ingredients SET notes = '{text}'",
    ),
    *("UPDATE products SET preferred_supplier_id = NULL", "UPDATE purchases SET notes = '{text}'"),
    """DELETE FROM suppliers WHERE id NOT IN (SELECT supplier_id FROM purchases)
       AND id NOT IN (SELECT preferred_supplier_id FROM products WHERE preferred_supplier_id IS NOT NULL)""",
    """UPDATE suppliers SET slug = 'moved' WHERE slug = '{supplier}'
       AND 0 = (SELECT n FROM (SELECT count(*) AS n FROM suppliers WHERE slug = 'moved') AS there)""",
    "UPDATE purchases SET unit_price = 7.25, supplier_id = (SELECT min(id) FROM suppliers)",
)

_Records = list[dict[str, Any]]


def document(random_: random.Random) -> dict[str, _Records]:
    """A document of several entities, each with a few records, most of which say only something of a row."""
    every = {
        "suppliers": [_supplier(random_, slug) for slug in _some(random_, [*_SUPPLIERS])],
        "ingredients": [_ingredient(random_, slug) for slug in _some(random_, [*_INGREDIENTS])],
        "products": [_product(random_, slug) for slug in _some(random_, [*_PRODUCTS])],
        "purchases": [_purchase(random_, n) for n in _some(random_, [31, 32, 33, 34])],
    }
    found = {name: records for name, records in every.items() if records and random_.random() < 0.6}
    return found or {"suppliers": [_supplier(random_, "costco")]}


def _some(random_: random.Random, names: list[Any]) -> list[Any]:
    return random_.sample(names, random_.randint(0, 2))


def _part(random_: random.Random, record: dict[str, Any], always: set[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in always or random_.random() < 0.6}


def _supplier(random_: random.Random, slug: str) -> dict[str, Any]:
    record = {
        "slug": slug,
        "name": _SUPPLIERS[slug],
        "notes": random_.choice(_NOTES),
        "is_active": random_.random() < 0.5,
    }
    return _part(random_, record, {"slug", "name"})


def _ingredient(random_: random.Random, slug: str) -> dict[str, Any]:
    record = {
        "slug": slug,
        "display_name": _INGREDIENTS[slug],
        "parent_slug": random_.choice(("flours", "flours", "honey", "spelt", slug)),
        "notes": random_.choice(_NOTES),
    }
    return _part(random_, record, {"slug", "display_name"})


def _product(random_: random.Random, slug: str) -> dict[str, Any]:
    ingredient, brand, quantity = _PRODUCTS[slug]
    record = {
        "slug": slug,
        "ingredient_slug": ingredient,
        "brand": brand,
        "package_unit": "lb",
        "package_unit_quantity": quantity,
        "preferred_supplier_slug": random_.choice([*_SUPPLIERS]),
        "notes": random_.choice(_NOTES),
    }
    if slug == "bobs" and random_.random() < 0.3:
        return {"uuid": uid(22), "slug": random_.choice(("bobs_dark_rye", "bobs"))}
    return _part(random_, record, {"slug", "ingredient_slug", "brand", "package_unit", "package_unit_quantity"})


def _purchase(random_: random.Random, n: int) -> dict[str, Any]:
    record = {
        "uuid": uid(n),
        "product_slug": random_.choice([*_PRODUCTS]),
        "supplier_slug": random_.choice([*_SUPPLIERS]),
        "purchase_date": random_.choice(("2025-12-20", "2025-12-21")),
        "unit_price": random_.choice(_PRICES),
        "quantity_purchased": random_.randint(1, 3),
        "notes": random_.choice(_NOTES),
    }
    return _part(random_, record, {"uuid"} if n == 31 else set(record) - {"notes"})

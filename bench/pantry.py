"""The bakery that is measured: 50 suppliers, 500 ingredients, n products. The same in every run."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

from bake.app.init import initialise
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG

SUPPLIERS, INGREDIENTS = 50, 500
CREATED = "2025-01-01 00:00:00.000000"
_UNITS = ("lb", "oz", "kg", "g", "l", "ml")


def uuid(kind: int, n: int) -> str:
    """A uuid that is the same in every run."""
    return str(UUID(int=(kind << 64) + n))


def initialised(folder: Path) -> Project:
    """A project with an empty `bake.db`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bake.db").unlink(missing_ok=True)
    project = Project(f"sqlite:///{folder / 'bake.db'}", DEFAULT_CATALOG, folder=folder)
    initialise(project)
    return project


def fill(path: Path, n: int) -> None:
    """Write the rows."""
    with sqlite3.connect(path) as database:
        database.executemany(
            "INSERT INTO suppliers (id, uuid, slug, name, city, state, supplier_type, is_active, created_at) "
            "VALUES (?, ?, ?, ?, 'Waltham', 'MA', 'physical', 1, ?)",
            ((i + 1, uuid(1, i), f"supplier_{i}", f"Supplier {i}", CREATED) for i in range(SUPPLIERS)),
        )
        database.executemany(
            "INSERT INTO ingredients "
            "(id, uuid, slug, display_name, category, hierarchy_level, is_packaging, created_at) "
            "VALUES (?, ?, ?, ?, 'Flours', 2, 0, ?)",
            ((i + 1, uuid(2, i), f"ingredient_{i}", f"Ingredient {i}", CREATED) for i in range(INGREDIENTS)),
        )
        database.executemany(
            "INSERT INTO products (id, uuid, slug, ingredient_id, brand, product_name, package_size, package_unit, "
            "package_unit_quantity, upc_code, notes, preferred, is_hidden, preferred_supplier_id, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0, 0, ?, ?)",
            (_row(record(i), i) for i in range(n)),
        )
    database.close()


def _row(r: dict[str, Any], i: int) -> tuple[Any, ...]:
    texts = (r["brand"], r["product_name"], r["package_size"], r["package_unit"], r["package_unit_quantity"])
    parents = (i % INGREDIENTS + 1, i % SUPPLIERS + 1)
    return (i + 1, uuid(3, i), r["product_slug"], parents[0], *texts, r["upc_code"], parents[1], CREATED)


def record(i: int) -> dict[str, Any]:
    """The view's record of product i, as it is exported."""
    size = float(i % 50 + 1)
    return {
        "product_id": i + 1,
        "product_slug": f"product_{i}",
        "ingredient_name": f"Ingredient {i % INGREDIENTS}",
        "ingredient_slug": f"ingredient_{i % INGREDIENTS}",
        "ingredient_category": "Flours",
        "preferred_supplier_name": f"Supplier {i % SUPPLIERS}",
        "last_purchase_price": None,
        "last_purchase_date": None,
        "current_inventory_qty": 0,
        "brand": f"Brand {i % 97}",
        "product_name": f"Product {i} of the pantry",
        "package_size": size,
        "package_unit": _UNITS[i % len(_UNITS)],
        "package_unit_quantity": size,
        "upc_code": _upc(i) if i % 3 else None,
        "notes": None,
    }


def _upc(i: int) -> str:
    """A GTIN-12 with a right check digit (GS1 General Specifications, 7.9)."""
    digits = f"{i % 10**11:011d}"
    total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(digits))
    return digits + str(-total % 10)

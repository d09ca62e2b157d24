"""The workload W(n): a bakery with n products, and its products view as somebody edited it.

50 suppliers, 500 ingredients, n products. Of the records of the view

    mixed       89 % are unchanged, 10 % have one or two changed fields, 1 % are new
    unchanged   all are as exported
    new         all are new (an initial load)
    changed     all have a changed field
    shuffled    as mixed, in random order
    unresolved  as mixed, and the new ones name 1,000 ingredients that nobody knows

Everything is drawn from one seed, so that two runs measure the same.

    python bench/workload.py FOLDER N [KIND]
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from bake.app.init import initialise
from bake.app.project import Project

SUPPLIERS, INGREDIENTS, UNKNOWN = 50, 500, 1000
KINDS = ("mixed", "unchanged", "new", "changed", "shuffled", "unresolved")
_CREATED = "2025-01-01 00:00:00.000000"
_UNITS = ("lb", "oz", "kg", "g", "l", "ml")


def uuid(kind: int, n: int) -> str:
    """A uuid that is the same in every run."""
    return str(UUID(int=(kind << 64) + n))


def make(folder: Path, n: int, kind: str = "mixed") -> None:
    """Make `bake.db` and `view_products.json` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "bake.db"
    database.unlink(missing_ok=True)
    initialise(Project(folder, f"sqlite:///{database}"))
    _fill(database, 0 if kind == "new" else n)
    _write_view(folder / "view_products.json", n, kind)


def _fill(path: Path, n: int) -> None:
    with sqlite3.connect(path) as database:
        database.executemany(
            "INSERT INTO suppliers (id, uuid, slug, name, city, state, supplier_type, is_active, created_at) "
            "VALUES (?, ?, ?, ?, 'Waltham', 'MA', 'physical', 1, ?)",
            ((i + 1, uuid(1, i), f"supplier_{i}", f"Supplier {i}", _CREATED) for i in range(SUPPLIERS)),
        )
        database.executemany(
            "INSERT INTO ingredients "
            "(id, uuid, slug, display_name, category, hierarchy_level, is_packaging, created_at) "
            "VALUES (?, ?, ?, ?, 'Flours', 2, 0, ?)",
            ((i + 1, uuid(2, i), f"ingredient_{i}", f"Ingredient {i}", _CREATED) for i in range(INGREDIENTS)),
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
    return (i + 1, uuid(3, i), r["product_slug"], parents[0], *texts, r["upc_code"], parents[1], _CREATED)


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


def edited(n: int, kind: str) -> Iterator[dict[str, Any]]:
    """The records as they come back."""
    draw = random.Random(20251224)
    order = list(range(n))
    if kind == "shuffled":
        draw.shuffle(order)
    for i in order:
        chance = {"unchanged": 1.0, "new": 0.105, "changed": 0.05}.get(kind, draw.random())
        yield _edited(record(i), i, chance, kind)


def _edited(r: dict[str, Any], i: int, chance: float, kind: str) -> dict[str, Any]:
    if chance < 0.10:
        r["notes"] = f"checked {i}"
        if chance < 0.05:
            r["brand"] = f"Brand {i % 89}, new"
    elif chance < 0.11:
        del r["product_id"]
        r["product_slug"], r["product_name"] = f"new_product_{i}", f"New product {i}"
        if kind == "unresolved":
            r["ingredient_slug"] = f"unknown_{i % UNKNOWN}"
            r["ingredient_name"] = f"Unknown {i % UNKNOWN}"
    return r


def _write_view(path: Path, n: int, kind: str) -> None:
    head = {"export_type": "denormalized_view", "view_name": "products_complete", "view_version": "1.0"}
    with path.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(head, indent=2)[:-2] + f',\n  "record_count": {n},\n  "records": [\n')
        for place, r in enumerate(edited(n, kind)):
            stream.write((",\n" if place else "") + "    " + json.dumps(r))
        stream.write("\n  ]\n}\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), *(sys.argv[3:4] or ["mixed"]))

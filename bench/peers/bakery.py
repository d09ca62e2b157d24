"""What every peer begins with: the records of the view, and a dictionary of what they refer to."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

CREATED = "2025-12-24 00:00:00.000000"
#: The columns of the table that the view's records give.
GIVEN = ("brand", "product_name", "package_size", "package_unit", "package_unit_quantity", "upc_code", "notes")
UPDATE = f"UPDATE products SET {', '.join(f'{name} = :{name}' for name in GIVEN)} WHERE slug = :slug"
_ROW = (*GIVEN, "uuid", "slug", "ingredient_id", "preferred_supplier_id", "preferred", "is_hidden", "created_at")
INSERT = f"INSERT INTO products ({', '.join(_ROW)}) VALUES ({', '.join(f':{name}' for name in _ROW)})"


def records(folder: Path) -> list[dict[str, Any]]:
    """The records of the view."""
    with (folder / "view_products.json").open(encoding="utf-8") as stream:
        items: list[dict[str, Any]] = json.load(stream)["records"]
    return items


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """What the view says of the columns of the table, references looked up; new rows have all that they need."""
    with sqlite3.connect(folder / "bake.db") as database:
        ingredients = dict(database.execute("SELECT slug, id FROM ingredients"))
        suppliers = dict(database.execute("SELECT name, id FROM suppliers"))
    database.close()
    for r in records(folder):
        yield {
            "uuid": str(uuid4()),
            "slug": r["product_slug"],
            "ingredient_id": ingredients[r["ingredient_slug"]],
            "preferred_supplier_id": suppliers[r["preferred_supplier_name"]],
            "preferred": 0,
            "is_hidden": 0,
            "created_at": CREATED,
            **{name: r[name] for name in GIVEN},
        }

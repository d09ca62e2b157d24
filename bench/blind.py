"""L1s, the yardstick: a blind upsert by the bare driver, as fast as we can make it.

The view is cut into blocks at record borders and decoded into structs; products go in by INSERT … ON CONFLICT DO UPDATE
in one transaction, ingredients and suppliers by dictionary, 64 MB of page cache, the garbage collector off. It checks
nothing, shows nothing, and cannot be undone.

    python bench/blind.py FOLDER
"""

from __future__ import annotations

import gc
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec

_BLOCK = 256 * 1024
_BORDER = re.compile(rb"\}\s*,\s*\{")


class Product(msgspec.Struct):
    """What an upsert needs of a record."""

    product_slug: str
    ingredient_slug: str
    package_unit: str
    package_unit_quantity: float
    brand: str | None = None
    product_name: str | None = None
    package_size: float | None = None
    upc_code: str | None = None
    notes: str | None = None
    preferred_supplier_name: str | None = None


def blocks(path: Path) -> Iterator[list[Product]]:
    """The records of the view, block by block."""
    decoder = msgspec.json.Decoder(list[Product])
    with path.open("rb") as stream:
        text = stream.read(_BLOCK)
        text = text[text.index(b"[") + 1 :]
        while more := stream.read(_BLOCK):
            text += more
            border = [found.start() + 1 for found in _BORDER.finditer(text)][-1]
            yield decoder.decode(b"[" + text[:border] + b"]")
            text = text[border:].lstrip(b", \n")
        yield decoder.decode(b"[" + text[: text.rindex(b"]")] + b"]")


def upsert(folder: Path) -> int:
    """Bring the view in; how many records there were."""
    database = sqlite3.connect(folder / "bake.db", isolation_level=None)
    database.execute("PRAGMA cache_size = -65536")
    database.execute("PRAGMA foreign_keys = ON")
    ingredients = dict(database.execute("SELECT slug, id FROM ingredients"))
    suppliers = dict(database.execute("SELECT name, id FROM suppliers"))
    database.execute("BEGIN IMMEDIATE")
    done = 0
    for block in blocks(folder / "view_products.json"):
        database.executemany(
            "INSERT INTO products (uuid, slug, ingredient_id, brand, product_name, package_size, package_unit, "
            "package_unit_quantity, upc_code, notes, preferred, is_hidden, preferred_supplier_id, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, '2025-12-24 00:00:00.000000') "
            "ON CONFLICT (slug) DO UPDATE SET brand = excluded.brand, product_name = excluded.product_name, "
            "package_size = excluded.package_size, package_unit = excluded.package_unit, "
            "package_unit_quantity = excluded.package_unit_quantity, upc_code = excluded.upc_code, "
            "notes = excluded.notes",
            [
                (
                    str(uuid4()),
                    p.product_slug,
                    ingredients[p.ingredient_slug],
                    p.brand,
                    p.product_name,
                    p.package_size,
                    p.package_unit,
                    p.package_unit_quantity,
                    p.upc_code,
                    p.notes,
                    suppliers.get(p.preferred_supplier_name or ""),
                )
                for p in block
            ],
        )
        done += len(block)
    database.execute("COMMIT")
    database.close()
    return done


if __name__ == "__main__":
    gc.disable()
    print(upsert(Path(sys.argv[1])), "records")

"""L1s, the yardstick: a blind upsert by the bare driver, as fast as we can make it.

The view is cut into blocks at record borders and decoded into structs; products go in by INSERT … ON CONFLICT DO UPDATE
in one transaction, ingredients and suppliers by dictionary, 64 MB of page cache, the garbage collector off. It checks
nothing, shows nothing, and cannot be undone.

    python bench/blind.py FOLDER
"""

from __future__ import annotations

import gc
import random
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

_BLOCK = 256 * 1024
_BORDER = re.compile(rb"\}\s*,\s*\{")
_RECORDS = b'"records": ['

_T = TypeVar("_T")


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


def blocks(path: Path, type_: type[_T]) -> Iterator[list[_T]]:
    """The records of a file whose last member they are, block by block."""
    decoder = msgspec.json.Decoder(list[type_])  # type: ignore[valid-type]
    with path.open("rb") as stream:
        text = stream.read(_BLOCK)
        text = text[text.index(_RECORDS) + len(_RECORDS) :]
        while more := stream.read(_BLOCK):
            text += more
            border = _last_border(text)
            yield decoder.decode(b"[" + text[:border] + b"]")
            text = text[border:].lstrip(b", \n")
        yield decoder.decode(b"[" + text[: text.rindex(b"]")] + b"]")


def _last_border(text: bytes) -> int:
    """Where the last record ends after which another begins; looked for from the end, as it is near."""
    at = text.rindex(b"}")
    while not _BORDER.match(text, at):
        at = text.rindex(b"}", 0, at)
    return at + 1


def uuid() -> str:
    """A random uuid: what the standard library's function gives, in a third of the time."""
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def opened(folder: Path) -> sqlite3.Connection:
    """The database of a folder, in a transaction."""
    database = sqlite3.connect(folder / "bake.db", isolation_level=None)
    database.execute("PRAGMA cache_size = -65536")
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("BEGIN IMMEDIATE")
    return database


def statement(table: str, key: str, columns: Sequence[str], kept: Sequence[str] = ()) -> str:
    """An upsert by a key. A row that is there keeps its key, its uuid, what is the same in all new rows, and `kept`."""
    fixed = [name for name in FIXED[table] if name not in columns]
    names = ", ".join([*columns, *fixed])
    values = ", ".join(["?"] * len(columns) + [FIXED[table][name] for name in fixed])
    sets = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {key, "uuid", *kept})
    return f"INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT ({key}) DO UPDATE SET {sets}"


_CREATED = {"created_at": "'2025-12-24 00:00:00.000000'"}
#: What the tables require and the files need not say, as SQL; literals are cheaper than parameters.
FIXED = {
    "products": {"preferred": "0", "is_hidden": "0", **_CREATED},
    "purchases": _CREATED,
    "inventory_items": _CREATED,
    "wide": {},
}
PRODUCTS = statement(
    "products",
    "slug",
    (
        *("uuid", "slug", "ingredient_id", "brand", "product_name", "package_size", "package_unit"),
        *("package_unit_quantity", "upc_code", "notes", "preferred_supplier_id"),
    ),
    kept=("ingredient_id", "preferred_supplier_id"),
)


def rows_of(database: sqlite3.Connection) -> Callable[[list[Product]], list[tuple[Any, ...]]]:
    """Makes rows for `PRODUCTS` of records; what they refer to is looked up once, in dictionaries."""
    ingredient = dict(database.execute("SELECT slug, id FROM ingredients"))
    supplier = {None: None, **dict(database.execute("SELECT name, id FROM suppliers"))}

    def rows(block: list[Product]) -> list[tuple[Any, ...]]:
        return [
            (
                uuid(),
                p.product_slug,
                ingredient[p.ingredient_slug],
                p.brand,
                p.product_name,
                p.package_size,
                p.package_unit,
                p.package_unit_quantity,
                p.upc_code,
                p.notes,
                supplier[p.preferred_supplier_name],
            )
            for p in block
        ]

    return rows


def upsert(folder: Path) -> int:
    """Bring the view in; how many records there were."""
    database = opened(folder)
    rows = rows_of(database)
    done = 0
    for block in blocks(folder / "view_products.json", Product):
        database.executemany(PRODUCTS, rows(block))
        done += len(block)
    database.execute("COMMIT")
    database.close()
    return done


if __name__ == "__main__":
    gc.disable()
    print(upsert(Path(sys.argv[1])), "records")

"""The yardstick for a set: each of its files upserted blindly, in their order, in one transaction.

As `blind.py`; rows are found by slug where they have one, and by uuid where not. It does not look at the checksums.

    python bench/blind_sets.py FOLDER
"""

from __future__ import annotations

import gc
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from blind import blocks, opened, statement, uuid

#: By entity, its rows' names to their ids.
Ids: TypeAlias = dict[str, dict[str | None, int | None]]


class Product(msgspec.Struct):
    """A product of the set."""

    slug: str
    ingredient_slug: str
    package_unit: str
    package_unit_quantity: float
    preferred: bool
    is_hidden: bool
    uuid: str | None = None
    brand: str | None = None
    product_name: str | None = None
    package_size: float | None = None
    upc_code: str | None = None
    notes: str | None = None
    preferred_supplier_slug: str | None = None

    def row(self, ids: Ids) -> tuple[Any, ...]:
        """As it is stored."""
        parents = (ids["ingredients"][self.ingredient_slug], ids["suppliers"][self.preferred_supplier_slug])
        flags = (self.preferred, self.is_hidden)
        texts = (self.brand, self.product_name, self.package_size, self.package_unit, self.package_unit_quantity)
        return (self.uuid or uuid(), self.slug, *parents, *flags, *texts, self.upc_code, self.notes)


class Purchase(msgspec.Struct):
    """A purchase of the set."""

    product_slug: str
    supplier_slug: str
    purchase_date: str
    unit_price: float
    quantity_purchased: float
    uuid: str | None = None
    notes: str | None = None

    def row(self, ids: Ids) -> tuple[Any, ...]:
        """As it is stored."""
        parents = (ids["products"][self.product_slug], ids["suppliers"][self.supplier_slug])
        numbers = (self.unit_price, self.quantity_purchased)
        return (self.uuid or uuid(), *parents, self.purchase_date, *numbers, self.notes)


class Item(msgspec.Struct):
    """An inventory item of the set."""

    product_slug: str
    quantity: float
    uuid: str | None = None
    purchase_uuid: str | None = None
    unit_cost: float | None = None
    purchase_date: str | None = None
    location: str | None = None
    lot_or_batch: str | None = None

    def row(self, ids: Ids) -> tuple[Any, ...]:
        """As it is stored."""
        parents = (ids["products"][self.product_slug], ids["purchases"].get(self.purchase_uuid))
        texts = (self.purchase_date, self.location, self.lot_or_batch)
        return (self.uuid or uuid(), *parents, self.quantity, self.unit_cost, *texts)


_PRODUCT = (
    *("uuid", "slug", "ingredient_id", "preferred_supplier_id", "preferred", "is_hidden", "brand", "product_name"),
    *("package_size", "package_unit", "package_unit_quantity", "upc_code", "notes"),
)
_PURCHASE = ("uuid", "product_id", "supplier_id", "purchase_date", "unit_price", "quantity_purchased", "notes")
_ITEM = (*("uuid", "product_id", "purchase_id", "quantity", "unit_cost", "purchase_date", "location", "lot_or_batch"),)


def upsert(folder: Path) -> int:
    """Bring the set in; how many records there were."""
    database = opened(folder)
    ids: Ids = {name: _ids(database, name, "slug") for name in ("ingredients", "suppliers")}
    done = _load(folder, database, Product, lambda p: p.row(ids), statement("products", "slug", _PRODUCT))
    ids["products"] = _ids(database, "products", "slug")
    done += _load(folder, database, Purchase, lambda p: p.row(ids), statement("purchases", "uuid", _PURCHASE))
    ids["purchases"] = _ids(database, "purchases", "uuid")
    done += _load(folder, database, Item, lambda p: p.row(ids), statement("inventory_items", "uuid", _ITEM))
    database.execute("COMMIT")
    database.close()
    return done


def _ids(database: sqlite3.Connection, table: str, key: str) -> dict[str | None, int | None]:
    return {None: None, **dict(database.execute(f"SELECT {key}, id FROM {table}"))}


FILES: dict[type[Any], str] = {Product: "products", Purchase: "purchases", Item: "inventory_items"}


def _load(
    folder: Path, database: sqlite3.Connection, type_: type[Any], row: Callable[[Any], tuple[Any, ...]], sql: str
) -> int:
    [path] = (folder / "set").glob(f"*_{FILES[type_]}.json")
    done = 0
    for block in blocks(path, type_):
        database.executemany(sql, map(row, block))
        done += len(block)
    return done


if __name__ == "__main__":
    gc.disable()
    print(upsert(Path(sys.argv[1])), "records")

"""A normalized set of five entities, as somebody edited it: two fifths products and purchases each, one fifth stock.

It is exported; then lines of its files are edited as in the mixed workload, and its manifest is brought in line.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pantry

from bake.app.export import export_complete

SET = "set"
_Record = dict[str, Any]


def make(folder: Path, n: int, draw: Random) -> None:
    """Make `bake.db` and the folder `set`: n records in all, but for suppliers and ingredients."""
    project = pantry.initialised(folder)
    pantry.fill(folder / "bake.db", products := n * 2 // 5)
    _stock(folder / "bake.db", products, purchases := n * 2 // 5, n - products - purchases)
    export_complete(project, output=folder / SET)
    for entity, edit in EDITS.items():
        [path] = (folder / SET).glob(f"*_{entity}.json")
        _edit(path, edit, draw)
    _correct(folder / SET / "manifest.json")


def _stock(path: Path, products: int, purchases: int, items: int) -> None:
    with sqlite3.connect(path) as database:
        database.executemany(
            "INSERT INTO purchases (id, uuid, product_id, supplier_id, purchase_date, unit_price, quantity_purchased, "
            "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (_purchase(i, products) for i in range(purchases)),
        )
        database.executemany(
            "INSERT INTO inventory_items (id, uuid, product_id, purchase_id, quantity, unit_cost, purchase_date, "
            "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (_item(i, products) for i in range(items)),
        )
    database.close()


def _purchase(i: int, products: int) -> tuple[Any, ...]:
    product, day = i % products, f"2025-{i % 12 + 1:02}-{i % 28 + 1:02}"
    price = (i % 1000 + 99) / 100
    return (i + 1, pantry.uuid(4, i), product + 1, i % pantry.SUPPLIERS + 1, day, price, i % 5 + 1, pantry.CREATED)


def _item(i: int, products: int) -> tuple[Any, ...]:
    _, _, product, _, day, price, quantity, _ = _purchase(i, products)
    return (i + 1, pantry.uuid(5, i), product, i + 1, quantity, price, day, pantry.CREATED)


def _edit(path: Path, edit: Callable[[_Record, float], _Record], draw: Random) -> None:
    """Edit a file whose records stand one a line."""
    edited = path.with_suffix(".edited")
    with path.open(encoding="utf-8") as lines, edited.open("w", encoding="utf-8") as stream:
        stream.writelines(_edited(lines, edit, draw))
    edited.replace(path)


def _edited(lines: Iterator[str], edit: Callable[[_Record, float], _Record], draw: Random) -> Iterator[str]:
    for line in lines:
        if line.startswith('{"id":') and (chance := draw.random()) < 0.11:
            text = line.rstrip(",\n")
            record = edit(json.loads(text), chance)
            yield json.dumps(record, ensure_ascii=False, separators=(",", ":")) + line[len(text) :]
        else:
            yield line


def _product(r: _Record, chance: float) -> _Record:
    if chance < 0.10:
        return r | {"notes": "checked"} | ({"brand": r["brand"] + ", new"} if chance < 0.05 else {})
    return _nameless(r) | {"slug": f"new_{r['slug']}", "product_name": f"New {r['product_name']}"}


def _bought(r: _Record, chance: float) -> _Record:
    if chance < 0.10:
        return r | {"notes": "checked"} | ({"unit_price": round(r["unit_price"] + 1, 2)} if chance < 0.05 else {})
    return _nameless(r) | {"purchase_date": "2026-01-02"}


def _counted(r: _Record, chance: float) -> _Record:
    if chance < 0.10:
        return r | {"quantity": r["quantity"] + 1} | ({"location": "cellar"} if chance < 0.05 else {})
    return _nameless(r) | {"lot_or_batch": "new"}


def _nameless(r: _Record) -> _Record:
    """A copy of a record without what says that it is the row it was."""
    return {name: value for name, value in r.items() if name not in {"id", "uuid"}}


#: What becomes of a record by chance: below 0.10 something changes, and else it is a new one.
EDITS: dict[str, Callable[[_Record, float], _Record]] = {
    "products": _product,
    "purchases": _bought,
    "inventory_items": _counted,
}


def _correct(path: Path) -> None:
    """Write the checksums of the edited files into the manifest."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        with (path.parent / entry["filename"]).open("rb") as stream:
            entry["checksum_sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")

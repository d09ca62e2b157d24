"""The workload W(n): a bakery with n products, and its products view as somebody edited it.

50 suppliers, 500 ingredients, n products. Of the records of the view

    mixed       89 % are unchanged, 10 % have one or two changed fields, 1 % are new
    unchanged   all are as exported
    new         all are new (an initial load)
    changed     all have a changed field
    shuffled    as mixed, in random order
    few         1,000 have a changed field, however many there are
    unresolved  1,000 are new, and each names an ingredient that nobody knows
    exported    as mixed, and each record carries what it was exported with: edits are told from old values

and two that are no view of products:

    sets        a normalized set of five entities, n records in all, edited as in mixed
    wide        n records of 60 fields, with a catalog of their own, edited as in mixed

Everything is drawn from one seed, so that two runs measure the same.

    python bench/workload.py FOLDER N [KIND]
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pantry
import workload_sets
import workload_wide

from bake.catalog.base_digest import BASE

FEW = 1000
SEED = 20251224


def make(folder: Path, n: int, kind: str = "mixed") -> None:
    """Make `bake.db` and what is to be brought in (`steps.SOURCES`) in a folder."""
    match kind:
        case "sets":
            workload_sets.make(folder, n, random.Random(SEED))
        case "wide":
            workload_wide.make(folder, n, random.Random(SEED))
        case _:
            pantry.initialised(folder)
            pantry.fill(folder / "bake.db", 0 if kind == "new" else n)
            head, bases = _export(folder) if kind == "exported" else ({}, {})
            records = ({**record, **bases.get(record["product_slug"], {})} for record in EDITS[kind](n))
            _write_view(folder / "view_products.json", n, records, head)


def _export(folder: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Export the view; what stands above its records, and the base of each, by slug."""
    exported = folder / "exported.json"
    subprocess.run(
        [sys.executable, "-m", "bake", "export", "view", "products", "--output", exported.name],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    document = json.loads(exported.read_text(encoding="utf-8"))
    exported.unlink()
    head = {name: document[name] for name in ("export_id", "database")}
    return head, {record["product_slug"]: {BASE: record[BASE]} for record in document["records"]}


def _as_exported(n: int) -> Iterator[dict[str, Any]]:
    return map(pantry.record, range(n))


def _mixed(n: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(SEED)
    return (_edited(i, draw.random()) for i in range(n))


def _shuffled(n: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(SEED)
    order = list(range(n))
    draw.shuffle(order)
    return (_edited(i, draw.random()) for i in order)


def _few(n: int) -> Iterator[dict[str, Any]]:
    step = max(1, n // FEW)
    return (_edited(i, 1.0 if i % step or i >= step * FEW else 0.0) for i in range(n))


def _unresolved(n: int) -> Iterator[dict[str, Any]]:
    step = max(1, n // FEW)
    for i in range(n):
        if i % step or i >= step * FEW:
            yield pantry.record(i)
        else:
            k = i // step
            yield _new(i) | {"ingredient_slug": f"unknown_{k}", "ingredient_name": f"Unknown {k}"}


#: What an editor did to the view of n products, by the workload's name.
EDITS: dict[str, Callable[[int], Iterator[dict[str, Any]]]] = {
    "mixed": _mixed,
    "unchanged": _as_exported,
    "new": lambda n: map(_new, range(n)),
    "changed": lambda n: (_edited(i, 0.0) for i in range(n)),
    "shuffled": _shuffled,
    "few": _few,
    "unresolved": _unresolved,
    "exported": _mixed,
}


def _edited(i: int, chance: float) -> dict[str, Any]:
    """Record i; of all chances from 0 to 1, a tenth changes something, and a hundredth makes it a new one."""
    r = pantry.record(i)
    if chance < 0.10:
        r["notes"] = f"checked {i}"
        if chance < 0.05:
            r["brand"] = f"Brand {i % 89}, new"
        return r
    return _new(i) if chance < 0.11 else r


def _new(i: int) -> dict[str, Any]:
    r = pantry.record(i)
    del r["product_id"]
    return r | {"product_slug": f"new_product_{i}", "product_name": f"New product {i}"}


def _write_view(path: Path, n: int, records: Iterator[dict[str, Any]], more: dict[str, str]) -> None:
    head = {"export_type": "denormalized_view", "view_name": "products_complete", "view_version": "1.0", **more}
    with path.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(head, indent=2)[:-2] + f',\n  "record_count": {n},\n  "records": [\n')
        for place, r in enumerate(records):
            stream.write((",\n" if place else "") + "    " + json.dumps(r))
        stream.write("\n  ]\n}\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]), *(sys.argv[3:4] or ["mixed"]))

"""n records of 60 fields, as somebody edited them; the catalog stands in `wide`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pantry

from bake.app.init import initialise
from bake.app.project import Project

FILE = "wide.json"
_VALUES: dict[str, Callable[[int], Any]] = {
    "text": lambda i: f"Something about {i % 9973}",
    "number": lambda i: i % 100_003,
    "price": lambda i: i % 10_000 / 100,
    "share": lambda i: i % 128 / 128,
    "flag": lambda i: i % 3 == 0,
    "day": lambda i: f"2025-{i % 12 + 1:02}-{i % 28 + 1:02}",
}


def make(folder: Path, n: int, draw: Random) -> None:
    """Make `bake.db`, `bake.toml` and `wide.json` in a folder."""
    from wide import FIELDS, NAME

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bake.db").unlink(missing_ok=True)
    (folder / "bake.toml").write_text(f'catalog = "{NAME}"\n', encoding="utf-8")
    initialise(Project(f"sqlite:///{folder / 'bake.db'}", NAME, folder=folder))
    with sqlite3.connect(folder / "bake.db") as database:
        marks = ", ".join(f":{name}" for name in FIELDS)
        statement = f"INSERT INTO wide ({', '.join(FIELDS)}) VALUES ({marks})"
        database.executemany(statement, (record(FIELDS, i) for i in range(n)))
    database.close()
    _write(folder / FILE, FIELDS, n, draw)


def record(fields: tuple[str, ...], i: int) -> dict[str, Any]:
    """Record i, as it is exported."""
    values = {"uuid": pantry.uuid(6, i), "slug": f"wide_{i}"}
    for place, name in enumerate(fields[2:]):
        values[name] = _VALUES[name.partition("_")[0]](i + 7 * place)
    return values


def _edited(r: dict[str, Any], chance: float) -> dict[str, Any]:
    if chance < 0.10:
        return r | {"text_3": "checked"} | ({"price_2": round(r["price_2"] + 1, 2)} if chance < 0.05 else {})
    if chance < 0.11:
        del r["uuid"]
        r["slug"] = f"new_{r['slug']}"
    return r


def _write(path: Path, fields: tuple[str, ...], n: int, draw: Random) -> None:
    head = {"file_version": "1.0", "entity_type": "wide", "record_count": n}
    with path.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(head, indent=2)[:-2] + ',\n  "records": [\n')
        for i in range(n):
            stream.write((",\n" if i else "") + "    " + json.dumps(_edited(record(fields, i), draw.random())))
        stream.write("\n  ]\n}\n")

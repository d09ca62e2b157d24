"""The yardstick for wide records: as `blind.py`, with 60 fields. Types are as JSON has them; SQLite takes them so.

The folder is the one argument: `python bench/blind_wide.py FOLDER`.
"""

from __future__ import annotations

import gc
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
from blind import blocks, opened, statement, uuid

#: By the beginning of a column's name, what JSON holds of it.
TYPES: dict[str, Any] = {"text": str, "number": int, "price": float, "share": float, "flag": bool, "day": str}


def upsert(folder: Path) -> int:
    """Bring the records in; how many there were."""
    database = opened(folder)
    names = [name for _, name, *_ in database.execute("PRAGMA table_info(wide)") if name not in {"id", "uuid"}]
    types = [(name, TYPES.get(name.partition("_")[0], str) | None, None) for name in names[1:]]
    record = msgspec.defstruct("Record", [(names[0], str), ("uuid", str | None, None), *types])
    values = attrgetter(*names)
    sql, done = statement("wide", "slug", ("uuid", *names)), 0
    for block in blocks(folder / "wide.json", record):
        database.executemany(sql, [(r.uuid or uuid(), *values(r)) for r in block])  # type: ignore[attr-defined]
        done += len(block)
    database.execute("COMMIT")
    database.close()
    return done


if __name__ == "__main__":
    gc.disable()
    print(upsert(Path(sys.argv[1])), "records")

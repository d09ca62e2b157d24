"""sqlite-utils: `upsert_all` of the view's records.

It shows nothing before it writes, checks nothing, and keeps nothing to undo it by. References are looked up by this
script. As an upsert writes all columns that it is given, the uuids of rows that are there are read first.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bakery import rows
from sqlite_utils import Database


def upsert(folder: Path) -> int:
    """Bring the view in; how many records there were."""
    database = Database(folder / "bake.db")
    kept = {
        slug: {"uuid": uuid, "created_at": created}
        for slug, uuid, created in database.execute("SELECT slug, uuid, created_at FROM products")
    }
    records = [row | kept.get(row["slug"], {}) for row in rows(folder)]
    database["products"].upsert_all(records, pk="slug", batch_size=1000)
    database.close()
    return len(records)


if __name__ == "__main__":
    print(upsert(Path(sys.argv[1])), "records")

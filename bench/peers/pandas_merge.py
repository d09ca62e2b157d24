"""pandas: read the file and the table, merge, compare, write what differs.

Nothing says what will be written unless a script says it; nothing checks that the rows are still what they were when
they were read, and nothing can undo it. References are looked up by this script. All is in memory at once.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pandas as pd
from bakery import GIVEN, INSERT, UPDATE, rows


def merge(folder: Path) -> int:
    """Bring the view in; how many records there were."""
    incoming = pd.DataFrame(rows(folder)).astype(object)
    incoming = incoming.where(incoming.notna(), None)
    database = sqlite3.connect(folder / "bake.db")
    current = pd.read_sql(f"SELECT slug, {', '.join(GIVEN)} FROM products", database).astype(object)
    both = incoming.merge(current, on="slug", how="left", suffixes=("", "_now"), indicator=True)
    new = both["_merge"] == "left_only"
    differs = pd.Series(False, index=both.index)
    for name in GIVEN:
        left, right = both[name], both[f"{name}_now"]
        differs |= (left != right) & ~(left.isna() & right.isna())
    with database:
        changed = incoming[(differs & ~new).to_numpy()]
        database.executemany(UPDATE, changed[["slug", *GIVEN]].to_dict("records"))
        database.executemany(INSERT, incoming[new.to_numpy()].to_dict("records"))
    database.close()
    return len(incoming)


if __name__ == "__main__":
    print(merge(Path(sys.argv[1])), "records")

"""Whether two databases hold the same rows: what a yardstick or a peer did is only worth comparing if they do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

TABLES = ("products", "purchases", "inventory_items", "wide")
#: What each importer chooses for itself.
OWN = frozenset({"id", "uuid", "created_at"})


def digest(path: Path) -> int:
    """A number that two databases share, in one process, if their tables hold the same rows in whatever order."""
    database = sqlite3.connect(path)
    total = 0
    for table in TABLES:
        names = [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})") if name not in OWN]
        if names:
            total += sum(map(hash, database.execute(f"SELECT '{table}', {', '.join(names)} FROM {table}")))
    database.close()
    return total

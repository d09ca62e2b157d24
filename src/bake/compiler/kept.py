"""Small rows under keys: in memory while they are few, on disk once they are many."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TypeAlias

#: How many rows are kept in memory.
REMEMBERED = 5_000

#: Bytes of a digest.
DIGEST = 16

#: What is kept: four numbers, texts or bytes.
Columns: TypeAlias = tuple[int | bytes | None, int | bytes | None, int | bytes | None, int | bytes | None]


def digest(text: bytes) -> bytes:
    """What stands for a key, however long that is."""
    return hashlib.blake2b(text, digest_size=DIGEST).digest()


class Kept:
    """Rows on disk by digest, in a file that nobody sees; SQLite takes it away with the connection."""

    def __init__(self) -> None:
        self._store: sqlite3.Connection | None = None

    def add(self, rows: dict[bytes, Columns]) -> None:
        """Keep these; one that is there already stays."""
        # In the order of the keys, so that neighbours go into the same page.
        self._opened().executemany(
            "INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?, ?)", ((key, *rows[key]) for key in sorted(rows))
        )

    def get(self, key: bytes) -> Columns | None:
        """The row under a key."""
        if self._store is None:
            return None
        found: Columns | None = self._store.execute("SELECT a, b, c, d FROM kept WHERE key = ?", (key,)).fetchone()
        return found

    def _opened(self) -> sqlite3.Connection:
        if self._store is None:
            self._store = sqlite3.connect("", isolation_level=None)
            self._store.execute("PRAGMA journal_mode = OFF")
            self._store.execute("CREATE TABLE kept (key BLOB PRIMARY KEY, a, b, c, d) WITHOUT ROWID")
        return self._store


class Taken:
    """A set of digests that may be very large."""

    def __init__(self) -> None:
        self._recent: set[bytes] = set()
        self._kept = Kept()

    def add(self, key: bytes) -> None:
        """Add one."""
        self._recent.add(key)
        if len(self._recent) > REMEMBERED:
            self._kept.add(dict.fromkeys(self._recent, (None, None, None, None)))
            self._recent.clear()

    def __contains__(self, key: bytes) -> bool:
        return key in self._recent or self._kept.get(key) is not None

"""Small rows under keys, on disk."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from typing import TypeAlias

from bake.changeset.coverage import Coverage

#: Bytes of a digest.
DIGEST = 16

#: Bits of a digest by which most keys that are not there are known without asking the disk: 4 MB for all of them.
_BITS = 25

#: What is kept: four numbers, texts or bytes.
Columns: TypeAlias = tuple[int | bytes | None, int | bytes | None, int | bytes | None, int | bytes | None]


def digest(text: bytes) -> bytes:
    """What stands for a key, however long that is."""
    return hashlib.blake2b(text, digest_size=DIGEST).digest()


class Kept:
    """Rows on disk by digest, in a file that nobody sees; SQLite takes it away with the connection."""

    def __init__(self) -> None:
        self._store: sqlite3.Connection | None = None
        self._perhaps = Coverage()

    def add(self, rows: Mapping[bytes, Columns]) -> None:
        """Keep these; one that is there already stays."""
        for key in rows:
            self._perhaps.add(_bits(key))
        # In the order of the keys, so that neighbours go into the same page.
        self._opened().executemany(
            "INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?, ?)", ((key, *rows[key]) for key in sorted(rows))
        )

    def get(self, key: bytes) -> Columns | None:
        """The row under a key."""
        if self._store is None or _bits(key) not in self._perhaps:
            return None
        found: Columns | None = self._store.execute("SELECT a, b, c, d FROM kept WHERE key = ?", (key,)).fetchone()
        return found

    def _opened(self) -> sqlite3.Connection:
        if self._store is None:
            self._store = sqlite3.connect("", isolation_level=None)
            self._store.execute("PRAGMA journal_mode = OFF")
            self._store.execute("BEGIN")  # and never a commit: nobody else will read it
            self._store.execute("CREATE TABLE kept (key BLOB PRIMARY KEY, a, b, c, d) WITHOUT ROWID")
        return self._store


def _bits(key: bytes) -> int:
    return int.from_bytes(key[-4:]) >> (32 - _BITS)

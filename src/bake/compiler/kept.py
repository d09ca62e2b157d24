"""Small rows under keys, on disk."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection
from typing import TypeAlias

#: Bytes of a digest.
DIGEST = 16

#: What is kept: a key, and four numbers, texts or bytes.
Entry: TypeAlias = tuple[bytes, int | bytes | None, int | bytes | None, int | bytes | None, int | bytes | None]


def digest(text: bytes) -> bytes:
    """What stands for a key, however long that is."""
    return hashlib.blake2b(text, digest_size=DIGEST).digest()


class Kept:
    """Rows on disk by digest, in a file that nobody sees; SQLite takes it away with the connection.

    Most of them nobody ever asks for, so that they are put there one behind the other; the first question orders them.
    """

    def __init__(self) -> None:
        self._store: sqlite3.Connection | None = None
        self._is_ordered = False

    def add(self, entries: Collection[Entry]) -> None:
        """Keep these; of several under one key the first counts."""
        self._opened().executemany("INSERT INTO kept VALUES (?, ?, ?, ?, ?)", entries)

    def get(self, key: bytes) -> Entry | None:
        """The entry under a key."""
        if self._store is None:
            return None
        if not self._is_ordered:
            self._store.execute("CREATE INDEX by_key ON kept (key)")
            self._is_ordered = True
        query = "SELECT key, a, b, c, d FROM kept WHERE key = ? ORDER BY rowid LIMIT 1"
        found: Entry | None = self._store.execute(query, (key,)).fetchone()
        return found

    def _opened(self) -> sqlite3.Connection:
        if self._store is None:
            self._store = sqlite3.connect("", isolation_level=None)
            self._store.execute("PRAGMA journal_mode = OFF")
            self._store.execute("BEGIN")  # and never a commit: nobody else will read it
            self._store.execute("CREATE TABLE kept (key BLOB, a, b, c, d)")
        return self._store

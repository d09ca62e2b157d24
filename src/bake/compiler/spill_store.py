"""Small rows under keys, on disk."""

from __future__ import annotations

import hashlib
import marshal
import sqlite3
import struct
import tempfile
import weakref
from collections.abc import Collection, Sequence
from typing import IO, TypeAlias

#: Bytes of a digest.
DIGEST = 16

#: How many bits a sieve has: 2 MB, of which a part of each quarter of a digest names one.
_BITS = 24
_PLACES = struct.Struct(">4I").unpack

#: What is kept: a key, and four numbers, texts or bytes.
Entry: TypeAlias = tuple[bytes, int | bytes | None, int | bytes | None, int | bytes | None, int | bytes | None]


def digest(text: bytes) -> bytes:
    """What stands for a key, however long that is."""
    return hashlib.blake2b(text, digest_size=DIGEST).digest()


class BloomFilter:
    """Tells of most digests that they are not among those that were added (a Bloom filter)."""

    def __init__(self) -> None:
        self._bits = bytearray(1 << (_BITS - 3))

    def add(self, key: bytes) -> None:
        """Add a digest."""
        bits = self._bits
        for position in _PLACES(key):
            bits[position >> (35 - _BITS)] |= 1 << (position >> (32 - _BITS) & 7)

    def __contains__(self, key: bytes) -> bool:
        """Whether a digest may have been added; certainly not, if not."""
        bits = self._bits
        for position in _PLACES(key):  # noqa: SIM110 - a generator takes twice as long
            if not bits[position >> (35 - _BITS)] >> (position >> (32 - _BITS) & 7) & 1:
                return False
        return True


class SpillStore:
    """Rows on disk by digest, in files that nobody sees and that go with this.

    Most of them nobody ever asks for, so that they are only written one behind the other; the first question about one
    that may be among them orders them.
    """

    def __init__(self) -> None:
        self._sieve: BloomFilter | None = None
        self._log: IO[bytes] | None = None
        self._store: sqlite3.Connection | None = None

    def add(self, entries: Collection[Entry]) -> None:
        """Keep these; of several under one key the first counts."""
        self._sieve = self._sieve or BloomFilter()
        for entry in entries:
            self._sieve.add(entry[0])
        if self._store is not None:
            self._put(self._store, entries)
            return
        if self._log is None:
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed below, when nobody holds this any more
            weakref.finalize(self, self._log.close)
        marshal.dump(list(entries), self._log)

    def get(self, key: bytes) -> Entry | None:
        """The first entry under a key."""
        if self._sieve is None or key not in self._sieve:
            return None
        return next(iter(self.all(key, 1)), None)

    def all(self, key: bytes, most: int) -> Sequence[Entry]:
        """The entries under a key, in the order in which they were added; so many at most."""
        if self._sieve is None or key not in self._sieve:
            return ()
        if self._log is not None:
            self._store = self._ordered(self._log)
            self._log = None
        assert self._store is not None, "something was added"
        query = "SELECT key, a, b, c, d FROM kept WHERE key = ? ORDER BY rowid LIMIT ?"
        found: list[Entry] = self._store.execute(query, (key, most)).fetchall()
        return found

    def _ordered(self, log: IO[bytes]) -> sqlite3.Connection:
        """All that was written so far, with an index. SQLite takes its file away with the connection."""
        store = sqlite3.connect("", isolation_level=None)
        store.execute("PRAGMA journal_mode = OFF")
        store.execute("PRAGMA cache_size = -1000")
        store.execute("BEGIN")  # and never a commit: nobody else will read it
        store.execute("CREATE TABLE kept (key BLOB, a, b, c, d)")
        end = log.tell()
        log.seek(0)
        while log.tell() < end:
            self._put(store, marshal.load(log))
        store.execute("CREATE INDEX by_key ON kept (key)")
        return store

    def _put(self, store: sqlite3.Connection, entries: Collection[Entry]) -> None:
        store.executemany("INSERT INTO kept VALUES (?, ?, ?, ?, ?)", entries)

"""Two records for one row (rule 10).

A source may have millions of records, so little is remembered of each: of rows about which a record said nothing new,
that there was one; of the others, what it asks for, on disk once there are many.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

from bake.catalog.lookups import Frozen
from bake.changeset.coverage import Coverage

#: How many claims are kept in memory.
REMEMBERED = 5_000

#: What is claimed: a row of the database by its id, a new one by a key of it.
Place: TypeAlias = int | Frozen


@dataclass(slots=True)
class Claim:
    """A record that is about a row: what it asks for there, and the number of the operation that it becomes, if any.

    `record` is None for one of the records that ask for nothing: which, is not remembered. `said` is what it says word
    by word, for new rows: what a reference comes to may only turn out later.
    """

    record: int | None
    effect: Frozen | bytes
    n: int | None = None
    said: Frozen | bytes = ()

    def asks_the_same(self, other: Claim) -> bool:
        """Whether two records for one row ask for the same."""
        return _are_same(self.effect, other.effect)

    def says_the_same(self, other: Claim) -> bool:
        """Whether they are equal."""
        return self.asks_the_same(other) or bool(self.said and _are_same(self.said, other.said))


class Claims:
    """Who was first to be about each row.

    Attributes:
        unsure: by entity, the records that may be about any of its rows: what should identify them does not.
    """

    def __init__(self) -> None:
        self._rows: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._recent: dict[tuple[str, Place], Claim] = {}
        self._kept = _Kept()
        self._possible: set[tuple[str, int]] = set()
        self.unsure: dict[str, list[int]] = {}

    def earlier(self, entity: str, place: Place, claim: Claim) -> Claim | None:
        """The first claim on a row, if this is not the first."""
        if isinstance(place, int):
            if not self._rows[entity].adds(place):
                return self._recent.get((entity, place)) or self._kept.get(entity, place) or _NOTHING_ASKED
            if not claim.effect:
                return None
        elif first := self._recent.get((entity, place)) or self._kept.get(entity, place):
            return first
        self._recent[entity, place] = claim
        return None

    def leaves(self, entity: str, row: int) -> bool:
        """A record is about a row and asks for nothing; whether it is the first that is about it."""
        return self._rows[entity].adds(row)

    def named(self, entity: str, row: int) -> bool:
        """Whether any record is, or may be, about a row."""
        return row in self._rows[entity] or (entity, row) in self._possible

    def possible(self, entity: str, row: int) -> None:
        """A record may be about this row: a question is open about it."""
        self._possible.add((entity, row))

    def trim(self) -> None:
        """Put claims on disk, if there are many. Only between batches: those of one still get their numbers."""
        if len(self._recent) > REMEMBERED:
            self._kept.add(self._recent)
            self._recent = {}


_NOTHING_ASKED = Claim(None, ())


class _Kept:
    """Claims on disk, in a file that nobody sees; SQLite takes it away with the connection."""

    def __init__(self) -> None:
        self._store: sqlite3.Connection | None = None

    def add(self, claims: dict[tuple[str, Place], Claim]) -> None:
        """Keep these."""
        rows = [
            (_mark((entity, place)), claim.record, claim.n, _mark(claim.effect), _mark(claim.said))
            for (entity, place), claim in claims.items()
        ]
        self._opened().executemany("INSERT INTO claims VALUES (?, ?, ?, ?, ?)", sorted(rows))

    def get(self, entity: str, place: Place) -> Claim | None:
        """The claim on a row."""
        if self._store is None:
            return None
        query = "SELECT record, n, effect, said FROM claims WHERE place = ?"
        row = self._store.execute(query, (_mark((entity, place)),)).fetchone()
        return Claim(row[0], row[2], row[1], row[3]) if row else None

    def _opened(self) -> sqlite3.Connection:
        if self._store is None:
            self._store = sqlite3.connect("", isolation_level=None)
            self._store.execute("PRAGMA journal_mode = OFF")
            columns = "place BLOB PRIMARY KEY, record INTEGER, n INTEGER, effect BLOB, said BLOB"
            self._store.execute(f"CREATE TABLE claims ({columns}) WITHOUT ROWID")
        return self._store


def _mark(value: object) -> bytes:
    """A digest that stands for a value; nothing for nothing."""
    if isinstance(value, bytes):
        return value
    if not value:
        return b""
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _are_same(one: Frozen | bytes, other: Frozen | bytes) -> bool:
    return one == other if type(one) is type(other) else _mark(one) == _mark(other)

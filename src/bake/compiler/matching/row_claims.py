"""Two records for one row (rule 10).

A source may have millions of records, so little is remembered of each: of rows about which a record said nothing new,
that there was one; of the others, what it asks for, on disk once there are many.
"""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping, Set
from functools import cached_property
from hashlib import blake2b
from os import SEEK_END
from typing import IO

import msgspec
from msgspec.structs import astuple

from bake.catalog.lookups import stored
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage
from bake.compiler.rows.mark_index import mark_of
from bake.compiler.rows.spill_store import SpillStore
from bake.temporary import temporary_file

_encode = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode

#: How many claims are kept in memory.
REMEMBERED = 5_000

#: Bytes of a digest of what a record asks for.
_DIGEST = 16


class Claim(msgspec.Struct):
    """A record that is about a row: what it asks for there, and the number of the operation that it becomes, if any.

    `record` is None for one of the records that ask for nothing: which, is not remembered. `said` is what it says word
    by word, for new rows: what a reference comes to may only turn out later. Both as `effect_of` gives them. `key` is
    the key of the new row, pickled, where another record may be about that row.
    """

    record: int | None
    effect: bytes = b""
    n: int | None = None
    said: bytes = b""
    key: bytes = b""

    def asks_the_same(self, other: Claim) -> bool:
        """Whether two records for one row ask for the same."""
        return self.effect == other.effect

    def says_the_same(self, other: Claim) -> bool:
        """Whether they are equal."""
        return self.asks_the_same(other) or bool(self.said and self.said == other.said)


def effect_of(values: Mapping[str, Json]) -> bytes:
    """What is equal where canonical values by field are, in whatever order the fields come; empty for none."""
    return blake2b(_encode(values), digest_size=_DIGEST).digest() if values else b""


def claim_key(entity: str, key: tuple[str, ...], values: Mapping[str, Json]) -> int:
    """What stands for the new row of an entity that has these values in a key; parts that it has not are null."""
    return mark_of(_encode([entity, key, [stored(values.get(name)) for name in key]]))


def doubtful_key(claim_key: int) -> int:
    """What stands for such a row where it is asked whether it is one."""
    return mark_of(b"doubtful %d" % claim_key)


class _ClaimStore:
    """Claims by place: in memory while they are few, on disk once they are many."""

    def __init__(self) -> None:
        self._recent: dict[int, Claim] = {}
        self._kept = SpillStore()

    def put(self, claim_key: int, claim: Claim) -> None:
        self._recent[claim_key] = claim

    def add(self, others: _ClaimStore) -> None:
        """Remember what is remembered elsewhere; the first claim stays."""
        known = self.known(others.claim_keys)
        self._recent.update((key, claim) for key, claim in others._recent.items() if key not in known)

    @property
    def claim_keys(self) -> KeysView[int]:
        """The places of which claims are in memory."""
        return self._recent.keys()

    @property
    def claims(self) -> Iterable[Claim]:
        """The claims that are in memory, some of them several times."""
        return self._recent.values()

    def known(self, claim_keys: Set[int]) -> set[int]:
        """Those of some places of which there are claims."""
        return self._kept.among(claim_keys).keys() | (self._recent.keys() & claim_keys)

    def find(self, claim_key: int) -> Claim | None:
        if recent := self._recent.get(claim_key):
            return recent
        kept = self._kept.get(claim_key)
        return None if kept is None else self._read(kept)

    def trim(self) -> None:
        """Put the claims on disk, each once, however many keys lead to it."""
        if len(self._recent) <= REMEMBERED:
            return
        starts: dict[int, int] = {}
        end = self._log.seek(0, SEEK_END)
        for claim in self._recent.values():
            if id(claim) not in starts:
                starts[id(claim)] = end
                end += self._log.write(marshal.dumps(astuple(claim)))
        self._kept.add(self._recent.keys(), [starts[id(claim)] for claim in self._recent.values()])
        self._recent = {}

    @cached_property
    def _log(self) -> IO[bytes]:
        return temporary_file(self)

    def _read(self, start: int) -> Claim:
        self._log.seek(start)
        return Claim(*marshal.load(self._log))


class Claims:
    """Who was first to be about each row.

    Attributes:
        unsure: by entity, the records that may be about any of its rows: what should identify them does not.
        used: by entity, the rows of the database to which records let others refer.
        turned: by entity and reference, the rows whose reference records lead elsewhere.
    """

    def __init__(self) -> None:
        self._rows: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._edits, self._new, self._named = _ClaimStore(), _ClaimStore(), _ClaimStore()
        self._unkeyed = False
        self._reserves = False
        self._possible: set[tuple[str, int]] = set()
        self.unsure: dict[str, list[int]] = {}
        self.used: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._possible_last: dict[str, tuple[Row, ...]] = {}
        self._used_last: dict[str, tuple[Row, ...]] = {}
        self.turned: defaultdict[tuple[str, str], Coverage] = defaultdict(Coverage)

    def earlier(self, entity: str, row: int, claim: Claim) -> Claim | None:
        """The first claim on a row of the database, if this is not the first."""
        if not self._rows[entity].add(row):
            return self._edits.find(_row_claim_key(entity, row)) or _NOTHING_ASKED
        if claim.effect:
            self._edits.put(_row_claim_key(entity, row), claim)
        return None

    def earlier_new(self, claim_key: int, claim: Claim) -> Claim | None:
        """The first claim on a new row with this key (`claim_key`), if this is not the first."""
        if first := self._new.find(claim_key):
            return first
        self._new.put(claim_key, claim)
        return None

    def earlier_named(self, claim_key: int, claim: Claim, *, keyed: bool) -> Claim | None:
        """The first claim on a new row of which something is known that several rows may have, such as a name.

        Args:
            claim_key: stands for that.
            claim: the claim.
            keyed: whether the record says what key its row has.
        """
        self._unkeyed = self._unkeyed or not keyed
        if first := self._named.find(claim_key):
            return first
        self._named.put(claim_key, claim)
        return None

    def found_new(self, claim_key: int) -> Claim | None:
        """The first claim on a new row with this key, or of which this is known."""
        return self._new.find(claim_key) or self._named.find(claim_key)

    @property
    def new_rows(self) -> list[Claim]:
        """The claims that are in memory of records which create rows, or may, each with what its record says."""
        return list({id(claim): claim for claim in (*self._new.claims, *self._named.claims) if claim.key}.values())

    def reserve(self, claim_key: int) -> None:
        """Keep a key for a row that may come to be: nobody else is given it, but who gives it is about another row."""
        self.earlier_new(_reserved(claim_key), _NOTHING_ASKED)
        self._reserves = True

    def is_taken(self, claim_key: int) -> bool:
        """Whether a row that a record creates, or may create, has this key."""
        return any(self._new.find(one) is not None for one in (claim_key, _reserved(claim_key)))

    def leaving(self, entity: str, rows: Collection[int]) -> list[int]:
        """Note that records are about these rows and ask for nothing; those that another record was about before."""
        return self._rows[entity].add_all(rows)

    def named(self, entity: str, row: int) -> bool:
        """Whether any record is, or may be, about a row."""
        return row in self._rows[entity] or (entity, row) in self._possible

    def rows(self, entity: str) -> Iterator[int]:
        """The ids of the rows of an entity that records are about."""
        return self._rows[entity].numbers()

    def possible(self, entity: str, rows: tuple[Row, ...]) -> None:
        """A record may be about one of these rows: a question is open about it, and often about others of the same."""
        if rows is not self._possible_last.get(entity):
            if len(rows) > 1:
                self._possible_last[entity] = rows
            self._possible.update((entity, row.id) for row in rows)

    def use(self, entity: str, rows: tuple[Row, ...]) -> None:
        """Records let others refer to one of these rows: many records often to one of the same many rows."""
        if rows is not self._used_last.get(entity):
            self._used_last[entity] = rows
            self.used[entity].add_all([row.id for row in rows])

    def meet(self, others: Claims) -> bool:
        """Whether these and others, gathered elsewhere and not on disk, may be about one row."""
        if any(self._rows[entity].meets(rows) for entity, rows in others._rows.items() if entity in self._rows):
            return True
        keys = others._new.claim_keys
        if self._new.known(keys) or (self._reserves and self._new.known(set(map(_reserved, keys)))):
            return True
        return (self._unkeyed or others._unkeyed) and bool(self._named.known(others._named.claim_keys))

    def add(self, others: Claims, before: int) -> None:
        """Add others that these do not meet, and which no question was about.

        Args:
            others: what was gathered elsewhere.
            before: how many operations come before those that are meant there.
        """
        for entity, rows in others._rows.items():
            self._rows[entity].add_from(rows)
        for target, ids in others.used.items():
            self.used[target].add_from(ids)
        for reference, ids in others.turned.items():
            self.turned[reference].add_from(ids)
        stores = ((self._edits, others._edits), (self._new, others._new), (self._named, others._named))
        for claim in {id(claim): claim for _, theirs in stores for claim in theirs.claims}.values():
            claim.n = None if claim.n is None else claim.n + before
        for mine, theirs in stores:
            mine.add(theirs)
        self._unkeyed = self._unkeyed or others._unkeyed

    def trim(self) -> None:
        """Put claims on disk, if there are many. Only between batches: those of one still get their numbers."""
        self._edits.trim()
        self._new.trim()
        self._named.trim()


_NOTHING_ASKED = Claim(None)


def _reserved(claim_key: int) -> int:
    return mark_of(b"reserved %d" % claim_key)


def _row_claim_key(entity: str, row: int) -> int:
    return hash((entity, row))

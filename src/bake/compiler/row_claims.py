"""Two records for one row (rule 10).

A source may have millions of records, so little is remembered of each: of rows about which a record said nothing new,
that there was one; of the others, what it asks for, on disk once there are many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import msgspec

from bake.catalog.lookups import stored
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage
from bake.compiler.spill_store import SpillStore, digest

_encode = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode

#: How many claims are kept in memory.
REMEMBERED = 20_000


class Claim(msgspec.Struct):
    """A record that is about a row: what it asks for there, and the number of the operation that it becomes, if any.

    `record` is None for one of the records that ask for nothing: which, is not remembered. `said` is what it says word
    by word, for new rows: what a reference comes to may only turn out later. Both as `effect_of` gives them.
    """

    record: int | None
    effect: bytes = b""
    n: int | None = None
    said: bytes = b""

    def asks_the_same(self, other: Claim) -> bool:
        """Whether two records for one row ask for the same."""
        return self.effect == other.effect

    def says_the_same(self, other: Claim) -> bool:
        """Whether they are equal."""
        return self.asks_the_same(other) or bool(self.said and self.said == other.said)


def effect_of(values: Mapping[str, Json]) -> bytes:
    """What is equal where canonical values by field are, in whatever order the fields come; empty for none."""
    return digest(_encode(values)) if values else b""


def claim_key(entity: str, key: tuple[str, ...], values: Mapping[str, Json]) -> bytes:
    """What stands for the new row of an entity that has these values in a key; parts that it has not are null."""
    return digest(_encode([entity, key, [stored(values.get(name)) for name in key]]))


class _ClaimStore:
    """Claims by place: in memory while they are few, on disk once they are many."""

    def __init__(self) -> None:
        self._recent: dict[bytes, Claim] = {}
        self._kept = SpillStore()

    def put(self, claim_key: bytes, claim: Claim) -> None:
        self._recent[claim_key] = claim

    def add(self, others: _ClaimStore, before: int) -> None:
        """Remember what is remembered elsewhere, where `before` operations were not counted; the first claim stays."""
        for claim in {id(claim): claim for claim in others._recent.values()}.values():
            claim.n = None if claim.n is None else claim.n + before
        self._recent.update((key, claim) for key, claim in others._recent.items() if self.find(key) is None)

    @property
    def claim_keys(self) -> Collection[bytes]:
        """The places of which claims are in memory."""
        return self._recent.keys()

    def find(self, claim_key: bytes) -> Claim | None:
        if recent := self._recent.get(claim_key):
            return recent
        kept = self._kept.get(claim_key)
        return Claim(*kept[1:]) if kept else None  # type: ignore[arg-type]

    def trim(self) -> None:
        if len(self._recent) > REMEMBERED:
            self._kept.add([(claim_key, c.record, c.effect, c.n, c.said) for claim_key, c in self._recent.items()])
            self._recent = {}


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
        self.turned: defaultdict[tuple[str, str], Coverage] = defaultdict(Coverage)

    def earlier(self, entity: str, row: int, claim: Claim) -> Claim | None:
        """The first claim on a row of the database, if this is not the first."""
        if not self._rows[entity].add(row):
            return self._edits.find(_row_claim_key(entity, row)) or _NOTHING_ASKED
        if claim.effect:
            self._edits.put(_row_claim_key(entity, row), claim)
        return None

    def earlier_new(self, claim_key: bytes, claim: Claim) -> Claim | None:
        """The first claim on a new row with this key (`claim_key`), if this is not the first."""
        if first := self._new.find(claim_key):
            return first
        self._new.put(claim_key, claim)
        return None

    def earlier_named(self, claim_key: bytes, claim: Claim, *, keyed: bool) -> Claim | None:
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

    def reserve(self, claim_key: bytes) -> None:
        """Keep a key for a row that may come to be: nobody else is given it, but who gives it is about another row."""
        self.earlier_new(_reserved(claim_key), _NOTHING_ASKED)
        self._reserves = True

    def is_taken(self, claim_key: bytes) -> bool:
        """Whether a row that a record creates, or may create, has this key."""
        return any(self._new.find(one) is not None for one in (claim_key, _reserved(claim_key)))

    def leaving(self, entity: str, rows: Collection[int]) -> list[int]:
        """Note that records are about these rows and ask for nothing; those that another record was about before."""
        return self._rows[entity].add_all(rows)

    def named(self, entity: str, row: int) -> bool:
        """Whether any record is, or may be, about a row."""
        return row in self._rows[entity] or (entity, row) in self._possible

    def possible(self, entity: str, row: int) -> None:
        """A record may be about this row: a question is open about it."""
        self._possible.add((entity, row))

    def meet(self, others: Claims) -> bool:
        """Whether these and others, gathered elsewhere and not on disk, may be about one row."""
        if any(self._rows[entity].meets(rows) for entity, rows in others._rows.items() if entity in self._rows):
            return True
        if any(map(self.is_taken if self._reserves else self._new.find, others._new.claim_keys)):
            return True
        return (self._unkeyed or others._unkeyed) and any(map(self._named.find, others._named.claim_keys))

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
        self._edits.add(others._edits, before)
        self._new.add(others._new, before)
        self._named.add(others._named, before)
        self._unkeyed = self._unkeyed or others._unkeyed

    def trim(self) -> None:
        """Put claims on disk, if there are many. Only between batches: those of one still get their numbers."""
        self._edits.trim()
        self._new.trim()
        self._named.trim()


_NOTHING_ASKED = Claim(None)


def _reserved(claim_key: bytes) -> bytes:
    return digest(b"reserved" + claim_key)


def _row_claim_key(entity: str, row: int) -> bytes:
    return digest(b"%b\0%d" % (entity.encode(), row))

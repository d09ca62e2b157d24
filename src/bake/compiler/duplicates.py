"""Two records for one row (rule 10).

A source may have millions of records, so little is remembered of each: of rows about which a record said nothing new,
that there was one; of the others, what it asks for, on disk once there are many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from bake.catalog.lookups import stored
from bake.catalog.values import Json
from bake.changeset.coverage import Coverage
from bake.compiler.kept import DIGEST, Kept, digest

_encode = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode

#: What is claimed: a row of the database by its id, a new one by a key of it (`key_place`).
Place: TypeAlias = int | bytes

#: How many claims are kept in memory.
REMEMBERED = 5_000


@dataclass(slots=True)
class Claim:
    """A record that is about a row: what it asks for there, and the number of the operation that it becomes, if any.

    `record` is None for one of the records that ask for nothing: which, is not remembered. `said` is what it says word
    by word, for new rows: what a reference comes to may only turn out later. Both as `effect_of` writes them.
    """

    record: int | None
    effect: bytes = b""
    n: int | None = None
    said: bytes = b""

    def asks_the_same(self, other: Claim) -> bool:
        """Whether two records for one row ask for the same."""
        return _short(self.effect) == _short(other.effect)

    def says_the_same(self, other: Claim) -> bool:
        """Whether they are equal."""
        return self.asks_the_same(other) or bool(self.said and _short(self.said) == _short(other.said))


def effect_of(values: Mapping[str, Json]) -> bytes:
    """Canonical values by field as bytes that are equal where they are, in whatever order the fields come."""
    return _encode(values) if values else b""


def key_place(key: tuple[str, ...], values: Mapping[str, Json]) -> bytes:
    """What stands for a new row that has these values in a key; parts that it has not are null."""
    return _encode([key, [stored(values.get(name)) for name in key]])


class Claims:
    """Who was first to be about each row.

    Attributes:
        unsure: by entity, the records that may be about any of its rows: what should identify them does not.
    """

    def __init__(self) -> None:
        self._rows: defaultdict[str, Coverage] = defaultdict(Coverage)
        self._recent: dict[tuple[str, Place], Claim] = {}
        self._kept = Kept()
        self._possible: set[tuple[str, int]] = set()
        self.unsure: dict[str, list[int]] = {}

    def earlier(self, entity: str, place: Place, claim: Claim) -> Claim | None:
        """The first claim on a row, if this is not the first."""
        if isinstance(place, int):
            if not self._rows[entity].add(place):
                return self._find(entity, place) or _NOTHING_ASKED
            if not claim.effect:
                return None
        elif first := self._find(entity, place):
            return first
        self._recent[entity, place] = claim
        return None

    def take(self, entity: str, place: bytes, claim: Claim) -> None:
        """A record's row will have this key, too."""
        self._recent[entity, place] = claim

    def is_taken(self, entity: str, place: bytes) -> bool:
        """Whether a row that a record creates has, or will have, this key."""
        return self._find(entity, place) is not None

    def leaving(self, entity: str, rows: Collection[int]) -> list[int]:
        """Note that records are about these rows and ask for nothing; those that another record was about before."""
        return self._rows[entity].add_all(rows)

    def named(self, entity: str, row: int) -> bool:
        """Whether any record is, or may be, about a row."""
        return row in self._rows[entity] or (entity, row) in self._possible

    def possible(self, entity: str, row: int) -> None:
        """A record may be about this row: a question is open about it."""
        self._possible.add((entity, row))

    def trim(self) -> None:
        """Put claims on disk, if there are many. Only between batches: those of one still get their numbers."""
        if len(self._recent) > REMEMBERED:
            self._kept.add(
                {
                    _mark(*place): (claim.record, claim.n, _short(claim.effect), _short(claim.said))
                    for place, claim in self._recent.items()
                }
            )
            self._recent = {}

    def _find(self, entity: str, place: Place) -> Claim | None:
        if recent := self._recent.get((entity, place)):
            return recent
        kept = self._kept.get(_mark(entity, place))
        return Claim(kept[0], kept[2], kept[1], kept[3]) if kept else None  # type: ignore[arg-type]


_NOTHING_ASKED = Claim(None)


def _mark(entity: str, place: Place) -> bytes:
    return digest(b"%b\0%b" % (entity.encode(), place if isinstance(place, bytes) else b"#%d" % place))


def _short(effect: bytes) -> bytes:
    """An effect, or the digest of a long one."""
    return digest(effect) if len(effect) > DIGEST else effect

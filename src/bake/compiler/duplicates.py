"""Two records for one row (rule 10)."""

from __future__ import annotations

from dataclasses import dataclass

from bake.catalog.lookups import Frozen


@dataclass(slots=True)
class Claim:
    """A record that is about a row: what it says of it, and the number of the operation that it becomes, if any.

    `said` is what it says word by word, for new rows: what a reference comes to may only turn out later.
    """

    record: int
    effect: Frozen
    n: int | None
    said: Frozen = ()

    def says_the_same(self, other: Claim) -> bool:
        """Whether two records for one row are equal."""
        return self.effect == other.effect or bool(self.said and self.said == other.said)


class Claims:
    """Who was first to be about each row.

    Attributes:
        unsure: by entity, the records that may be about any of its rows: what should identify them does not.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, object], Claim] = {}
        self._possible: set[tuple[str, object]] = set()
        self.unsure: dict[str, list[int]] = {}

    def earlier(self, entity: str, row: object, claim: Claim) -> Claim | None:
        """The first claim on a row, if this is not the first."""
        first = self._first.setdefault((entity, row), claim)
        return None if first is claim else first

    def named(self, entity: str, row: object) -> bool:
        """Whether any record is, or may be, about a row."""
        return (entity, row) in self._first or (entity, row) in self._possible

    def possible(self, entity: str, row: object) -> None:
        """A record may be about this row: a question is open about it."""
        self._possible.add((entity, row))

"""Which rows a name may mean: ranked by likeness, for a question and for search-as-you-type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz, process

from bake.catalog.names import normalised
from bake.changeset.model import Candidate, Key

_LEAST = 60.0


@dataclass(frozen=True, slots=True)
class Named:
    """A row by its key, what people call it, and all names under which it may be looked for."""

    key: Key
    label: str
    names: tuple[str, ...]


class CandidateIndex:
    """Rows of one entity, prepared once for any number of searches."""

    def __init__(self, rows: Sequence[Named]) -> None:
        pairs = [(normalised(name), row) for row in rows for name in dict.fromkeys((row.label, *row.names))]
        self._names = [name for name, _ in pairs]
        self._rows = [row for _, row in pairs]

    def search(self, text: str, limit: int = 5, least: float = _LEAST) -> tuple[Candidate, ...]:
        """The rows most like a text, best first.

        Args:
            text: a name as somebody wrote it.
            limit: how many at most.
            least: the likeness from which on a row counts, of 100.
        """
        wanted = normalised(text)
        if not wanted:
            return ()
        hits = process.extract(wanted, self._names, scorer=fuzz.WRatio, limit=limit * 4, score_cutoff=least)
        best: dict[str, Candidate] = {}
        for _, score, place in hits:
            row = self._rows[place]
            identity = repr(row.key)
            if identity not in best and len(best) < limit:
                likeness = Decimal(round(score)) / 100
                best[identity] = Candidate(key=row.key, label=row.label, score=likeness)
        return tuple(best.values())

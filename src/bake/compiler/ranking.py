"""Candidates for references that nothing was found for."""

from __future__ import annotations

from bake.catalog.lookups import naming_fields
from bake.catalog.names import label
from bake.catalog.values import Json
from bake.changeset.model import Candidate, Key, Question
from bake.compiler.scope import Known
from bake.resolution.candidates import CandidateIndex, Named

#: Half a name is less like the whole than a misspelt one is.
_LEAST_TYPED = 45.0


class Ranking:
    """Ranks an entity's rows by likeness to lookups; each entity is read once, and only if it is asked about."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._indexes: dict[str, CandidateIndex] = {}

    def candidates(self, question: Question) -> tuple[Candidate, ...]:
        """The rows that a question's lookup may mean, best first."""
        text = " ".join(words(question.lookup or {}))
        return self._index(question.entity).search(text) if text else ()

    def search(self, entity: str, text: str, limit: int = 8) -> tuple[Candidate, ...]:
        """The rows of an entity that a text, perhaps not typed to its end, may mean, best first."""
        return self._index(entity).search(text, limit, least=_LEAST_TYPED)

    def _index(self, entity: str) -> CandidateIndex:
        if entity not in self._indexes:
            item = self._known.catalog.entities[entity]
            naming = naming_fields(item)
            rows = []
            for row in self._known.snapshot.scan(entity, tuple(item.fields)):
                candidate = self._known.candidate(item, row)
                names = tuple(str(row.values[name]) for name in naming if row.values.get(name))
                rows.append(Named(candidate.key, candidate.label, names))
            for made in self._known.fresh.all_of(entity):
                named = label(item.label, dict(made.values), str(made.key))
                rows.append(Named(made.key, named, tuple(str(made.values[n]) for n in naming if made.values.get(n))))
            self._indexes[entity] = CandidateIndex(rows)
        return self._indexes[entity]


def words(lookup: Key) -> list[str]:
    """The texts of a lookup, in order; ids and other numbers do not name a row."""
    found: list[str] = []
    for part in lookup.values():
        found += words(part) if isinstance(part, dict) else _text(part)
    return found


def _text(part: Json) -> list[str]:
    return [part] if isinstance(part, str) else []

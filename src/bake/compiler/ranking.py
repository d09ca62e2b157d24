"""Candidates for references that nothing was found for."""

from __future__ import annotations

from bake.catalog.names import label
from bake.catalog.values import Json
from bake.changeset.model import Candidate, Key, Question
from bake.compiler.lookups import naming_fields
from bake.compiler.scope import Scope
from bake.resolution.candidates import CandidateIndex, Named


class Ranking:
    """Ranks an entity's rows by likeness to lookups; each entity is read once, and only if it is asked about."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._indexes: dict[str, CandidateIndex] = {}

    def candidates(self, question: Question) -> tuple[Candidate, ...]:
        """The rows that a question's lookup may mean, best first."""
        text = " ".join(words(question.lookup or {}))
        return self._index(question.entity).search(text) if text else ()

    def _index(self, entity: str) -> CandidateIndex:
        if entity not in self._indexes:
            item = self._scope.catalog.entities[entity]
            naming = naming_fields(item)
            rows = []
            for row in self._scope.snapshot.scan(entity, tuple(item.fields)):
                candidate = self._scope.candidate(item, row)
                names = tuple(str(row.values[name]) for name in naming if row.values.get(name))
                rows.append(Named(candidate.key, candidate.label, names))
            for made in self._scope.fresh.all_of(entity):
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

"""Candidates for references that nothing was found for: which rows a lookup may mean, by its names and its context."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from string import Formatter

from bake.catalog.entity import Entity
from bake.catalog.field_types import Uuid
from bake.catalog.lookups import frozen, given, naming_fields, says_nothing
from bake.catalog.names import label, loose_form
from bake.catalog.row import Row
from bake.catalog.values import Json, Misfit, parse
from bake.changeset.model import Candidate, Key, Question
from bake.compiler.questions.questions import Asking
from bake.compiler.rows.created_rows import CreatedRow
from bake.compiler.rows.resolved import Found
from bake.compiler.rows.row_keys import Shape
from bake.compiler.rows.row_resolver import RowResolver
from bake.compiler.snapshot import scan
from bake.resolution.candidates import CandidateIndex, Facts, Named, Wanted
from bake.resolution.quantities import measures

#: Half a name is less like the whole than a misspelt one is.
_LEAST_TYPED = 45.0
_PAGE = 1000


class Ranking:
    """Ranks an entity's rows by likeness to lookups; each entity is read once, and only if it is asked about."""

    def __init__(self, known: RowResolver) -> None:
        self._known = known
        self._indexes: dict[str, CandidateIndex] = {}

    def candidates_of_all(self, asked: Sequence[tuple[Question, Asking | None]]) -> Iterator[tuple[Candidate, ...]]:
        """The same for several questions: the number of queries grows with the entities, not with the questions."""
        self._known.trim()
        parts: defaultdict[str, list[Key]] = defaultdict(list)
        for question, asking in asked:
            item = self._known.catalog.entities[question.entity]
            for name in telling(item):
                if (target := item.references.get(name)) is not None:
                    around = self._telling_of(item, name, asking) if asking else ()
                    said = [(question.lookup or {}).get(name), *(asking.values.get(n) for n in around if asking)]
                    parts[target] += [part for part in said if isinstance(part, dict) and not says_nothing(part)]
        for target, those in parts.items():
            self._known.references.resolve(target, those)
        return (self.candidates(question, asking) for question, asking in asked)

    def candidates(self, question: Question, asking: Asking | None = None) -> tuple[Candidate, ...]:
        """The rows that a question's lookup may mean, best first.

        Args:
            question: of the kind `missing`.
            asking: the first of the records that ask it.
        """
        item = self._known.catalog.entities[question.entity]
        lookup = question.lookup or {}
        named = (label(item.label, lookup, ""), " ".join(words(self._naming(item, lookup))))
        wanted = Wanted(
            texts=tuple(filter(None, named)),
            said=self._facts_of(item, lookup),
            around=self._around(item, asking) if asking else {},
            never=self._known.distinct(item.name, lookup),
            codes=_codes(item, lookup) | _typed_as_names(item, lookup),
            leaf=asking is not None and asking.field in self._known.catalog.entities[asking.entity].leaves,
        )
        return self._index(question.entity).search(wanted) if wanted.texts or wanted.codes else ()

    def search(self, entity: str, text: str, limit: int = 8) -> tuple[Candidate, ...]:
        """The rows of an entity that a text, perhaps not typed to its end, may mean, best first."""
        return self._index(entity).search(text, limit, least=_LEAST_TYPED)

    def _index(self, entity: str) -> CandidateIndex:
        if entity not in self._indexes:
            item = self._known.catalog.entities[entity]
            made = (self._made(item, row) for row in self._known.created_rows.all_of(entity))
            self._indexes[entity] = CandidateIndex([*self._rows(item), *made])
        return self._indexes[entity]

    def _rows(self, item: Entity) -> list[Named]:
        """The rows of the database; those that they refer to are fetched a page at a time."""
        named = list(self._named(item))
        parents = {row.values[name] for row, _ in named for name in item.own_references}
        return [replace(one, has_children=True) if row.id in parents else one for row, one in named]

    def _named(self, item: Entity) -> Iterator[tuple[Row, Named]]:
        rows = scan(self._known.snapshot, item.name, tuple(item.fields))
        shape: Shape = {name: {} for name in item.references if name in _named_by(item)}
        told, names = telling(item), naming_fields(item)
        while page := list(islice(rows, _PAGE)):
            self._known.keys.fetch_parents(item.name, page, shape)
            for row in page:
                candidate = self._known.candidate(item, row)
                texts, facts = _texts(item, names, row.values), _facts(item, told, row.values)
                codes = _codes(item, row.values)
                yield row, Named(candidate.key, candidate.label, texts, facts, codes=codes, uuids=candidate.uuids)

    def _made(self, item: Entity, made: CreatedRow) -> Named:
        candidate = self._known.created_candidate(item, made)
        facts = _facts(item, telling(item), made.values)
        texts = _texts(item, naming_fields(item), made.values)
        return Named(made.key, candidate.label, texts, facts, candidate.why, _codes(item, made.values))

    def _naming(self, item: Entity, lookup: Key) -> Key:
        """What of a lookup names the row: a category that it is said to be of does not make a row more like it."""
        names = {*naming_fields(item), *_named_by(item)}
        return {
            name: self._naming(self._known.catalog.entities[item.references[name]], part)
            if isinstance(part, dict)
            else part
            for name, part in lookup.items()
            if name in names and not _is_code(item, name, part)
        }

    def _facts_of(self, item: Entity, lookup: Key) -> Facts:
        said = {name: lookup[name] for name in telling(item) if given(lookup, name)}
        return {name: fact for name, part in said.items() if (fact := self._stated(item, name, part)) is not None}

    def _around(self, item: Entity, asking: Asking) -> Facts:
        """What the asking record says that a row could say too: a field of the same name, a reference to the same."""
        facts: dict[str, Hashable] = {}
        for name in telling(item):
            for theirs in self._telling_of(item, name, asking):
                fact = self._stated(item, name, asking.values[theirs]) if given(asking.values, theirs) else None
                if fact is not None:
                    facts[name] = fact
        return facts

    def _telling_of(self, item: Entity, name: str, asking: Asking) -> list[str]:
        """The fields of the asking record that say what a field of the row may say."""
        target, asker = item.references.get(name), self._known.catalog.entities[asking.entity]
        return [name] if target is None else [n for n, other in asker.references.items() if other == target]

    def _stated(self, item: Entity, name: str, part: Json) -> Hashable:
        """A fact as a lookup states it, in the form in which rows have it."""
        target = item.references.get(name)
        if target is None:
            return _fact(item, name, part)
        if not isinstance(part, dict):
            return None
        hit = self._known.references.resolve(target, [part])[frozen(part)]
        return _fact(item, name, hit.row.id) if isinstance(hit, Found) else None


def telling(item: Entity) -> list[str]:
    """The fields that tell rows of one name apart: texts of its keys and label, and references."""
    names = _named_by(item) | {*item.references}
    return [name for name in item.fields if name in names and name not in naming_fields(item)]


def words(lookup: Key) -> list[str]:
    """The texts of a lookup, in order; ids and other numbers do not name a row."""
    found: list[str] = []
    for part in lookup.values():
        found += words(part) if isinstance(part, dict) else _text(part)
    return found


def _named_by(item: Entity) -> set[str]:
    labelled = {name for _, name, _, _ in Formatter().parse(item.label) if name}
    return {name for key in item.keys for name in key} | labelled


def _texts(item: Entity, fields: Sequence[str], values: Mapping[str, Json]) -> tuple[str, ...]:
    return tuple(str(values[name]) for name in fields if values.get(name) and not _is_code(item, name, values[name]))


def _codes(item: Entity, values: Mapping[str, Json]) -> frozenset[Hashable]:
    """The codes that a row or a lookup has, each in the normal form of its field."""
    given = ((name, values.get(name)) for name in item.codes)
    return frozenset(item.fields[name].normal(value) for name, value in given if isinstance(value, str) and value)


def _typed_as_names(item: Entity, lookup: Key) -> frozenset[Hashable]:
    """The codes that a lookup may have where it has a name."""
    names = [lookup[name] for name in naming_fields(item) if name in lookup and _is_code(item, name, lookup[name])]
    return frozenset().union(*(_codes(item, dict.fromkeys(item.codes, text)) for text in names))


def _is_code(item: Entity, name: str, value: Json) -> bool:
    """Whether a value is a code (a barcode, a slug of digits, a uuid): equal to another or not, never alike."""
    return name in item.codes or (isinstance(value, str) and (not any(map(str.isalpha, value)) or _is_uuid(value)))


def _facts(item: Entity, fields: Sequence[str], values: Mapping[str, Json]) -> Facts:
    stated = ((name, _fact(item, name, values[name])) for name in fields if values.get(name) is not None)
    return {name: fact for name, fact in stated if fact is not None}


def _fact(item: Entity, name: str, value: Json) -> Hashable:
    """A value as something that equals what says the same; amounts are none, as they are compared as such."""
    match value:
        case int() if name in item.references:
            return (item.references[name], value)
        case str() if not measures(value):
            return loose_form(value) or None
        case _:
            return None


def _text(part: Json) -> list[str]:
    return [part] if isinstance(part, str) else []


def _is_uuid(value: str) -> bool:
    try:
        return parse(Uuid(), value) is not None
    except Misfit:
        return False

"""Records that stand within records: a recipe's lines, as sections of their own after all others.

Each nested record gets a member that names the record around it, by whatever that says of its own identity, so that it
can be read like any other record of its entity.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

from bake.catalog.entity import ID, Entity, Nested
from bake.catalog.lookups import given
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.catalog.view import View
from bake.errors import InvalidSource, Location, Problem
from bake.sources.json.json_document import JsonDocument
from bake.sources.json.json_faults import described
from bake.sources.model import Batch, Position, Section, SourceFile, streamed
from bake.sources.texts.text import pointer

#: How many records lie between two at which it is noted how many nested ones stand before.
_STEP = 256


@dataclass(frozen=True)
class _Lists:
    """The lists of one name in the records of one top-level array. What they hold is not held.

    Attributes:
        outer: the top-level array.
        entity: of its records.
        name: of the lists.
        nested: what they hold.
        view: of what they hold.
        own: the view of the records that hold them.
        before: how many nested records stand before the first record of that array, and before each `_STEP`th further.
    """

    outer: str
    entity: Entity
    name: str
    nested: Nested
    view: View
    own: View
    before: array[int] = field(default_factory=lambda: array("Q"))

    def of(self, record: dict[str, Json]) -> list[dict[str, Json]]:
        """The list in a record; empty if it has none."""
        return record.get(self.name) or []

    def read(self, records: Iterator[Json]) -> Iterator[dict[str, Json]]:
        """The nested records in order, naming the record around them, with their positions in its list."""
        for record in records:
            around = {self.nested.reference: _naming(self.entity, self.own, record)} if self.of(record) else {}
            for position, item in enumerate(self.of(record), 1):
                yield {**item, **self._numbered(item, position), **around}

    def _numbered(self, item: dict[str, Json], position: int) -> dict[str, Json]:
        """The position of an item, where a number tells equal ones apart and it has none of its own."""
        name = self.nested.numbered
        return {name: Position(position)} if name is not None and item.get(name) is None else {}


class _Content:
    """A document whose records hold further ones; those are known by the pointer of their section."""

    def __init__(self, document: JsonDocument, lists: dict[str, _Lists]) -> None:
        self._document = document
        self._lists = lists
        self._near = lru_cache(maxsize=2)(self._sizes)  # questions come in the order of the records

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records of a section."""
        lists = self._lists.get(section.pointer)
        return lists.read(self._document.records(lists.outer)) if lists else self._document.read(section)

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        """The records of a section, so many at a time."""
        nested = section.pointer in self._lists
        return streamed(self.read(section), section, size) if nested else self._document.batches(section, size)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands, or a part of it."""
        lists = self._lists.get(section.pointer)
        if lists is None:
            return self._document.locate(section, index, steps)
        stretch = bisect_right(lists.before, index) - 1
        position = index - lists.before[stretch]
        for around, size in enumerate(self._near(section.pointer, stretch), stretch * _STEP):
            if position < size:
                return self._document.item(lists.outer, around, lists.name, position, *steps)
            position -= size
        raise IndexError(f"{section.name} has no record {index}")

    def _sizes(self, where: str, stretch: int) -> array[int]:
        """How many nested records each record around them has, of one stretch of the array."""
        lists = self._lists[where]
        records = islice(self._document.records(lists.outer, stretch * _STEP), _STEP)
        return array("Q", (len(lists.of(record)) for record in records))


def unnested(source: SourceFile, document: JsonDocument, catalog: Catalog) -> SourceFile:
    """The source with a section more for each kind of records that stand within the entities' own records.

    Raises:
        InvalidSource: what should be a list of objects is something else; its `problems` are all such places.
    """
    found = [lists for section in source.sections for lists in _lists_of(section, catalog)]
    counts = _surveyed(found, document)
    sections, lists_by_pointer = list(source.sections), {}
    first = source.size
    for lists, count in zip(found, counts, strict=True):
        if count is not None:
            where = f"{pointer(lists.outer)}/*{pointer(lists.name)}"
            sections.append(Section(f"{lists.entity.name}/{lists.name}", count, first, lists.view, where))
            lists_by_pointer[where] = lists
            first += count
    if not lists_by_pointer:
        return source
    return replace(source, sections=tuple(sections), content=_Content(document, lists_by_pointer))


def _lists_of(section: Section, catalog: Catalog) -> Iterator[_Lists]:
    if section.view is not None:
        entity = catalog.entities[section.view.entity]
        for name, view, nested in catalog.lines_of(section.view):
            yield _Lists(section.name, entity, name, nested, view, section.view)


def _surveyed(found: list[_Lists], document: JsonDocument) -> list[int | None]:
    """How many nested records there are in each of the lists, which are checked; None where no record has one."""
    problems: list[Problem] = []
    counts: list[int | None] = []
    for lists in found:
        count, there = 0, False
        for index, record in enumerate(document.records(lists.outer)):
            if index % _STEP == 0:
                lists.before.append(count)
            if (items := record.get(lists.name)) is not None:
                problems += _problems(lists, document, index, items)
                there = True
                count += len(items) if isinstance(items, list) else 0
        counts.append(count if there else None)
    _refuse(problems)
    return counts


def _problems(lists: _Lists, document: JsonDocument, index: int, items: Json) -> Iterator[Problem]:
    if not isinstance(items, list):
        where = document.item(lists.outer, index, lists.name)
        yield Problem(f"{lists.name} is {described(items)}; expected a list", where)
        return
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            where = document.item(lists.outer, index, lists.name, position)
            yield Problem(f"{described(item)}; expected an object", where)


def _refuse(problems: list[Problem]) -> None:
    if not problems:
        return
    first = problems[0]
    message = first.message if len(problems) == 1 else f"{len(problems)} lists or items within records cannot be read"
    hint = 'Write records within a record as a list of objects: [ {"<field>": <value>, …}, … ].'
    raise InvalidSource(message, location=first.location, hint=hint, problems=problems)


def _naming(entity: Entity, view: View, record: dict[str, Json]) -> dict[str, Json]:
    """What a record says of its own identity; other names that people give it only where nothing else is certain."""
    if view.kind != "entity":
        record = {c.path[0]: record[c.name] for c in view.columns if len(c.path) == 1 and c.name in record}
    keys = {name for key in entity.identities for name in key if name not in entity.references}
    certain = any(len(key) == 1 and given(record, key[0]) for key in entity.identities)
    names = (ID, *entity.fields)
    wanted = {ID, *keys} if certain else {ID, *keys, *entity.alternates}
    return {name: record[name] for name in names if name in wanted and given(record, name)}

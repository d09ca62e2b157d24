"""Records that stand within records: a recipe's lines, as sections of their own after all others.

Each nested record gets a member that names the record around it, by whatever that says of its own identity, so that it
can be read like any other record of its entity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from bake.catalog.lookups import given
from bake.catalog.model import ID, Catalog, Entity, Nested
from bake.catalog.values import Json
from bake.errors import InvalidSource, Location, Problem
from bake.sources.json_document import JsonDocument
from bake.sources.json_faults import described
from bake.sources.model import Section, SourceFile
from bake.sources.text import pointer


@dataclass(frozen=True)
class _Lists:
    """The lists of one name in the records of one top-level array.

    Attributes:
        array: the top-level array.
        entity: of its records.
        name: of the lists.
        nested: what they hold.
        alike: the columns in which two items of a list are the same if only their number tells them apart.
        places: of each nested record the number of the record around it, and its own number in the list there.
    """

    array: str
    entity: Entity
    name: str
    nested: Nested
    alike: tuple[str, ...]
    places: list[tuple[int, int]]

    def read(self, records: Json) -> Iterator[dict[str, Json]]:
        """The nested records in order, numbered within the record around them and naming it."""
        for index, places in groupby(self.places, key=lambda place: place[0]):
            around = {self.nested.reference: _naming(self.entity, records[index])}
            numbers: dict[object, int] = {}
            for _, place in places:
                item = records[index][self.name][place]
                yield {**item, **self._number(item, numbers), **around}

    def _number(self, item: dict[str, Json], numbers: dict[object, int]) -> dict[str, Json]:
        """The member that tells an item apart from equal ones before it, unless it has one."""
        name = self.nested.numbered
        if name is None:
            return {}
        same = repr([item.get(column) for column in self.alike])
        number = item.get(name)
        if number is None:
            number = numbers.get(same, 0) + 1
        if isinstance(number, int):
            numbers[same] = max(number, numbers.get(same, 0))
        return {name: number}


@dataclass(frozen=True)
class _Content:
    """A document whose records hold further ones; those are known by the pointer of their section."""

    document: JsonDocument
    lists: dict[str, _Lists]

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records of a section."""
        lists = self.lists.get(section.pointer)
        return lists.read(self.document.value(lists.array)) if lists else self.document.read(section)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands, or a part of it."""
        lists = self.lists.get(section.pointer)
        if lists is None:
            return self.document.locate(section, index, steps)
        around, place = lists.places[index]
        return self.document.item(lists.array, around, lists.name, place, *steps)


def unnested(source: SourceFile, document: JsonDocument, catalog: Catalog) -> SourceFile:
    """The source with a section more for each kind of records that stand within the entities' own records.

    Raises:
        InvalidSource: what should be a list of objects is something else; its `problems` are all such places.
    """
    found = [lists for section in source.sections for lists in _lists_of(section, catalog)]
    _refuse([problem for lists in found for problem in _problems(lists, document)])
    sections, lists_by_pointer = list(source.sections), {}
    first = source.size
    for lists in found:
        places = _places(lists, document.value(lists.array))
        if places:
            where = f"{pointer(lists.array)}/*{pointer(lists.name)}"
            view = catalog.plain_view(lists.nested.entity)
            sections.append(Section(f"{lists.entity.name}/{lists.name}", len(places), first, view, where))
            lists_by_pointer[where] = replace(lists, places=places)
            first += len(places)
    if not lists_by_pointer:
        return source
    return replace(source, sections=tuple(sections), content=_Content(document, lists_by_pointer))


def _lists_of(section: Section, catalog: Catalog) -> Iterator[_Lists]:
    if section.view is None or section.view.kind != "entity":
        return
    entity = catalog.entities[section.view.entity]
    for name, nested in entity.nested.items():
        yield _Lists(section.name, entity, name, nested, _alike(catalog, nested), [])


def _alike(catalog: Catalog, nested: Nested) -> tuple[str, ...]:
    """The columns of the key that holds the number, without the number and the reference to the record around."""
    keys = catalog.entities[nested.entity].keys
    rest = {name for key in keys if nested.numbered in key for name in key} - {nested.reference, nested.numbered}
    columns = catalog.plain_view(nested.entity).columns
    return tuple(column.name for column in columns if column.path and column.path[0] in rest)


def _places(lists: _Lists, records: Json) -> list[tuple[int, int]]:
    return [
        (index, place) for index, record in enumerate(records) for place in range(len(record.get(lists.name) or ()))
    ]


def _problems(lists: _Lists, document: JsonDocument) -> Iterator[Problem]:
    for index, record in enumerate(document.value(lists.array)):
        items = record.get(lists.name)
        if not isinstance(items, list | None):
            where = document.item(lists.array, index, lists.name)
            yield Problem(f"{lists.name} is {described(items)}; expected a list", where)
            continue
        for place, item in enumerate(items or ()):
            if not isinstance(item, dict):
                where = document.item(lists.array, index, lists.name, place)
                yield Problem(f"{described(item)}; expected an object", where)


def _refuse(problems: list[Problem]) -> None:
    if not problems:
        return
    first = problems[0]
    message = first.message if len(problems) == 1 else f"{len(problems)} lists or items within records cannot be read"
    hint = 'Write records within a record as a list of objects: [ {"<field>": <value>, …}, … ].'
    raise InvalidSource(message, location=first.location, hint=hint, problems=problems)


def _naming(entity: Entity, record: dict[str, Json]) -> dict[str, Json]:
    """What a record says of its own identity; other names that people give it only where nothing else is certain."""
    keys = {name for key in entity.identities for name in key if name not in entity.references}
    certain = any(len(key) == 1 and given(record, key[0]) for key in entity.identities)
    names = (ID, *entity.fields)
    wanted = {ID, *keys} if certain else {ID, *keys, *entity.alternates}
    return {name: record[name] for name in names if name in wanted and given(record, name)}

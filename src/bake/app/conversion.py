"""Rows that a source describes, written as the records of another shape, with all that does not fit into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bake.app.workers.standalone_compile import CompiledSource
from bake.app.written_files import Lost
from bake.catalog.entity import ID
from bake.catalog.lookups import naming_fields, value_at
from bake.catalog.values import Json
from bake.catalog.view import Column, Role, View
from bake.changeset.model import Create
from bake.changeset.runs import numbers

#: What is known of rows, by path.
_Leaves: TypeAlias = dict[tuple[str, ...], Json]

#: Notices that say how something was understood, not that it was left out, nor that it may be meant otherwise.
_UNDERSTOOD = frozenset(
    ("normalised", "option", "composite", "matched_by_id", "id_differs", "header", "sheet", "short_rows", "filled_down")
)


@dataclass
class Losses:
    """What could not be carried over, counted."""

    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, records: int = 1) -> None:
        """Count records that lose the same."""
        self._counts[what] = self._counts.get(what, 0) + records

    def all(self) -> tuple[Lost, ...]:
        """All of it, in the order in which it was found."""
        return tuple(Lost(what, records) for what, records in self._counts.items())


@dataclass
class Converter:
    """Writes rows as records of one view.

    Attributes:
        understood: the source.
        view: the shape: a view, or an entity's own records.
        losses: is told what does not fit.
    """

    understood: CompiledSource
    view: View
    losses: Losses

    def __post_init__(self) -> None:
        named = [c for c in self.view.columns if c.path and c.role is not Role.COMPUTED]
        self._by_path: dict[tuple[str, ...], str] = {}
        for column in named:
            self._by_path.setdefault(column.path, column.name)
        self._plain = self.view.kind == "entity"
        self._shown = [] if self._plain else [column for column in named if column.exported]

    def record(self, create: Create) -> dict[str, Json]:
        """The record of a row."""
        document = self._document(create)
        result: dict[str, Json] = {column.name: self._context(column, document) for column in self._shown}
        for name, value in create.values.items():
            result.update(self._field(create, name, value))
        return result

    def _field(self, create: Create, name: str, value: Json) -> Iterator[tuple[str, Json]]:
        question = self.understood.open(create, name)
        if question is not None and question.kind in ("invalid", "decision"):
            yield from self._misfit(create, name)
        elif isinstance(value, dict) and name in self._references:
            yield from self._reference(create, name, value)
        elif self._is_made(create, name):
            return
        elif (name,) in self._by_path:
            yield self._by_path[(name,)], value
        else:
            self.losses.add(f"{self.view.entity}: the view {self.view.name} has no column for {name}")

    @property
    def _references(self) -> Mapping[str, str]:
        return self.understood.catalog.entities[self.view.entity].references

    def _is_made(self, create: Create, name: str) -> bool:
        """Whether a uuid or a key was only made for the new row, so that the record says nothing with it.

        It would claim that the row is not one that resembles it. It is carried where nothing else tells the row again,
        and where other records of a set name the row by it.
        """
        item = self.understood.catalog.entities[create.entity]
        if self._said(create).get(name) is not None:
            return False
        if name == "uuid":
            return name not in create.key
        return name in item.derived and not (self._plain and create.n in self.understood.referred)

    def _said(self, create: Create) -> dict[str, Json]:
        return self.understood.reading(create).fields

    def _misfit(self, create: Create, name: str) -> Iterator[tuple[str, Json]]:
        """A value that fits nowhere is carried as it stands, so that it is asked about where the file is imported."""
        bad = self.understood.reading(create).bad.get(name)
        if bad is None:
            self.losses.add(f"{create.entity}: {name} is needed, and the source does not give it")
        elif (name,) in self._by_path and name not in self._references:
            self.losses.add(f"{create.entity}: {name} does not fit, and was carried as it stands")
            yield self._by_path[(name,)], bad.raw
        else:
            self.losses.add(f"{create.entity}: {name} cannot be understood")

    def _reference(self, create: Create, name: str, value: dict[str, Json]) -> Iterator[tuple[str, Json]]:
        """A reference as columns, or as an object: the key of a row of the source, or else what the source says."""
        parent = self.understood.parent(create, name)
        lookup = dict(parent.key) if parent else value
        if len(lookup) > 1:
            lookup = {part: said for part, said in lookup.items() if part != ID}
        leaves = dict(_leaves((name,), lookup))
        if lookup.keys() == {ID}:
            target = self._references[name]
            self.losses.add(f"{create.entity}: {name} is only given as an id of {target}, which leads nowhere")
        if None in leaves.values() and parent is None and (said := self._with_composite(name, leaves)):
            lookup, leaves = said
        if None in leaves.values() and parent is None:
            self.losses.add(f"{create.entity}: {name} is known by what it has not, which no file can say")
        elif leaves.keys() <= self._by_path.keys():
            yield from ((self._by_path[path], leaf) for path, leaf in leaves.items())
        elif (name,) in self._by_path:
            yield self._by_path[(name,)], lookup
        elif not self._is_named(create, name):
            self.losses.add(f"{create.entity}: the view {self.view.name} has no column for {name}")

    def _with_composite(self, name: str, leaves: _Leaves) -> tuple[dict[str, Json], _Leaves] | None:
        """What is known of a row, in part as a composite text, which can say that a field is null; None if it cannot.

        Args:
            name: the reference field.
            leaves: by path from the record, what is known.
        """
        target = self.understood.catalog.entities[self._references[name]]
        composite, key = target.composite, target.composite_key
        paths = [(name, *path) for path in composite.paths] if composite else []
        if composite is None or key is None or not leaves.keys() >= {*paths} or (name, key) in leaves:
            return None
        text = composite.join([leaves[path] for path in paths])
        rest = {path: leaf for path, leaf in leaves.items() if path not in paths}
        if text is None or None in rest.values():
            return None
        leaves = {(name, key): text, **rest}
        lookup: dict[str, Json] = {}
        for (_, *steps, last), leaf in leaves.items():
            within = lookup
            for step in steps:
                within = within.setdefault(step, {})
            within[last] = leaf
        return lookup, leaves

    def _is_named(self, create: Create, name: str) -> bool:
        """Whether the columns that show a reference have a name of it, by which it can be found."""
        naming = naming_fields(self.understood.catalog.entities[self._references[name]])
        document = self._document(create)
        return any((name, part) in self._by_path and value_at(document, (name, part)) is not None for part in naming)

    def _document(self, create: Create) -> dict[str, Json]:
        """A row with the rows that it refers to in place, as far as the source has them."""
        if self._plain:
            return {}
        return {ID: self.understood.reading(create).id, **self._values(create, frozenset())}

    def _values(self, create: Create, seen: frozenset[int]) -> dict[str, Json]:
        values: dict[str, Json] = dict(create.values)
        for name in values:
            parent = self.understood.parent(create, name)
            if parent is not None and parent.n not in seen:
                values[name] = self._values(parent, seen | {create.n})
        return values

    def _context(self, column: Column, document: dict[str, Json]) -> Json:
        """What a column shows; what identifies the row itself is only written where the source says it."""
        if column.role is Role.IDENTITY and column.path != (ID,):
            return None
        value = value_at(document, column.path)
        return None if isinstance(value, dict) else value


def left_out(understood: CompiledSource, losses: Losses) -> None:
    """Count what the source has and the catalog does not know, and what was put into words already."""
    for notice in understood.notices:
        if notice.code not in _UNDERSTOOD:
            losses.add(notice.message, len(list(numbers(notice.from_))))
    for section in understood.source.sections:
        item = understood.catalog.entities[section.view.entity] if section.view else None
        if item is not None and section.name in item.updates and section.records:
            losses.add(
                f"{item.name}: those of {section.name} may be about rows that are here, and were carried as new ones",
                section.records,
            )
    for question in understood.questions.values():
        if question.kind == "duplicate":
            losses.add(f"{question.entity}: {question.problem}; both were carried")


def _leaves(path: tuple[str, ...], lookup: Mapping[str, Json]) -> Iterator[tuple[tuple[str, ...], Json]]:
    for name, part in lookup.items():
        if isinstance(part, dict):
            yield from _leaves((*path, name), part)
        else:
            yield (*path, name), part

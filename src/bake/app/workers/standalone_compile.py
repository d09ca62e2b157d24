"""Compile a source without a database: the rows that an import into an empty one would create, and its questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bake.catalog.model import Catalog
from bake.catalog.row import Page, Row
from bake.catalog.values import Json
from bake.changeset.model import Built, Create, Notice, Question
from bake.changeset.pointers import pointer
from bake.changeset.runs import numbers
from bake.compiler.build import compile_source
from bake.compiler.context import Options
from bake.compiler.reading.binding import Binding, Reading
from bake.database.constraints.dependents import OutsideTable, Reference
from bake.database.constraints.rules import Rule
from bake.sources.model import Record, SourceFile


class EmptySnapshot:
    """The snapshot of a database without rows; implements `bake.compiler.snapshot.Snapshot`."""

    def find(
        self,
        entity: str,  # noqa: ARG002
        by: tuple[str, ...],  # noqa: ARG002
        keys: Sequence[tuple[Json, ...]],  # noqa: ARG002
    ) -> dict[tuple[Json, ...], list[Row]]:
        """No row has any key."""
        return {}

    def columns(
        self,
        entity: str,  # noqa: ARG002
        by: str,  # noqa: ARG002
        keys: Sequence[str],  # noqa: ARG002
        fields: tuple[str, ...],
    ) -> tuple[Sequence[int], Sequence[Sequence[Json]]]:
        """No row has any key."""
        return [], [()] * (len(fields) + 1)

    def pages(self, entity: str, fields: Sequence[str]) -> Iterator[Page]:  # noqa: ARG002
        """No rows."""
        return iter(())

    def greatest(self, entity: str, name: str) -> int:  # noqa: ARG002
        """There is none."""
        return 0

    def latest(self, entity: str, field: str, by: str, order: str, ids: Sequence[int]) -> dict[int, Json]:  # noqa: ARG002
        """No row refers to any."""
        return {}

    def referring(self, entity: str, field: str, ids: Sequence[int] | None) -> Iterator[Reference]:  # noqa: ARG002
        """No row refers to any."""
        return iter(())

    def referring_outside(self, entity: str, ids: Sequence[int] | None) -> Iterator[tuple[OutsideTable, int]]:  # noqa: ARG002
        """No table refers to any row."""
        return iter(())

    def rules(self, entity: str) -> Sequence[Rule]:  # noqa: ARG002
        """No table requires anything."""
        return ()

    def broken(self, entity: str, rows: Sequence[Mapping[str, Json]]) -> list[list[Rule]]:  # noqa: ARG002
        """Nothing is broken."""
        return [[] for _ in rows]

    def holds_equal(self, entity: str, field: str, one: str, other: str) -> bool:  # noqa: ARG002
        """Only if they are the same."""
        return one == other


@dataclass
class CompiledSource:
    """A source compiled without a database.

    Attributes:
        source: the source.
        catalog: the catalog by which it was read.
        records: its records; the index is the record's number.
        creates: the rows that it describes, by the number of their operation; references resolved within the source.
        questions: the questions that the compiler asks, by id.
        notices: the compiler's notices.
    """

    source: SourceFile
    catalog: Catalog
    records: list[Record]
    creates: dict[int, Create] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    _bindings: dict[str, Binding] = field(default_factory=dict)
    _readings: dict[int, Reading] = field(default_factory=dict)

    @property
    def entities(self) -> list[str]:
        """The entities that the source has records of, in the order of import."""
        present = {section.view.entity for section in self.source.sections if section.view}
        return [name for name in self.catalog.order if name in present]

    def of(self, entity: str) -> list[Create]:
        """The rows of an entity, in the order of their records in the source."""
        rows = [create for create in self.creates.values() if create.entity == entity]
        return sorted(rows, key=record_number)

    def reading(self, create: Create) -> Reading:
        """The record that a row was made from, parsed through its view."""
        number = record_number(create)
        if number not in self._readings:
            view = self.source.section_of(number).view
            assert view is not None, "a section without a view creates no rows"
            if view.name not in self._bindings:
                self._bindings[view.name] = Binding(self.catalog, view)
            self._readings[number] = self._bindings[view.name].read(number, self.records[number].value)
        return self._readings[number]

    def open(self, create: Create, field: str) -> Question | None:
        """The question on whose answer a field of a row depends; None if the field depends on none."""
        need = create.needs.get(pointer(field))
        return self.questions[need] if isinstance(need, str) else None

    @cached_property
    def referred(self) -> frozenset[int]:
        """The numbers of the rows that others of the source refer to."""
        return frozenset(n for create in self.creates.values() for n in create.needs.values() if isinstance(n, int))

    def parent(self, create: Create, field: str) -> Create | None:
        """The created row that a reference field refers to; None if it refers to none of the source's rows."""
        need = create.needs.get(pointer(field))
        return self.creates[need] if isinstance(need, int) else None


def compile_standalone(source: SourceFile, catalog: Catalog) -> CompiledSource:
    """Compile a source as if the database were empty.

    Raises:
        InvalidSource: records cannot be read.
    """
    records = [record for section in source.sections for record in source.records(section)]
    result = CompiledSource(source, catalog, records)
    for line in compile_source(source, catalog, EmptySnapshot(), Options()):
        match line:
            case Create():
                result.creates[line.n] = line
            case Question():
                result.questions[line.id] = line
            case Built():
                result.notices = line.notices
            case _:
                continue
    return result


def record_number(create: Create) -> int:
    """The number of the record that a row was made from."""
    return next(iter(numbers(create.from_)))

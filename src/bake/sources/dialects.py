"""Records of other programs in which columns have names that mean something else here (`bake.catalog.entity.Dialect`).

{"finished_good_slug": "box", "finished_good_component_slug": null, …}    is read as
{"assembly_slug": "box", "finished_good_slug": null, …}

{"upc": "071012010615", "remaining_percentage": 50}     is read as
{"upc": "071012010615", "quantity": "50 %"}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from bake.catalog.field import Dialect
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.errors import Location
from bake.sources.model import Batch, Content, Lazily, Section, SourceFile, Table


def understood(source: SourceFile, catalog: Catalog) -> SourceFile:
    """A source whose records have the names of the catalog."""
    dialects = {
        section.name: found
        for section in source.sections
        if section.view and section.view.kind == "entity" and (found := catalog.entities[section.view.entity].dialects)
    }
    return replace(source, content=_Understood(source.content, dialects)) if dialects else source


@dataclass(frozen=True)
class _Understood:
    """The records of another content, those of a dialect by the names of the catalog; the `Content` of a source."""

    content: Content
    dialects: dict[str, tuple[Dialect, ...]]

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        dialects = self.dialects.get(section.name)
        records = self.content.read(section)
        return (_record(dialects, record) for record in records) if dialects else records

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        batches = self.content.batches(section, size)
        dialects = self.dialects.get(section.name)
        if dialects is None:
            return batches
        if isinstance(batches, Sequence):  # they can be read in any order, and still can
            return Lazily(len(batches), lambda n: _batch(dialects, batches[n]))
        return map(partial(_batch, dialects), batches)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        whole = self.content.locate(section, index, ())
        for dialect in self.dialects.get(section.name, ()):
            mark = self.content.locate(section, index, (dialect.marked_by,))
            if steps and (mark.line, mark.column) != (whole.line, whole.column):
                own = {here: name for name, here in dialect.columns.items()}
                steps = (own.get(str(steps[0]), steps[0]), *steps[1:])
        return self.content.locate(section, index, steps)


def _batch(dialects: tuple[Dialect, ...], batch: Batch) -> Batch:
    return replace(batch, tables=partial(_tables, dialects, batch.tables))


def _tables(dialects: tuple[Dialect, ...], tables: Callable[[], Iterable[Table]]) -> Iterator[Table]:
    for table in tables():
        names, percent = _names(dialects, table.names), _percent(dialects, table.names)
        positions = [n for n, name in enumerate(names) if name in percent]
        rows = [_with_percent(row, positions) for row in table.rows] if positions else table.rows
        yield Table(names, rows)


def _record(dialects: tuple[Dialect, ...], record: dict[str, Json]) -> dict[str, Json]:
    names, percent = _names(dialects, tuple(record)), _percent(dialects, tuple(record))
    values = dict(zip(names, record.values(), strict=True))
    return {**values, **{name: _as_percent(values[name]) for name in percent if name in values}}


def _with_percent(row: tuple[Json, ...], positions: Sequence[int]) -> tuple[Json, ...]:
    return tuple(_as_percent(value) if n in positions else value for n, value in enumerate(row))


def _as_percent(value: Json) -> Json:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return f"{value} %" if is_number else value


def _percent(dialects: tuple[Dialect, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of percentages, by the names that they have here."""
    return next((dialect.percent for dialect in dialects if dialect.marked_by in names), ())


def _names(dialects: tuple[Dialect, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of columns by the dialect that one of them marks; unchanged where two would become one."""
    for dialect in dialects:
        if dialect.marked_by in names:
            meant = tuple(dialect.columns.get(name, name) for name in names)
            return meant if len(set(meant)) == len(meant) else names
    return names

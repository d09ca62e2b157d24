"""Reads a source whose columns were matched with those of a view: its records get the names of the view's columns.

    {"Shop": "supplier_name", "Colour": None} and {"product_slug": "butter"}

    {"Shop": "Costco", "Colour": "red"}     is read as     {"supplier_name": "Costco", "product_slug": "butter"}

Of a point in time in a column that is matched to a column of dates, the date is taken. Locations stay those of the
source, with its own names. `csv_table` does the same while it reads cells, since how a cell is read depends on its
column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bake.catalog.column_types import column_type
from bake.catalog.field_types import Date
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.catalog.view import View
from bake.errors import Location
from bake.sources.model import Batch, Content, Lazily, Section, SourceFile, Table

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)


def only_date(value: Json) -> Json:
    """The date in a text that is a point in time (RFC 3339), in its own time zone; any other value as it is."""
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return found.group(1) if found else value


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of a source are matched.

    Attributes:
        names: by the source's own name of a column, that of the view's column; None if it is left out. Columns that are
            not here keep their names.
        values: by the view's column, the value of all records that do not give one themselves.
    """

    names: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[str, Json] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether it changes anything."""
        return bool(self.names or self.values)

    def own(self, name: str) -> str:
        """The source's own name of a column that the view calls by this name."""
        return next((own for own, meant in self.names.items() if meant == name), name)

    def dates(self, catalog: Catalog, view: View) -> frozenset[str]:
        """The columns of a view that hold dates, and that columns of the source are matched to."""
        meant = [view.by_name[name] for name in self.names.values() if name in view.by_name]
        return frozenset(column.name for column in meant if isinstance(column_type(catalog, view, column), Date))


def mapped(source: SourceFile, catalog: Catalog, mapping: ColumnMapping) -> SourceFile:
    """A source whose records are read by a mapping."""
    if not mapping:
        return source
    views = [section.view for section in source.sections if section.view]
    dates = frozenset(name for view in views for name in mapping.dates(catalog, view))
    return replace(source, content=_Mapped(source.content, mapping, dates))


@dataclass(frozen=True)
class _Mapped:
    """The records of another content with other names; the `Content` of a `SourceFile`."""

    content: Content
    mapping: ColumnMapping
    dates: frozenset[str]

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        return (
            dict(zip(table.names, row, strict=True))
            for record in self.content.read(section)
            for table in [self._table(Table(tuple(record), [tuple(record.values())]))]
            for row in table.rows
        )

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        batches = self.content.batches(section, size)
        if isinstance(batches, Sequence):  # they can be read in any order, and still can
            return Lazily(len(batches), lambda n: self._batch(batches[n]))
        return map(self._batch, batches)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        own = (self.mapping.own(steps[0]), *steps[1:]) if steps and isinstance(steps[0], str) else steps
        if steps and steps[0] in self.mapping.values and own == steps:
            own = ()  # no record says it
        return self.content.locate(section, index, own)

    def _batch(self, batch: Batch) -> Batch:
        return replace(batch, tables=partial(self._tables, batch.tables))

    def _tables(self, tables: Callable[[], Iterable[Table]]) -> Iterator[Table]:
        return map(self._table, tables())

    def _table(self, table: Table) -> Table:
        values, names = self.mapping.values, self.mapping.names
        kept = {n: meant for n, name in enumerate(table.names) if (meant := names.get(name, name)) is not None}
        added = tuple(name for name in values if name not in kept.values())
        rest = tuple(values[name] for name in added)
        rows = [(*(self._value(name, row[n]) for n, name in kept.items()), *rest) for row in table.rows]
        return Table((*kept.values(), *added), rows)

    def _value(self, name: str, value: Json) -> Json:
        if value is None:
            return self.mapping.values.get(name)
        return only_date(value) if name in self.dates else value

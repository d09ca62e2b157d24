"""Sheets: separated values with one header row, read as the records of a view.

An exported sheet says what it is in its last column: the header is `export_id:<view>`, the cells hold the id of the
export. That survives sorting, deleted rows and every spreadsheet; new rows may leave it empty. A sheet that somebody
made elsewhere has no such column, so its view has to be named. Headers are matched without regard to case, spaces and
underscores; columns that the view does not have stay in the records, to be noticed by the compiler. Blank cells say
nothing, and so do blank rows. `bake.sources.cells` says what a cell means.

Locations have the line on which the row begins, and as column the number of the cell.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from bake.catalog.model import ID, Catalog, Role, View
from bake.catalog.names import letters
from bake.catalog.values import FieldType, Integer, Json, Text, shown
from bake.errors import InvalidSource, Location, Problem
from bake.sources.cells import Convert, converter
from bake.sources.csv_text import NAMES, delimiters, header, rows
from bake.sources.json_document import EXPORT_ID, RECORDS
from bake.sources.model import Batch, Section, SourceFile, streamed
from bake.sources.text import SourceText

KIND = "csv"
EXAMPLE = f"a header row with column names, the last of them {EXPORT_ID}:<view>; else name the view with --view"
#: How many records lie between two whose lines are noted.
_STEP = 256
#: How many columns of a header are shown.
_TITLES = 12


def export_column(view: View) -> str:
    """The header over the ids of the export."""
    return f"{EXPORT_ID}:{view.envelope}"


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column of a sheet: where it stands, the name its values have in records, and how they are read."""

    position: int
    name: str
    convert: Convert
    is_text: bool

    def value(self, row: list[str]) -> Json:
        """What a row's cell says; None if it says nothing."""
        cell = row[self.position]
        return self.convert(cell) if cell and (self.is_text or not cell.isspace()) else None


@dataclass(frozen=True)
class _Rows:
    """The rows that are records.

    Attributes:
        source: the sheet.
        delimiter: what stands between its cells.
        export: the column with the ids of the export; None if it has none.
    """

    source: SourceText
    delimiter: str
    export: int | None

    def titles(self) -> tuple[int, list[str]]:
        """The header, with its line."""
        return next(rows(self.source, self.delimiter))

    def read(self, first: int = 0) -> Iterator[tuple[int, list[str]]]:
        """The rows in order, each with the number of its first line; from the record that begins on a line on."""
        read = rows(self.source, self.delimiter, first) if first else islice(rows(self.source, self.delimiter), 1, None)
        return ((line, row) for line, row in read if not _is_blank(row, self.export))


class Sheet:
    """A sheet that is not held; the `Content` of a `SourceFile`.

    Args:
        rows: its rows.
        cells: its columns.
        lines: of its first record, and of each `_STEP`th further, the line.
    """

    def __init__(self, rows: _Rows, cells: tuple[_Cell, ...], lines: array[int]) -> None:
        self._rows = rows
        self._cells = cells
        self._lines = lines
        self._near = lru_cache(maxsize=2)(self._stretch)  # questions come in the order of the records

    def read(self, section: Section) -> Iterator[dict[str, Json]]:  # noqa: ARG002 - a sheet has one section
        """The records: column name to value, blank cells left out."""
        for _, row in self._rows.read():
            yield {cell.name: value for cell in self._cells if (value := cell.value(row)) is not None}

    def batches(self, section: Section, size: int) -> Iterator[Batch]:
        """The records, so many at a time."""
        return streamed(self.read(section), section, size)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:  # noqa: ARG002
        """Where a record stands, or the cell of one of its columns."""
        positions = (cell.position for cell in self._cells if steps and cell.name == steps[0])
        line = self._near(index // _STEP)[index % _STEP]
        return Location(self._rows.source.name, line=line, column=next(positions, 0) + 1)

    def _stretch(self, stretch: int) -> array[int]:
        """The lines of `_STEP` records."""
        return array("Q", (line for line, _ in islice(self._rows.read(self._lines[stretch]), _STEP)))


def read_sheet(source: SourceText, catalog: Catalog, view: View | None) -> SourceFile:
    """A sheet as a source.

    Args:
        source: its text.
        catalog: knows the views.
        view: what its records are, if somebody said so; else the sheet has to say it.

    Raises:
        InvalidSource: nothing says what its records are, it has no column of that view, repeats a header, has rows of
            another length than its header, or rows of several exports.
    """
    meant = view or said_view(source, catalog)
    if meant is None:
        raise _unknown(source, catalog)
    delimiter, titles = _layout(source, meant)
    names = _names(meant, titles)
    export = next((n for n, title in enumerate(titles) if _exported(title) is not None), None)
    records = _Rows(source, delimiter, export)
    checked = _check(records, names)
    cells = tuple(_cell(catalog, meant, n, name) for n, name in enumerate(names) if name and n != export)
    return SourceFile(
        name=source.name,
        path=source.path,
        sha256=source.sha256,
        kind=KIND,
        view=meant.name,
        export_id=checked.export_id,
        sections=(Section(RECORDS, checked.records, 0, meant, ""),),
        ignored=(),
        content=Sheet(records, cells, checked.lines),
    )


def said_view(source: SourceText, catalog: Catalog) -> View | None:
    """The view that a sheet says it holds."""
    titles = (title for delimiter in delimiters(source) for title in header(source, delimiter))
    return next((view for title in titles if (view := catalog.view("view", _exported(title) or ""))), None)


def is_sheet(source: SourceText, catalog: Catalog, view: View | None = None) -> bool:
    """Whether a text begins with a header that has a column of this view, or of any view or entity of the catalog."""
    views = [view] if view else [*catalog.views, *map(catalog.plain_view, catalog.entities)]
    known = {_plain(column.name) for view in views for column in view.columns}
    titles = [title for delimiter in delimiters(source) for title in header(source, delimiter)]
    return any(_plain(title) in known or _exported(title) is not None for title in titles)


def _plain(title: str) -> str:
    return letters(title)


def _exported(title: str) -> str | None:
    """The view that the header over the ids of an export names."""
    name, colon, envelope = title.partition(":")
    return envelope if colon and name.strip().casefold() == EXPORT_ID else None


def _layout(source: SourceText, view: View) -> tuple[str, list[str]]:
    """The separator by which the header has most columns of the view, and that header."""
    known = {_plain(column.name) for column in view.columns}
    headers = {delimiter: header(source, delimiter) for delimiter in delimiters(source)}
    hits = {delimiter: sum(_plain(title) in known for title in titles) for delimiter, titles in headers.items()}
    best = max(headers, key=lambda delimiter: hits[delimiter])
    if hits[best]:
        return best, headers[best]
    raise InvalidSource(
        f"the header ({_seen(source)}) names no column of {view.name}",
        location=Location(source.name, line=source.line, column=1),
        hint=f"Known are: {', '.join(column.name for column in view.columns if column.role is not Role.COMPUTED)}.",
    )


def _names(view: View, titles: list[str]) -> list[str]:
    """The name that each column's values have in records: the view's own, where it has such a column."""
    known = {_plain(column.name): column.name for column in view.columns}
    return [title if title in view.by_name else known.get(_plain(title), title) for title in titles]


def _cell(catalog: Catalog, view: View, position: int, name: str) -> _Cell:
    type_ = _type(catalog, view, name)
    return _Cell(position, name, converter(type_), isinstance(type_, Text))


def _type(catalog: Catalog, view: View, name: str) -> FieldType:
    """What a column holds. What is computed or unknown is not read, and stays text."""
    column = view.by_name.get(name)
    return type_at(catalog, view.entity, column.path) if column and column.path else Text()


def type_at(catalog: Catalog, entity: str, path: tuple[str, ...]) -> FieldType:
    """What stands at a path from an entity."""
    here = catalog.entities[entity]
    for step in path[:-1]:
        here = catalog.entities[here.references[step]]
    return Integer() if path[-1] == ID else here.fields[path[-1]].type


def _is_blank(row: list[str], export: int | None) -> bool:
    return not any(cell and not cell.isspace() for n, cell in enumerate(row) if n != export)


@dataclass
class _Checked:
    """What one pass over a sheet found: how many records there are, on which lines, of which export."""

    records: int = 0
    lines: array[int] = field(default_factory=lambda: array("Q"))
    export_id: str | None = None


def _check(sheet: _Rows, names: list[str]) -> _Checked:
    """Pass over all records.

    Raises:
        InvalidSource: with everything that is wrong with the sheet.
    """
    source, export = sheet.source, sheet.export
    checked = _Checked()
    exports: dict[str, Location] = {}
    problems = list(_header_problems(source, sheet.titles()[0], names))
    for line, row in sheet.read():
        if checked.records % _STEP == 0:
            checked.lines.append(line)
        checked.records += 1
        if len(row) != len(names) or "" in names:
            problems += _row_problems(source, line, names, row)
        if export is not None and len(row) == len(names) and (export_id := row[export].strip()):
            exports.setdefault(export_id, Location(source.name, line=line, column=export + 1))
    others = list(exports.items())[1:]
    problems += [Problem(f"this row comes from another export, {shown(other)}", where) for other, where in others]
    if problems:
        raise _faulty(problems, _seen(source, sheet.delimiter))
    checked.export_id = next(iter(exports), None)
    return checked


def _header_problems(source: SourceText, line: int, names: list[str]) -> Iterator[Problem]:
    times = Counter(names)
    seen: set[str] = set()
    for n, name in enumerate(names):
        if name and name in seen:
            message = f"the column {shown(name)} stands {times[name]} times in the header"
            yield Problem(message, Location(source.name, line=line, column=n + 1))
        seen.add(name)


def _row_problems(source: SourceText, line: int, names: list[str], row: list[str]) -> Iterator[Problem]:
    if len(row) != len(names):
        message = f"the row has {len(row)} {'cell' if len(row) == 1 else 'cells'}; expected {len(names)}"
        yield Problem(message, Location(source.name, line=line, column=min(len(row), len(names) + 1)))
        return
    for n, (name, cell) in enumerate(zip(names, row, strict=True)):
        if not name and cell.strip():
            message = f"{shown(cell)} stands in a column without a name"
            yield Problem(message, Location(source.name, line=line, column=n + 1))


def _seen(source: SourceText, delimiter: str | None = None) -> str:
    """The header as it was read, and what was taken to stand between its cells; else what gives the most cells."""
    by = delimiter or max(delimiters(source), key=lambda one: len(header(source, one)))
    titles = ", ".join(shown(title, 40) for title in header(source, by)[:_TITLES])
    more = ", …" if len(header(source, by)) > _TITLES else ""
    return f"{titles}{more}, with {NAMES.get(by, shown(by))} between cells"


def _faulty(problems: list[Problem], seen: str) -> InvalidSource:
    what = str(problems[0].message) if len(problems) == 1 else f"the sheet has {len(problems)} faults"
    hint = f"The header is {seen}. Is each cell with a separator or a line break in quotes, each column named once?"
    return InvalidSource(what, location=problems[0].location, hint=hint, problems=problems)


def _unknown(source: SourceText, catalog: Catalog) -> InvalidSource:
    names = [view.name for view in catalog.views if view.kind == "view"]
    names += [name for name in catalog.entities if name not in names]
    return InvalidSource(
        f"the sheet does not say what its rows are; its header is {_seen(source)}",
        location=Location(source.name, line=source.line, column=1),
        hint=f"Say it: --view NAME, where NAME is one of {', '.join(names)}.",
    )

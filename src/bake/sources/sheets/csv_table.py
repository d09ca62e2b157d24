"""Sheets: separated values with one header row, read as the records of a view.

An exported sheet says what it is in its last columns: the header is `export_id:<view>`, the cells hold the id of the
export; beside it stands what each record was exported with (`bake.catalog.base_digest`). That survives sorting, deleted
rows and every spreadsheet; new rows may leave both empty. A sheet that somebody made elsewhere has no such columns, so
its view has to be named. Headers are matched without regard to case, spaces and underscores, or as somebody has said
(`sheets.column_mapping`); columns that the view does not have stay in the records, to be asked about or noticed.
A column that holds something and has no title is called by its place, as `column 3`.
A blank cell is null in a record that carries its base or the id of its export; other blank cells say nothing, and so do
blank rows. `bake.sources.sheets.cells` says what a cell means.

    a row has                                       it is
    as many cells as the header                     a record
    fewer, but reaches what identifies its row      a record: programs leave off empty cells at the end; noticed
    fewer, and does not                             an error: which row it is about would be a guess
    more, which are empty                           a record: programs write empty cells behind the last column
    more                                            an error: what the surplus cells are would be a guess
    the cells of the header                         no record: noticed

Locations have the line on which the row begins, and as column the number of the cell.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from bake.catalog.base_digest import BASE
from bake.catalog.column_types import column_type
from bake.catalog.field_types import Exact, FieldType, Real, Text
from bake.catalog.model import Catalog
from bake.catalog.values import Json, shown
from bake.catalog.view import Role, View
from bake.changeset.runs import RunBuilder
from bake.errors import Location, Problem, UnnamedRecords
from bake.sources.json.json_document import EXPORT_ID, RECORDS
from bake.sources.model import Batch, Remark, Section, SourceFile, streamed
from bake.sources.sheets import csv_header
from bake.sources.sheets.amounts import Amounts, amounts
from bake.sources.sheets.cells import Convert, converter, is_blank, without_point
from bake.sources.sheets.column_mapping import ColumnMapping, only_date
from bake.sources.sheets.csv_faults import header_hint, header_problems, header_text, row_problem, sheet_error
from bake.sources.sheets.decimal_marks import DecimalMarks
from bake.sources.sheets.fill_down import Blanks, filled_columns
from bake.sources.sheets.sheet_rows import SheetRows
from bake.sources.texts.text import SourceText

KIND = "csv"
EXAMPLE = f"a header row with column names, the last of them {EXPORT_ID}:<view>; else name the view with --view"
#: How many records lie between two whose lines are noted.
_STEP = 256
#: Of how many lines with the header over again the numbers are named.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column of a sheet: where it stands, the name its values have in records, and how they are read."""

    position: int
    name: str
    convert: Convert
    is_text: bool

    def value(self, row: list[str]) -> Json:
        """What a row's cell says; None if it says nothing: a text of blanks alone has an apostrophe before it."""
        cell = row[self.position]
        return None if not cell or (is_blank(cell) if self.is_text else cell.isspace()) else self.convert(cell)


class Sheet:
    """A sheet that is not held; the `Content` of a `SourceFile`.

    Args:
        rows: its rows.
        cells: its columns.
        lines: of its first record, and of each `_STEP`th further, the line.
        values: by column, what all records say whose own cell says nothing.
    """

    def __init__(
        self, rows: SheetRows, cells: tuple[_Cell, ...], lines: array[int], values: Mapping[str, Json] | None = None
    ) -> None:
        self._rows = rows
        self._cells = cells
        self._values = values or {}
        self._lines = lines
        self._near = lru_cache(maxsize=2)(self._stretch)  # questions come in the order of the records

    def read(self, section: Section) -> Iterator[dict[str, Json]]:  # noqa: ARG002 - a sheet has one section
        """The records: column name to value. Blank cells are null in a record that was exported, else left out."""
        own = [*self._rows.own]
        for _, row in self._rows.read():
            values = {cell.name: cell.value(row) for cell in self._cells}
            exported = any(row[n] and not row[n].isspace() for n in own)
            said = values if exported else {name: value for name, value in values.items() if value is not None}
            yield {**self._values, **said} if self._values else said

    def batches(self, section: Section, size: int) -> Iterator[Batch]:
        """The records, so many at a time."""
        return streamed(self.read(section), section, size)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:  # noqa: ARG002
        """Where a record stands, or the cell of one of its columns."""
        positions = (cell.position for cell in self._cells if steps and cell.name == steps[0])
        line = self._near(index // _STEP)[index % _STEP]
        return self._rows.source.cell(line, next(positions, 0) + 1)

    def _stretch(self, stretch: int) -> array[int]:
        """The lines of `_STEP` records."""
        return array("Q", (line for line, _ in islice(self._rows.read(self._lines[stretch]), _STEP)))


def read_sheet(
    source: SourceText,
    catalog: Catalog,
    view: View | None,
    mapping: ColumnMapping | None = None,
    fill_down: Sequence[str] = (),
) -> SourceFile:
    """A sheet as a source.

    Args:
        source: its text.
        catalog: knows the views.
        view: what its records are, if somebody said so; else the sheet has to say it.
        mapping: how its columns are matched, as far as that is known.
        fill_down: the titles of columns whose blank cells say what stands above them.

    Raises:
        UsageError: none of its columns is called so.
        InvalidSource: nothing says what its records are, it does not look like a sheet of that view, repeats a header,
            has rows of another length than its header, or rows of several exports.
    """
    meant = view or csv_header.declared_view(source, catalog)
    if meant is None:
        raise _unknown(source, catalog)
    mapping = mapping or ColumnMapping()
    delimiter, header = csv_header.best_header(source, meant)
    titles = csv_header.named_titles(header)
    names = csv_header.record_names(meant, titles, mapping)
    left_out = {n for n, title in enumerate(titles) if mapping.names.get(title, title) is None}
    export = next((n for n, title in enumerate(titles) if csv_header.exported_view(title) is not None), None)
    own = frozenset(n for n, name in enumerate(names) if n == export or name == BASE)
    records = SheetRows(source, delimiter, header, export, own, filled_columns(titles, fill_down))
    columns = {n: _type(catalog, meant, name) for n, name in enumerate(names) if n != export and n not in left_out}
    marks = {n: DecimalMarks() for n, type_ in columns.items() if isinstance(type_, Exact | Real)}
    codes = {n for n, type_ in columns.items() if isinstance(type_, Text) and type_.code}
    said = {*(names[n] for n in columns), *mapping.values}
    mixed = {n: one for n in columns if not own and (one := amounts(catalog, meant, names[n], said))}
    blanks = {n: Blanks() for n in sorted(records.down)}
    seeing = [(n, one.see) for seen in (marks, mixed, blanks) for n, one in seen.items()]
    checked = _check(records, names, _reach(catalog, meant, names), seeing, codes)
    mixed = {n: one for n, one in mixed.items() if one.count}
    dates = mapping.dates(catalog, meant)
    cells = tuple(
        _Cell(n, names[n], _converter(type_, marks.get(n), names[n] in dates, mixed.get(n)), isinstance(type_, Text))
        for n, type_ in columns.items()
        if header[n] or n in checked.unnamed
    )
    units = tuple(_Cell(n, one.unit, one.unit_of, is_text=False) for n, one in mixed.items())
    return SourceFile(
        name=source.name,
        path=source.path,
        sha256=source.sha256,
        kind=KIND,
        view=meant.name,
        export_id=checked.export_id,
        sections=(Section(RECORDS, checked.records, 0, meant, ""),),
        ignored=(),
        content=Sheet(records, (*cells, *units), checked.lines, _values(catalog, meant, mapping)),
        notices=(
            *checked.remarks(),
            *_marked(marks, names),
            *(Remark("amounts", one.remark(names[n])) for n, one in mixed.items()),
            *(Remark("filled_down", one.remark(titles[n])) for n, one in blanks.items()),
        ),
        titles=tuple((titles[cell.position], cell.name) for cell in cells),
        part="its header says so" if csv_header.is_part(titles) else "",
    )


def _converter(type_: FieldType, marks: DecimalMarks | None, is_matched_date: bool, mixed: Amounts | None) -> Convert:
    """What reads the cells of a column: of one that was matched to dates, points in time, too; of `5 lb`, the 5."""
    convert = converter(type_, marks)
    if mixed is not None:
        return lambda cell: convert(mixed.amount(cell))
    return (lambda cell: only_date(convert(cell))) if is_matched_date else convert


def _values(catalog: Catalog, view: View, mapping: ColumnMapping) -> dict[str, Json]:
    """What a mapping says of all records, texts read as cells are."""
    return {
        name: converter(_type(catalog, view, name))(value) if isinstance(value, str) else value
        for name, value in mapping.values.items()
    }


def _type(catalog: Catalog, view: View, name: str) -> FieldType:
    """What a column holds. What is unknown is not read, and stays text."""
    column = view.by_name.get(name)
    return column_type(catalog, view, column) if column else Text()


@dataclass
class _Checked:
    """What one pass over a sheet found: how many records there are, on which lines, of which export.

    Attributes:
        records: how many there are.
        lines: of the first, and of each `_STEP`th further, the line.
        export_id: of the export that they come from.
        short: those with cells left off at the end.
        left_off: how many cells that are.
        repeated: the lines with the header over again.
        unnamed: the columns without a title that hold something.
        pointed: how many codes have a decimal point behind them.
    """

    records: int = 0
    lines: array[int] = field(default_factory=lambda: array("Q"))
    export_id: str | None = None
    short: RunBuilder = field(default_factory=RunBuilder)
    left_off: int = 0
    repeated: array[int] = field(default_factory=lambda: array("Q"))
    unnamed: set[int] = field(default_factory=set)
    pointed: int = 0

    def remarks(self) -> Iterator[Remark]:
        """What there is to notice."""
        if self.left_off:
            cells = "1 cell was" if self.left_off == 1 else f"{self.left_off} cells were"
            message = f"{cells} left off at the ends of rows, and taken as empty"
            yield Remark("short_rows", message, tuple(self.short.spans()))
        if self.pointed:
            codes = "1 code" if self.pointed == 1 else f"{self.pointed:,} codes"
            yield Remark("code_point", f"the .0 behind {codes}, which programs add to numbers, was left off")
        if self.repeated:
            lines = ", ".join(map(str, self.repeated[:_NAMED])) + (", …" if len(self.repeated) > _NAMED else "")
            again = "once" if len(self.repeated) == 1 else f"{len(self.repeated):,} times"
            yield Remark("repeated_header", f"the header stands {again} more (line {lines}); that was left out")


def _reach(catalog: Catalog, view: View, names: list[str]) -> int:
    """How many cells a row must have: up to the last one that says which row it is about.

    A uuid may be left off if something else says it, too.
    """
    keys = {name for key in catalog.entities[view.entity].keys[:1] for name in key}
    columns = {n: view.by_name[name] for n, name in enumerate(names) if name in view.by_name}
    said = [n for n, column in columns.items() if column.role is Role.IDENTITY or (column.path[:1] or ("",))[0] in keys]
    readable = [n for n in said if columns[n].path != ("uuid",)]
    return max(readable or said, default=0) + 1


def _marked(marks: Mapping[int, DecimalMarks], names: list[str]) -> Iterator[Remark]:
    """What there is to notice of the decimals of columns."""
    for n, mark in marks.items():
        if message := mark.remark(names[n]):
            yield Remark("decimal_sign", message)
        if message := mark.currencies_remark(names[n]):
            yield Remark("currencies", message)


def _check(
    sheet: SheetRows,
    names: list[str],
    reach: int,
    seeing: Sequence[tuple[int, Callable[[str], None]]],
    codes: Collection[int],
) -> _Checked:
    """Pass over all records.

    Args:
        sheet: its rows.
        names: of the columns.
        reach: how many cells a row must have at least.
        seeing: the positions of columns, with what takes their cells to find out how they are read.
        codes: the positions of columns of codes.

    Raises:
        InvalidSource: with everything that is wrong with the sheet.
    """
    source, export = sheet.source, sheet.export
    checked = _Checked()
    exports: dict[str, Location] = {}
    unnamed = [n for n, title in enumerate(sheet.titles) if not title]
    problems = list(header_problems(source, sheet.header()[0], names))
    for line, row in sheet.filled():
        if sheet.repeats_header(row):
            checked.repeated.append(line)
            continue
        if checked.records % _STEP == 0:
            checked.lines.append(line)
        if reach <= len(row) < len(names):
            checked.left_off += len(names) - len(row)
            checked.short.add(checked.records)
        checked.records += 1
        if not reach <= len(row) <= len(names):
            problems.append(row_problem(source, line, names, row, reach))
        checked.unnamed.update(n for n in unnamed if n < len(row) and not row[n].isspace() and row[n])
        for n, see in seeing:
            see(row[n] if n < len(row) else "")
        checked.pointed += sum(row[n] != without_point(row[n]) for n in codes if n < len(row) and ".0" in row[n])
        if export is not None and len(row) == len(names) and (export_id := row[export].strip()):
            exports.setdefault(export_id, source.cell(line, export + 1))
    others = list(exports.items())[1:]
    problems += [Problem(f"this row comes from another export, {shown(other)}", where) for other, where in others]
    if problems:
        raise sheet_error(problems, header_text(source, sheet.delimiter))
    checked.export_id = next(iter(exports), None)
    return checked


def _unknown(source: SourceText, catalog: Catalog) -> UnnamedRecords:
    names = [view.name for view in catalog.views if view.kind == "view"]
    names += [name for name in catalog.entities if name not in names]
    title = header_hint(source, csv_header.known_columns(catalog))
    return UnnamedRecords(
        f"the sheet does not say what its rows are; its header is {header_text(source)}",
        location=source.cell(source.line, 1),
        hint=f"{title}Say it: --view NAME, where NAME is one of {', '.join(names)}.",
    )

"""Writes a view as a workbook of Excel, which `bake.sources.sheets.xlsx` reads back as the sheet that CSV would be.

    sheet                  holds
    "About this export"    what may be edited, and how the workbook comes back
    the view's name        the records, in the columns of a CSV sheet (`bake.exporter.view_files`)
    "Choices", hidden      the options of columns that take one of a list

    a column                         its cells
    editable                         white, with a green title; choices as a list to choose from
    any other                        grey
    of texts                         texts, also those of digits alone, so that no zero is lost
    of numbers                       numbers; as texts, where a spreadsheet would not keep all digits
    of dates                         dates; as texts, before March 1900, where spreadsheets count differently

XlsxWriter writes a row to a temporary file before it takes the next one, so memory does not grow with the records.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import IO, Any
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from bake.catalog.base_digest import BASE
from bake.catalog.column_types import column_type
from bake.catalog.field_types import Boolean, Choice, Date, Exact, FieldType, Integer, Real, Text
from bake.catalog.model import Catalog
from bake.catalog.type_words import describe
from bake.catalog.values import Json
from bake.catalog.view import Column, Role, View
from bake.errors import UsageError
from bake.exporter.heading import Heading
from bake.exporter.view_files import cell_writer, sheet_columns
from bake.sources.sheets.cells import escaped, unescaped
from bake.sources.sheets.csv_header import export_column
from bake.sources.sheets.sheet_cells import letters
from bake.sources.sheets.workbook import ABOUT, CHOICES
from bake.sources.sheets.workbook_parts import ROWS
from bake.sources.sheets.xlsx import digits

#: What a cell of Excel holds, in UTF-16 units.
LONGEST = 32_767
#: From here on all programs agree which day a number is: Excel takes 1900 for a leap year.
_FIRST_DAY = date(1900, 3, 1)
_READ, _EDITED = "#EDEDED", "#E2EFDA"

#: Writes a value, not null, into a cell.
_Put = Callable[[Any, int, int, Json, Any], object]


@dataclass(frozen=True, slots=True)
class _Cells:
    """A column of the sheet: its title, whether it may be edited, what it takes, and the format of its cells."""

    title: str
    editable: bool
    type: FieldType
    format: Any


def write_xlsx(
    stream: IO[bytes], catalog: Catalog, view: View, heading: Heading, records: Iterable[dict[str, Json]]
) -> int:
    """Write a view as a workbook, a record at a time.

    Args:
        stream: where to.
        catalog: says what columns hold.
        view: what the records are.
        heading: which export it is.
        records: canonical values by column, and the base of each.

    Returns:
        How many records there were.

    Raises:
        UsageError: there are more records, or longer texts, than a sheet of Excel holds.
        OSError: it cannot be written.
    """
    with _workbook(stream) as book:
        book.set_properties({"created": datetime.fromisoformat(heading.exported_at).replace(tzinfo=None)})
        columns = _columns(book, catalog, view)
        about = book.add_worksheet(ABOUT)
        sheet = book.add_worksheet(_sheet_name(view))
        _write_about(book, about, view, heading, columns)
        _write_titles(book, sheet, columns)
        own = [export_column(view, incomplete=heading.incomplete), BASE]
        last = _write_records(book, sheet, columns, own, heading, records)
        _write_choices(book, sheet, columns)
        _arrange(sheet, view, columns, last, len(own))
    return last


@contextmanager
def _workbook(stream: IO[bytes]) -> Iterator[Any]:
    """A workbook that is written to a stream; if the block fails, nothing is."""
    with tempfile.TemporaryDirectory(prefix="bake-") as folder:
        book = xlsxwriter.Workbook(stream, {"constant_memory": True, "tmpdir": folder, "use_zip64": True})
        try:
            yield book
            book.close()
        except FileCreateError as error:
            raise error.args[0] from None
        finally:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()


def _columns(book: Any, catalog: Catalog, view: View) -> list[_Cells]:
    """The columns, with the format of their cells."""

    def cells(column: Column) -> _Cells:
        type_ = column_type(catalog, view, column)
        editable = column.role is Role.EDITABLE
        look = {"num_format": _number_format(type_), **({} if editable else {"bg_color": _READ})}
        return _Cells(column.name, editable, type_, book.add_format(look))

    return [cells(column) for column in sheet_columns(view)]


def _number_format(type_: FieldType) -> str:
    match type_:
        case Integer() | Exact() | Real() | Boolean():
            return "General"
        case Date():
            return "yyyy-mm-dd"
        case _:
            return "@"


def _sheet_name(view: View) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", view.name)[:31]


def _write_titles(book: Any, sheet: Any, columns: Sequence[_Cells]) -> None:
    looks = {
        editable: book.add_format({"bold": True, "bg_color": colour, "bottom": 1})
        for editable, colour in ((True, _EDITED), (False, _READ))
    }
    for n, column in enumerate(columns):
        sheet.write_string(0, n, column.title, looks[column.editable])


def _write_records(
    book: Any, sheet: Any, columns: Sequence[_Cells], own: Sequence[str], heading: Heading, records: Iterable[Any]
) -> int:
    """Write a row for each record, and give the number of the last one, the header's being 0."""
    puts = [(n, column.title, _put(column.type), column.format) for n, column in enumerate(columns)]
    grey = book.add_format({"bg_color": _READ, "num_format": "@"})
    for n, title in enumerate(own, len(columns)):
        sheet.write_string(0, n, title, grey)
    row = 0
    for row, record in enumerate(records, 1):
        if row >= ROWS:
            raise UsageError(f"a sheet of Excel has at most {ROWS:,} rows, and there are more records", hint=_OTHERWISE)
        for n, name, put, look in puts:
            if (value := record[name]) is None:
                sheet.write_blank(row, n, None, look)
            elif put(sheet, row, n, value, look) == _CUT:
                raise _too_long(name, row)
        for n, text in enumerate((heading.export_id or "", record[BASE]), len(columns)):
            sheet.write_string(row, n, text, grey)
    return row


_OTHERWISE = "Export it with --format csv or json, or fewer records with --where or --limit."
#: What XlsxWriter says if it cut off a text.
_CUT = -2


def _too_long(name: str, row: int) -> UsageError:
    message = f"{name} of record {row - 1} has more than {LONGEST:,} characters, which no cell of Excel holds"
    return UsageError(message, hint=_OTHERWISE)


def _put(type_: FieldType) -> _Put:
    """What writes the values of a type."""
    match type_:
        case Integer() | Exact() | Real():
            return _put_number
        case Boolean():
            return lambda sheet, row, n, value, look: sheet.write_boolean(row, n, value, look)
        case Date():
            return _put_date
        case _:
            write = cell_writer(type_, _kept)
            return lambda sheet, row, n, value, look: _put_text(sheet, row, n, write(value), look)


def _put_number(sheet: Any, row: int, n: int, value: Json, look: Any) -> object:
    text = format(Decimal(value), "f")
    if "E" in (said := digits(text)) or Decimal(said) != value:
        return sheet.write_string(row, n, text, look)
    return sheet.write_number(row, n, float(text), look)


def _put_date(sheet: Any, row: int, n: int, value: Json, look: Any) -> object:
    day = date.fromisoformat(value)
    write = sheet.write_datetime if day >= _FIRST_DAY else sheet.write_string
    return write(row, n, day if day >= _FIRST_DAY else value, look)


def _put_text(sheet: Any, row: int, n: int, text: str, look: Any) -> object:
    """Write a text; one that XlsxWriter would take for XML of its own, as such."""
    if text.startswith("<r>") and text.endswith("</r>"):
        text = f'<r><t xml:space="preserve">{escape(text)}</t></r>'
    return sheet.write_string(row, n, text, look)


def _kept(text: str) -> str:
    """A text as a cell of text: with an apostrophe only if it would lose one on the way in, or look empty."""
    return text if unescaped(text) == text and text.strip(" \xa0") else escaped(text)


def _write_choices(book: Any, sheet: Any, columns: Sequence[_Cells]) -> None:
    """Give columns of choices their lists, which stand on a sheet of their own."""
    lists = {n: c.type.options for n, c in enumerate(columns) if c.editable and isinstance(c.type, Choice)}
    if not lists:
        return
    there = book.add_worksheet(CHOICES)
    there.hide()
    for row, options in enumerate(zip_longest(*lists.values())):
        for at, option in enumerate(options):
            if option is not None:
                _put_text(there, row, at, option, None)
    for at, (n, options) in enumerate(lists.items(), 1):
        source = f"='{CHOICES}'!${letters(at)}$1:${letters(at)}${len(options)}"
        wrong = {"error_title": columns[n].title, "error_message": "Choose one of the list, or leave the cell empty."}
        sheet.data_validation(1, n, ROWS - 1, n, {"validate": "list", "source": source, **wrong})


def _arrange(sheet: Any, view: View, columns: Sequence[_Cells], last: int, own: int) -> None:
    """Let the titles stay in sight, filters be set, and new rows have the formats of the others."""
    identity = sum(column.role is Role.IDENTITY for column in sheet_columns(view))
    sheet.freeze_panes(1, identity)
    sheet.autofilter(0, 0, last, len(columns) + own - 1)
    for n, column in enumerate(columns):
        wide = isinstance(column.type, Text) and column.editable
        sheet.set_column(n, n, max(len(column.title) + 4, 24 if wide else 10), column.format)
    sheet.set_column(len(columns), len(columns) + own - 1, 10)


def _write_about(book: Any, sheet: Any, view: View, heading: Heading, columns: Sequence[_Cells]) -> None:
    """Write what may be edited, and how the workbook comes back."""
    bold = book.add_format({"bold": True})
    sentences = list(_sentences(view, heading))
    for row, sentence in enumerate(sentences):
        sheet.write_string(row, 0, sentence, None if row else bold)
    first = len(sentences) + 1
    for n, title in enumerate(("Column", "In the sheet", "What it holds")):
        sheet.write_string(first, n, title, bold)
    for row, column in enumerate(columns, first + 1):
        sheet.write_string(row, 0, column.title)
        sheet.write_string(row, 1, "may be edited" if column.editable else "to be read", column.format)
        _put_text(sheet, row, 2, describe(column.type)[:LONGEST], None)
    sheet.set_column(0, 1, 26)
    sheet.set_column(2, 2, 60)


def _sentences(view: View, heading: Heading) -> Iterator[str]:
    yield f"{view.purpose or view.name}: exported on {heading.exported_at[:10]}, to be edited and imported again"
    yield f"The records are in the sheet {_sheet_name(view)}. White columns may be edited; grey ones are to be read."
    yield "What is changed in a grey column is left out on import, and named."
    yield "Sort, filter, and hide as you like. Keep the last two columns with their rows: they say what was exported."
    yield "An emptied cell clears the value. A row that is deleted here stays in the database."
    yield "In a new row, leave the last two columns empty, and those by which an exported row is found."
    if heading.part:
        yield f"It holds only some of the records: {heading.part[: LONGEST // 2]}."
    yield "Then: bake import, with the name of this file."

"""Workbooks: one of the sheets, written as the text of a CSV sheet and read as such, with locations that are its cells.

So there is one reader of sheets. A row is a line, unless there are line breaks in its cells; rows that are blank are
empty lines; every cell stands in quotes, so that nothing in it is taken for something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bake.catalog.values import shown
from bake.errors import InvalidSource, Location, Problem, UsageError
from bake.sources.model import Remark
from bake.sources.normalized.zip_file import ZipBytes
from bake.sources.sheets.ods import Ods
from bake.sources.sheets.sheet_cells import SheetCells
from bake.sources.sheets.workbook_parts import Parts, Refused
from bake.sources.sheets.xlsx import Xlsx
from bake.sources.texts.byte_source import MemoryBytes, Spool
from bake.sources.texts.text import SourceText, scan

#: The sheets of an exported workbook that hold no records: they explain, and list the options of columns.
ABOUT, CHOICES = "About this export", "Choices"
#: What the text of a sheet may come to, in bytes.
LARGEST = 1024**3
#: How many rows of a sheet are looked at to find out whether its columns are known.
_SEEN = 20
_SEEN_BYTES = 1024**2

#: Whether the beginning of a sheet has columns that are known.
Fits = Callable[[SourceText], bool]


def read_workbook(path: Path, packed: ZipBytes, named: str | None, fits: Fits) -> SourceText:
    """A sheet of a workbook as text.

    Args:
        path: where the workbook was read from.
        packed: its ZIP.
        named: the sheet that somebody named; else the only one that is not empty, or whose columns are known.
        fits: tells that.

    Raises:
        UsageError: it has no sheet of this name.
        InvalidSource: it cannot be read, or several sheets may be meant.
        DamagedExport: its ZIP is damaged.
    """
    parts = Parts(packed)
    try:
        book: Ods | Xlsx = Ods(parts) if parts.is_ods else Xlsx(parts)
    except ValueError as error:
        hint = "Open it in a spreadsheet program and save it again."
        raise parts.refusal(Refused(f"the workbook is damaged: {error}", hint)) from None
    return _chosen(path, book, fits) if named is None else _sheet(path, book, _called(book, named))


def _called(book: Ods | Xlsx, named: str) -> str:
    if named in book.sheets:
        return named
    alike = [sheet for sheet in book.sheets if sheet.strip().casefold() == named.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    known = ", ".join(shown(sheet, 60) for sheet in book.sheets)
    raise UsageError(f"{book.parts.name} has no sheet {shown(named)}", hint=f"Its sheets are {known}.")


def _chosen(path: Path, book: Ods | Xlsx, fits: Fits) -> SourceText:
    """The sheet that is meant, as far as the workbook tells."""
    begin = {sheet: _beginning(path, book, sheet) for sheet in book.sheets if sheet not in book.hidden}
    filled = {sheet: text for sheet, text in begin.items() if text is not None}
    if not filled:
        hidden = f"; hidden are {', '.join(map(shown, book.hidden))}, which --sheet reads" if book.hidden else ""
        raise InvalidSource(f"every sheet of the workbook is empty{hidden}", location=Location(path.name))
    fitting = [sheet for sheet, text in filled.items() if fits(text)]
    chosen = fitting if len(filled) > 1 else list(filled)
    if len(chosen) != 1:
        raise _several(path, fitting or list(filled))
    own = {ABOUT, CHOICES} if ABOUT in book.sheets else set()
    others = ", ".join(shown(sheet, 60) for sheet in book.sheets if sheet not in {chosen[0], *own})
    text = _sheet(path, book, chosen[0])
    if not others:
        return text
    message = f"the sheet {shown(chosen[0])} was read, and not {others}; another one: --sheet NAME"
    return replace(text, remarks=(Remark("sheet", message),))


def _several(path: Path, sheets: list[str]) -> InvalidSource:
    problems = [Problem("a sheet that may be meant", Location(f"{path.name}!{sheet}")) for sheet in sheets]
    names = ", ".join(shown(sheet, 60) for sheet in sheets)
    hint = "Say which: --sheet NAME"
    what = f"the workbook has {len(sheets)} sheets that may be meant: {names}"
    return InvalidSource(what, location=Location(path.name), hint=hint, problems=problems)


def _beginning(path: Path, book: Ods | Xlsx, sheet: str) -> SourceText | None:
    """The first rows of a sheet; None if it is empty."""
    cells, data = SheetCells(sheet), b""
    for line in _lines(islice(_located(book, sheet), _SEEN), cells):
        if data and len(data) + len(line) > _SEEN_BYTES:
            break
        data += line
    return replace(scan(path, MemoryBytes(data)).passed(), sheet=cells) if data.strip() else None


def _sheet(path: Path, book: Ods | Xlsx, sheet: str) -> SourceText:
    cells = SheetCells(sheet)
    spool = Spool(_bounded(_lines(_located(book, sheet), cells), path, sheet))
    if not spool.size:
        raise InvalidSource("the sheet is empty", location=Location(f"{path.name}!{sheet}"))
    return replace(scan(path, spool).passed(), sheet=cells)


def _located(book: Ods | Xlsx, sheet: str) -> Iterator[tuple[int, dict[int, str]]]:
    """The rows of a sheet; errors name it."""
    try:
        yield from book.rows(sheet)
    except InvalidSource as error:
        at = error.location.cell if error.location else None
        where = Location(f"{book.parts.name}!{sheet}", cell=at)
        raise type(error)(error.message, location=where, hint=error.hint) from None
    except Refused as refused:
        raise book.parts.refusal(refused, sheet) from None
    except (ValueError, OverflowError) as error:
        hint = "Open it in a spreadsheet program and save it again."
        raise book.parts.refusal(Refused(f"the workbook is damaged: {error}", hint), sheet) from None


def _lines(rows: Iterator[tuple[int, dict[int, str]]], cells: SheetCells) -> Iterator[bytes]:
    """Rows as lines; what leads from one to the other is noted."""
    line = following = 1
    for row, values in rows:
        yield b"\n" * (row - following)
        line += row - following
        text = ",".join(_quoted(values.get(column)) for column in range(1, max(values) + 1)) + "\n"
        yield text.encode("utf-8", "replace")
        line += text.count("\n")
        following = row + 1
        if text.count("\n") > 1:
            cells.broken(line, following)


def _quoted(value: str | None) -> str:
    return "" if value is None else '"{}"'.format(value.replace('"', '""'))


def _bounded(lines: Iterator[bytes], path: Path, sheet: str) -> Iterator[bytes]:
    size = 0
    for line in lines:
        size += len(line)
        if size > LARGEST:
            message = f"the sheet comes to more than {LARGEST} bytes"
            hint = "Save it as CSV, which is read whatever its size."
            raise InvalidSource(message, location=Location(f"{path.name}!{sheet}"), hint=hint)
        yield line

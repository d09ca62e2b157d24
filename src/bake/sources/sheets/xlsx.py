"""Workbooks of Excel (ECMA-376, part 1: SpreadsheetML), read row by row; a cell becomes the text that CSV would have.

the cell                               its text
text, also in rich text                the same text
a number                               its digits, 15 at most, as spreadsheets keep them: 12345678905, 20.97
a whole number of 2^53 or above        1.23456789012346E+17: its last digits are lost; where a code is expected, the
                                       compiler asks about it
a number formatted as zeros (00000)    with leading zeros: 00123
a number formatted as date or time     2025-03-01, 2025-03-01 12:30:00, 12:30:00
true, false; an error                  true, false; #N/A
a formula                              its stored result; refused if none is stored

Rows that are not there or have no cells are blank, and so is a cell that is not there.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from xml.etree.ElementTree import Element

from bake.sources.sheets.sheet_cells import letters
from bake.sources.sheets.workbook_parts import COLUMNS, LONGEST_CELL, ROWS, Parts, Refused, RowCells, local
from bake.sources.texts.byte_source import Spool

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STRINGS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
#: Number formats that need no definition (ECMA-376, 18.8.30), those of East Asia included.
_DATES = frozenset({14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
_TIMES = frozenset({18, 19, 20, 21, 22, 32, 33, 34, 35, 45, 46, 47, 55, 56})
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_ESCAPE = re.compile(r"_x(?!0000)([0-9A-Fa-f]{4})_")
#: Whole numbers below this are exact in the double precision in which spreadsheets keep numbers.
_EXACT = 2**53
_MOST_STRINGS = 20_000_000


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """What a number format shows.

    Attributes:
        date: whether it shows years, months or days.
        time: whether it shows hours, minutes or seconds.
        zeros: how many digits it shows at least.
    """

    date: bool = False
    time: bool = False
    zeros: int = 0


_GENERAL = NumberFormat()


class Strings:
    """The shared strings of a workbook, by index; they are spooled to a temporary file."""

    def __init__(self, parts: Parts) -> None:
        self._ends = array("Q", [0])
        self._spool = Spool(self._read(parts)) if parts.has(_STRINGS) else None
        self.get = lru_cache(maxsize=512)(self._get)

    def _get(self, index: int) -> str:
        if self._spool is None or not 0 <= index < len(self._ends) - 1:
            raise Refused(f"the workbook is damaged: it has no text number {index}", "Save it again.")
        start = self._ends[index]
        return self._spool.read(start, self._ends[index + 1] - start).decode()

    def _read(self, parts: Parts) -> Iterator[bytes]:
        for element, _ in parts.elements(_STRINGS, "si"):
            data = _text(element).encode("utf-8", "replace")
            self._ends.append(self._ends[-1] + len(data))
            yield data
            if len(self._ends) > _MOST_STRINGS:
                raise parts.refusal(Refused(f"it has more than {_MOST_STRINGS:,} texts", "Save the sheet as CSV."))


def _text(element: Element) -> str:
    """The text of a cell, which may consist of several runs; phonetic hints are left out."""
    pieces = []
    for child in element:
        match local(child.tag):
            case "t":
                pieces.append(child.text or "")
            case "r":
                pieces += [part.text or "" for part in child if local(part.tag) == "t"]
            case _:
                pass
    return checked("".join(pieces))


def checked(text: str) -> str:
    """The text of a cell, its escape sequences decoded.

    Raises:
        Refused: it is longer than a cell can be.
    """
    if len(text) > LONGEST_CELL:
        hint = "Shorten it; no spreadsheet holds so much."
        raise Refused(f"a cell has more than {LONGEST_CELL:,} characters", hint)
    return _unescaped(text) if "_x" in text else text


def _unescaped(text: str) -> str:
    """Decode `_xHHHH_`, a UTF-16 code unit that XML cannot hold (ECMA-376, 22.9.2.19), except NUL."""
    units = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass
class Xlsx:
    """A workbook of Excel.

    Attributes:
        parts: the files in its ZIP archive.
        sheets: by name of the sheet, in their order, the name of its part.
        hidden: the names of the sheets that are not shown.
    """

    parts: Parts
    sheets: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        targets = {
            relation.get("Id", ""): relation.get("Target", "")
            for relation, _ in self.parts.elements(_RELATIONS, "Relationship")
            if relation.get("TargetMode") != "External"
        }
        self._counts_from_1904 = False
        for element, _ in self.parts.elements(_WORKBOOK, "workbookPr", "sheet"):
            attributes = {local(name): value for name, value in element.attrib.items()}
            if local(element.tag) == "workbookPr":
                self._counts_from_1904 = attributes.get("date1904", "0").casefold() in {"1", "true"}
                continue
            target = targets.get(attributes.get("id", ""), "")
            part = target[1:] if target.startswith("/") else f"xl/{target}"
            if part.startswith("xl/worksheets/"):
                self.sheets[attributes.get("name", "")] = part
            if attributes.get("state", "visible") != "visible":
                self.hidden.add(attributes.get("name", ""))
        self._formats = _formats(self.parts)
        self._strings: Strings | None = None

    def rows(self, sheet: str) -> Iterator[tuple[int, dict[int, str]]]:
        """Yield the rows of a sheet that have cells: the number of the row, and its cells by column; both count from 1.

        Raises:
            InvalidSource: the sheet cannot be read.
            DamagedExport: the ZIP is damaged.
        """
        self._strings = self._strings or Strings(self.parts)
        reader = _Cells(self._strings, self._formats, self._counts_from_1904)
        row = 0
        for element, parents in self.parts.elements(self.sheets[sheet], "row", "sheetData"):
            if local(element.tag) == "sheetData":
                return
            before, row = row, int(element.get("r", row + 1))
            if not before < row <= ROWS:
                hint = "Save it again."
                raise self.parts.refusal(Refused(f"the workbook is damaged: row {row} comes after row {before}", hint))
            if parents and (cells := self._cells(reader, row, element)):
                yield row, cells

    def _cells(self, reader: _Cells, row: int, element: Element) -> dict[int, str]:
        """The cells of a row that are not empty."""
        cells, column = RowCells(), 0
        for cell in element:
            if local(cell.tag) != "c":
                continue
            reference = cell.get("r")
            before, column = column, column_of(reference) if reference else column + 1
            if not before < column <= COLUMNS:
                raise Refused(f"the workbook is damaged: its cells of row {row} are in disorder", "Save it again.")
            if value := reader.value(cell, row, column):
                cells.add(column, 1, value)
        return cells.take()


class _Cells:
    """Converts cells to text."""

    def __init__(self, strings: Strings, formats: list[NumberFormat], from_1904: bool) -> None:
        self._strings = strings
        self._formats = formats
        self._day_zero = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no zone
        self._counts_from_1904 = from_1904

    def value(self, cell: Element, row: int, column: int) -> str:
        """The text of a cell; "" if it is empty.

        Raises:
            Refused: it is a formula whose result is not stored.
        """
        text, has_formula, type_ = "", False, cell.get("t", "n")
        for child in cell:
            match local(child.tag):
                case "v":
                    text = child.text or ""
                case "f":
                    has_formula = True
                case "is":
                    text = _text(child)
                case _:
                    pass
        if not text and has_formula and type_ != "str":
            raise no_result(row, column)
        match type_:
            case "s":
                return self._strings.get(int(text)) if text else ""
            case "n":
                return self._number(text, int(cell.get("s", 0))) if text else ""
            case "inlineStr":
                return text
            case "b":
                return {"1": "true", "0": "false"}.get(text, text)
            case "d":
                return text.replace("T", " ").removesuffix(" 00:00:00")
            case _:
                return checked(text)

    def _number(self, text: str, style: int) -> str:
        shown_as = self._formats[style] if style < len(self._formats) else _GENERAL
        if (shown_as.date or shown_as.time) and 0 <= (value := float(text)) < 2_958_466:  # the year 10000
            return self._date_and_time(value, shown_as)
        text = digits(text)
        return text.zfill(shown_as.zeros) if shown_as.zeros and text.isdigit() else text

    def _date_and_time(self, value: float, shown_as: NumberFormat) -> str:
        if shown_as.time and not shown_as.date:
            minutes, seconds = divmod(round(value * 86_400), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        leap = 1 if value < 60 and not self._counts_from_1904 else 0  # spreadsheets count a 29 February 1900
        moment = self._day_zero + timedelta(days=leap, seconds=round(value * 86_400))
        return moment.strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")


def digits(text: str) -> str:
    """Format a number: a whole one in full if it is exact (below 2^53), any other with 15 digits at most."""
    value = float(text)
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return f"{value:.15g}".replace("e", "E")


@lru_cache(maxsize=COLUMNS)
def _column_named(name: str) -> int:
    found = 0
    for letter in name:
        found = 26 * found + ord(letter) - ord("A") + 1
    return found


def column_of(reference: str) -> int:
    """The number of the column, from 1, in a reference such as `B7`.

    Raises:
        ValueError: this is no reference to a cell.
    """
    name = reference.rstrip("0123456789")
    if not (name.isascii() and name.isupper() and len(name) <= 3):
        raise ValueError(f"{reference[:20]} is no cell")
    return _column_named(name)


def no_result(row: int, column: int) -> Refused:
    """The refusal of a formula without a stored result."""
    message = "the cell is a formula, and its result is not in the file"
    hint = "Open the workbook in a spreadsheet program and save it, or write the values instead of formulas."
    return Refused(message, hint, f"{letters(column)}{row}")


def _formats(parts: Parts) -> list[NumberFormat]:
    """The number formats of the cell styles, by index of the style."""
    if not parts.has(_STYLES):
        return []
    codes: dict[int, str] = {}
    styles: list[int] = []
    for element, parents in parts.elements(_STYLES, "numFmt", "xf"):
        style = int(element.get("numFmtId", 0))
        if local(element.tag) == "numFmt":
            codes[style] = element.get("formatCode", "")
        elif local(parents[-1].tag) == "cellXfs":
            styles.append(style)
    return [number_format(style, codes.get(style)) for style in styles]


def number_format(style: int, code: str | None) -> NumberFormat:
    """Interpret a number format: a built-in one by its number (`style`), any other by its code."""
    if code is None:
        return NumberFormat(date=style in _DATES, time=style in _TIMES)
    bare = _QUOTED.sub("", code.partition(";")[0]).casefold()
    if re.fullmatch("0{2,}", bare):
        return NumberFormat(zeros=len(bare))
    time = bool(re.search("[hs]", bare))
    date = bool(re.search("[yd]", bare)) or ("m" in bare and not time)
    return _GENERAL if "general" in bare else NumberFormat(date, time)

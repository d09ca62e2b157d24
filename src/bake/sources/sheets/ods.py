"""OpenDocument spreadsheets (ODF 1.3, part 3: `content.xml`), read row by row; all cells become the text of CSV.

Numbers, dates and the others are as in `sheets.xlsx`. The zeros before a number are those that its cell shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from bake.sources.sheets.workbook_parts import LONGEST_CELL, ROWS, Parts, Refused, RowCells, local
from bake.sources.sheets.xlsx import checked, digits, no_result

_CONTENT = "content.xml"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


@dataclass
class Ods:
    """An OpenDocument spreadsheet.

    Attributes:
        parts: its parts.
        sheets: by name, in their order.
        hidden: none; whether one is shown is a matter of its style.
    """

    parts: Parts
    sheets: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for table, _ in self.parts.elements(_CONTENT, "table"):
            self.sheets[table.get(f"{_TABLE}name", "")] = _CONTENT

    def rows(self, sheet: str) -> Iterator[tuple[int, dict[int, str]]]:
        """The rows of a sheet that have cells: the number of each, and its cells by their column; both from 1.

        Raises:
            InvalidSource: the sheet cannot be read.
            DamagedExport: the ZIP is damaged.
        """
        row = 1
        for element, around in self.parts.elements(_CONTENT, "table-row", "table"):
            tables = [one.get(f"{_TABLE}name") for one in (element, *around) if one.tag == f"{_TABLE}table"]
            if tables != [sheet]:
                continue
            if element.tag == f"{_TABLE}table":
                return
            times = int(element.get(f"{_TABLE}number-rows-repeated", 1))
            if cells := _cells(element, row):
                if row + times - 1 > ROWS:
                    raise self.parts.refusal(Refused(f"the sheet has more than {ROWS} rows", "Save it as CSV."))
                yield from ((n, cells) for n in range(row, row + times))
            row += times


def _cells(element: Element, row: int) -> dict[int, str]:
    """The cells of a row that are not empty."""
    cells, column = RowCells(), 1
    for cell in element:
        if local(cell.tag) in {"table-cell", "covered-table-cell"}:
            times = int(cell.get(f"{_TABLE}number-columns-repeated", 1))
            if value := _value(cell, row, column):
                cells.add(column, times, value)
            column += times
    return cells.take()


def _value(cell: Element, row: int, column: int) -> str:
    """What a cell shows, as text; empty if it is empty."""
    text = "\n".join("".join(_pieces(child)) for child in cell if child.tag == f"{_TEXT}p")
    if cell.get(f"{_CALC}value-type") == "error":
        return text
    match cell.get(f"{_OFFICE}value-type"):
        case "float" | "percentage" | "currency":
            number = digits(cell.get(f"{_OFFICE}value", "0"))
            return text if text.isdigit() and text.lstrip("0") == number else number
        case "date":
            moment = cell.get(f"{_OFFICE}date-value", text)
            return moment.partition(".")[0].replace("T", " ").removesuffix(" 00:00:00")
        case "time":
            found = _DURATION.fullmatch(cell.get(f"{_OFFICE}time-value", ""))
            return ":".join(part.zfill(2) for part in found.groups()) if found else text
        case "boolean":
            return cell.get(f"{_OFFICE}boolean-value", text)
        case None if f"{_TABLE}formula" in cell.attrib and not text:
            raise no_result(row, column)
        case _:
            return checked(cell.get(f"{_OFFICE}string-value") or text)


def _pieces(element: Element) -> Iterator[str]:
    """The pieces of a paragraph's text, with blanks and breaks; not those of notes in it."""
    yield element.text or ""
    for child in element:
        match local(child.tag):
            case "s":
                yield " " * min(int(child.get(f"{_TEXT}c", 1)), LONGEST_CELL + 1)
            case "tab":
                yield "\t"
            case "line-break":
                yield "\n"
            case "annotation" | "note":
                pass
            case _:
                yield from _pieces(child)
        yield child.tail or ""

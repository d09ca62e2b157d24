"""Which cells of a workbook the lines of its text are: a sheet is read as text, and located by its cells."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field

from bake.errors import Location


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The rows of a sheet as lines of text. A row has several lines if there are line breaks in its cells.

    Attributes:
        sheet: the name of the sheet.
    """

    sheet: str
    _lines: array[int] = field(default_factory=lambda: array("Q", [1]), repr=False)
    _rows: array[int] = field(default_factory=lambda: array("Q", [1]), repr=False)

    def broken(self, line: int, row: int) -> None:
        """Note that a row begins on a line that the row before it does not lead to."""
        self._lines.append(line)
        self._rows.append(row)

    def row(self, line: int) -> int:
        """The row that begins on a line."""
        known = bisect_right(self._lines, line) - 1
        return self._rows[known] + line - self._lines[known]

    def line(self, row: int) -> int:
        """The line on which a row begins."""
        known = max(bisect_right(self._rows, row) - 1, 0)
        return self._lines[known] + row - self._rows[known]

    def location(self, file: str, line: int, column: int) -> Location:
        """Where a cell stands: `prices.xlsx!May:B7`."""
        row = self.row(line)
        return Location(f"{file}!{self.sheet}", line=row, column=column, cell=f"{letters(column)}{row}")


def letters(column: int) -> str:
    """The letters of a column, counted from 1: A, B, …, Z, AA."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name

"""Read delimited text (CSV) as rows of cells, with RFC 4180 quoting; each row comes with its line number."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from bake.errors import InvalidSource
from bake.sources.texts.text import SourceText

#: The delimiters that are tried, unless a sheet names its own.
DELIMITERS = (",", ";", "\t", "|")
#: Their names, for messages.
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
#: How many cells a line may have: far more than the columns of any sheet.
MOST_CELLS = 200_000
#: A first line such as `sep=;`, by which a sheet names its delimiter; spreadsheet programs write and read it.
_SAID = re.compile(r"(?i:sep)=([^\w\s\"]|\t)\r?\n")


def delimiters(source: SourceText) -> tuple[str, ...]:
    """The delimiters that a sheet may have: the one that its first line names, else all in `DELIMITERS`."""
    if source.sheet:
        return (",",)
    said = _SAID.match(source.head)
    return (said.group(1),) if said else DELIMITERS


def has_cells(source: SourceText) -> bool:
    """Whether the first two lines of a text have as many cells: at least two between tabs, or three otherwise."""
    begun = source.head.partition("\n")[0]
    signs = [sign for sign in delimiters(source) if sign in begun]
    lines = [line for line in islice(source.lines(source.line), 2) if line.strip()] if signs else []
    cells = [(sign, [line.count(sign) for line in lines]) for sign in signs]
    return len(lines) == 2 and any(one == other >= (1 if sign == "\t" else 2) for sign, (one, other) in cells)


def rows(source: SourceText, delimiter: str, first: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Read the rows that are not blank.

    Args:
        source: the sheet.
        delimiter: the delimiter of its cells.
        first: the number of the line to begin with, which must be the first line of a row; by default the header's.

    Yields:
        The number of the row's first line, and its cells.

    Raises:
        InvalidSource: the quoting is broken, or the file was changed since it was first read.
    """
    first = first or source.line + bool(_SAID.match(source.head))
    reader = csv.reader(_narrow(source.lines(first), delimiter), delimiter=delimiter, strict=True)
    while True:
        line = first + reader.line_num
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _broken(source, line, str(error)) from None
        if row is None:
            return
        if any(row):
            yield line, row


def _narrow(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """The same lines, before any of them becomes more cells than there is memory for.

    Raises:
        csv.Error: one has too many.
    """
    for line in lines:
        if len(line) > MOST_CELLS and line.count(delimiter) > MOST_CELLS:
            raise csv.Error(f"it has more than {MOST_CELLS:,} cells")
        yield line


def header(source: SourceText, delimiter: str) -> list[str]:
    """The stripped cells of the first row that is not blank; empty if it cannot be read with this delimiter.

    Raises:
        InvalidSource: it has so many columns that not even their number is worth the memory.
    """
    if (line := next(source.lines(source.line), "")).count(delimiter) > MOST_CELLS and len(line) > MOST_CELLS:
        raise InvalidSource(
            f"the header has more than {MOST_CELLS:,} columns",
            location=source.cell(source.line, 1),
            hint="Is this a sheet? At most as many columns are read as spreadsheets have.",
        )
    try:
        return [cell.strip() for cell in next(rows(source, delimiter), (0, []))[1]]
    except InvalidSource:
        return []


def _broken(source: SourceText, line: int, problem: str) -> InvalidSource:
    """The error for a row that the `csv` module could not read; `problem` is its message."""
    hint = 'Put cells with separators, quotes or line breaks in "…", and write each quote in them twice.'
    if "new-line" in problem:
        problem, hint = "a lone carriage return ends no line", "Save the file again, with ordinary line ends."
    return InvalidSource(
        f"the row that begins here cannot be read: {problem}",
        location=source.cell(line, 1),
        hint=hint,
    )

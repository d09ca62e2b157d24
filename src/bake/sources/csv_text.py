"""Separated values as rows: RFC 4180 quoting, the separator found by the header, each row with its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from bake.errors import InvalidSource, Location
from bake.sources.text import SourceText

#: What may stand between cells.
DELIMITERS = (",", ";", "\t")
#: What separators are called.
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
#: A first line by which a sheet tells spreadsheets its separator: `sep=;`.
_SAID = re.compile(r"(?i:sep)=([^\w\s\"]|\t)\r?\n")


def delimiters(source: SourceText) -> tuple[str, ...]:
    """What may stand between the cells of this sheet: what it says itself, if it does."""
    said = _SAID.match(source.head)
    return (said.group(1),) if said else DELIMITERS


def rows(source: SourceText, delimiter: str, first: int = 0) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line.

    Args:
        source: the sheet.
        delimiter: what stands between its cells.
        first: the line to begin with, at which a row begins; by default that of the header.

    Raises:
        InvalidSource: the quoting is broken, or the file was changed since it was first read.
    """
    first = first or source.line + bool(_SAID.match(source.head))
    reader = csv.reader(source.lines(first), delimiter=delimiter, strict=True)
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


def header(source: SourceText, delimiter: str) -> list[str]:
    """The cells of the first row that is not blank; none if it cannot be read so."""
    try:
        return [cell.strip() for cell in next(rows(source, delimiter), (0, []))[1]]
    except InvalidSource:
        return []


def _broken(source: SourceText, line: int, problem: str) -> InvalidSource:
    hint = 'Put cells with separators, quotes or line breaks in "…", and write each quote in them twice.'
    if "new-line" in problem:
        problem, hint = "a lone carriage return ends no line", "Save the file again, with ordinary line ends."
    return InvalidSource(
        f"the row that begins here cannot be read: {problem}",
        location=Location(source.name, line=line, column=1),
        hint=hint,
    )

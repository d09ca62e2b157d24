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
    said = _SAID.match(source.text)
    return (said.group(1),) if said else DELIMITERS


def rows(source: SourceText, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its first line.

    Raises:
        InvalidSource: the quoting is broken.
    """
    said = _SAID.match(source.text)
    reader = csv.reader(_lines(source.text, said.end() if said else 0), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + (2 if said else 1)
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


def _lines(text: str, start: int) -> Iterator[str]:
    """The lines of a text with their ends. Only a line feed ends a line; other breaks may stand within cells."""
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _broken(source: SourceText, line: int, problem: str) -> InvalidSource:
    hint = 'Put cells with separators, quotes or line breaks in "…", and write each quote in them twice.'
    if "new-line" in problem:
        problem, hint = "a lone carriage return ends no line", "Save the file again, with ordinary line ends."
    return InvalidSource(
        f"the row that begins here cannot be read: {problem}",
        location=Location(source.name, line=line, column=1),
        hint=hint,
    )

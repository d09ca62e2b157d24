"""Messages about faults of a sheet: in its header, in a row, or a title where the header is expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice

from bake.catalog.names import letters
from bake.catalog.values import shown
from bake.errors import InvalidSource, Problem
from bake.sources.sheets.csv_text import NAMES, delimiters, header, rows
from bake.sources.sheets.workbook_parts import COLUMNS
from bake.sources.texts.text import SourceText

#: How many columns of a header are shown.
_TITLES = 12
#: Among how many rows the header is looked for under a title, and how many known columns make one.
_TITLE_ROWS, _HEADER_COLUMNS = 20, 2


def header_text(source: SourceText, delimiter: str | None = None) -> str:
    """The titles of the header and the separator between them, as part of a message.

    Args:
        source: the sheet.
        delimiter: the separator; if it is not known, the one that gives the most cells.
    """
    by = delimiter or max(delimiters(source), key=lambda one: len(header(source, one)))
    titles = ", ".join(shown(title, 40) for title in header(source, by)[:_TITLES])
    more = ", …" if len(header(source, by)) > _TITLES else ""
    between = "" if source.sheet else f", with {NAMES.get(by, shown(by))} between cells"
    return f"{titles}{more}{between}"


def header_hint(source: SourceText, known: Collection[str]) -> str:
    """The beginning of a hint that names the row that looks like the header, if the first row is a title; else empty.

    Args:
        source: the sheet.
        known: the names of columns, as `letters` gives them.
    """
    for delimiter in delimiters(source):
        try:
            for line, row in islice(rows(source, delimiter), 1, _TITLE_ROWS):
                named = [letters(cell) in known for cell in row if cell.strip()]
                if sum(named) >= _HEADER_COLUMNS and 2 * sum(named) > len(named):
                    what, number = ("Row", source.sheet.row(line)) if source.sheet else ("Line", line)
                    return f"{what} {number} looks like the header; if it is: --header {number}. "
        except InvalidSource:
            continue
    return ""


def header_problems(source: SourceText, line: int, names: list[str]) -> Iterator[Problem]:
    """Too many columns, or columns that have the same name."""
    if len(names) > COLUMNS:
        message = f"the header has {len(names):,} columns; at most {COLUMNS:,} are read, as many as spreadsheets have"
        yield Problem(message, source.cell(line, COLUMNS + 1))
        return
    times = Counter(names)
    before: set[str] = set()
    for n, name in enumerate(names):
        if name and name in before:
            message = f"the column {shown(name)} stands {times[name]} times in the header"
            yield Problem(message, source.cell(line, n + 1))
        before.add(name)


def row_problem(source: SourceText, line: int, names: list[str], row: list[str], reach: int) -> Problem:
    """What is wrong with a row that has too few cells to identify it, or too many."""
    cells = f"the row has {len(row)} {'cell' if len(row) == 1 else 'cells'}"
    long = f"{cells}; expected {len(names)}: is each cell with a separator or a line break in quotes?"
    short = f"{cells}; expected {reach} at least, up to {shown(names[reach - 1])}, which says which row it is"
    message = long if len(row) > len(names) else short
    return Problem(message, source.cell(line, min(len(row), len(names) + 1)))


def sheet_error(problems: list[Problem], read_as: str) -> InvalidSource:
    """The error for a sheet with these problems; `read_as` is its header, as part of a message."""
    what = str(problems[0].message) if len(problems) == 1 else f"the sheet has {len(problems)} faults"
    hint = f"The header is {read_as}. Correct these rows, or name each column once."
    return InvalidSource(what, location=problems[0].location, hint=hint, problems=problems)

"""Tables of Markdown (GitHub's): found in a text, and written again as CSV whose rows stand on the same lines.

    the lines                     are read as
    | Shop | Price |              Shop,Price
    |:-----|------:|
    | **Wegmans** | 6.49 |        Wegmans,6.49

Where all lines begin with a bar, the line below the header may be lacking. The table ends before the first line without
a bar. Emphasis and code marks around a whole cell are left off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from bake.errors import InvalidSource
from bake.sources.sheets.workbook_parts import COLUMNS
from bake.sources.texts.byte_source import Spool
from bake.sources.texts.text import SourceText

#: The line below the header, as far as its beginning tells.
_RULE = re.compile(rb"(?=[^|]*\|)[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-*:?[ \t]*\r?)?$")
_CELLS = re.compile(r"(?<!\\)\|")
_MARKED = re.compile(r"(\*\*\*|\*\*|__|\*|_|`)(?=\S)(.+?)(?<=\S)\1")

#: Of each line its offset, how it begins, and the offset of the next one.
Heads = Iterable[tuple[int, bytes, int]]


def begins_as_table(heads: Heads) -> bool:
    """Whether the first lines that are not blank are the header of a table and the line below it."""
    filled = [head for _, head, _ in islice((line for line in heads if line[1].strip()), 2)]
    return len(filled) == 2 and b"|" in filled[0] and _is_below(filled[0], filled[1])


def _is_below(header: bytes, line: bytes) -> bool:
    """Whether a line tells that the one before it is the header of a table."""
    return bool(_RULE.match(line)) or (header.lstrip().startswith(b"|") and line.lstrip().startswith(b"|"))


def tables(heads: Heads) -> Iterator[tuple[int, int]]:
    """Where tables begin and end."""
    header: tuple[int, bytes] | None = None
    start: int | None = None
    end = 0
    for at, head, following in heads:
        if start is not None and b"|" not in head:
            yield start, end
            start = None
        if start is None and header is not None and _is_below(header[1], head):
            start = header[0]
        end, header = following, (at, head) if b"|" in head else None
    if start is not None:
        yield start, end


def as_csv(table: SourceText) -> SourceText:
    """A text that is a table, as CSV."""
    return table.rewritten(Spool(_written(table)), before=0)


def _written(table: SourceText) -> Iterator[bytes]:
    yield b"\n" * (table.line - 1)
    is_header_read = False
    for n, line in enumerate(table.lines()):
        if line.count("|") > COLUMNS:
            message = f"a row of the table has more than {COLUMNS:,} cells"
            where = table.cell(table.line + n, COLUMNS + 1)
            raise InvalidSource(message, location=where, hint="Is this a table of Markdown?")
        is_rule = n > 0 and not is_header_read and _RULE.match(line.rstrip("\n").encode())
        is_header_read = is_header_read or bool(is_rule)
        yield b"\n" if is_rule or not line.strip() else ",".join(map(_quoted, _cells(line))).encode() + b"\n"


def _cells(line: str) -> list[str]:
    text = line.strip().removeprefix("|")
    cells = [cell.strip().replace("\\|", "|") for cell in _CELLS.split(text)]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _quoted(cell: str) -> str:
    marked = _MARKED.fullmatch(cell)
    return '"{}"'.format((marked.group(2) if marked else cell).replace('"', '""'))

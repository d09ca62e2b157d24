"""Lines of styled text that fit a width, measured in terminal cells."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, chop_cells
from rich.color import ColorSystem
from rich.style import Style

_WORDS = re.compile(r"[^ ]+ *| +")


class Span(NamedTuple):
    """Text of one style (a Rich style such as `bold red`; "" is plain). It is printable already."""

    text: str
    style: str = ""


Line: TypeAlias = tuple[Span, ...]


class Column(NamedTuple):
    """One cell of a row of columns: its text, and its width in terminal cells."""

    span: Span
    width: int


def joined(lines: Iterable[Line], colour: bool) -> str:
    """The lines as one text; without colour, it has no escape sequences."""
    show = _coloured if colour else operator.attrgetter("text")
    return "".join("".join(map(show, _trimmed(line))) + "\n" for line in lines)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` cells: broken at spaces, within a word only where it must be."""
    if cell_len(text) <= width:
        return [text]
    lines = [""]
    for word in _WORDS.findall(text):
        if cell_len(lines[-1] + word.rstrip(" ")) <= width:
            lines[-1] += word
            continue
        lines += chop_cells(word.rstrip(" "), width)
        lines[-1] += " " * (len(word) - len(word.rstrip(" ")))
    return [line.rstrip(" ") for line in lines if line.strip(" ")] or [""]


def hanging(lead: Line, body: Span, width: int, indent: int = 4) -> Iterator[Line]:
    """A lead, then a text whose further lines begin below its first word; a long lead gets a line of its own."""
    used = cell_len("".join(span.text for span in lead))
    if used > width // 2:
        yield from broken(lead, width)
        lead, used = (Span(" " * indent),), indent
    for n, part in enumerate(wrapped(body.text, width - used)):
        yield (*(lead if n == 0 else (Span(" " * used),)), Span(part, body.style))


def broken(line: Line, width: int) -> Iterator[Line]:
    """One line, or, if it is too wide, several without its styles."""
    text = "".join(span.text for span in line)
    if cell_len(text) <= width:
        yield line
        return
    start = len(text) - len(text.lstrip(" "))
    for part in wrapped(text[start:], width - start):
        yield (Span(" " * start + part, line[-1].style),)


def side_by_side(indent: int, columns: Sequence[Column]) -> Iterator[Line]:
    """Columns with two spaces between, each wrapped in its own width."""
    cells = [wrapped(column.span.text, column.width) for column in columns]
    for parts in zip_longest(*cells, fillvalue=""):
        spans = [Span(" " * indent)]
        for part, column in zip(parts, columns, strict=True):
            spans += [Span(part, column.span.style), Span(" " * (column.width - cell_len(part) + 2))]
        yield tuple(spans[:-1])


def _trimmed(line: Line) -> Line:
    """The line without white space at its end."""
    while line and not line[-1].text.rstrip(" "):
        line = line[:-1]
    return (*line[:-1], Span(line[-1].text.rstrip(" "), line[-1].style)) if line else ()


def _coloured(span: Span) -> str:
    return Style.parse(span.style).render(span.text, color_system=ColorSystem.STANDARD) if span.style else span.text

"""The lines of a file around what is wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bake import Catalog
from bake.errors import Location
from bake.renderer.printable import printable

#: Lines shown before and after, characters of a line, and how far into a file is looked.
_AROUND, _WIDTH, _FARTHEST = 2, 160, 2_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number, its text up to the place and from there on, and whether it is the one meant."""

    number: int
    before: str
    after: str
    meant: bool


def excerpt(source: Path, where: Location | None, catalog: Catalog) -> list[Line]:
    """The lines around a place; none if it is in no line, the file is no text, or it may hold what is shown to nobody.

    Args:
        source: the file, or the folder of files.
        where: the place.
        catalog: whether it has sensitive fields.
    """
    if catalog.has_sensitive:
        return []
    path = source / Path(where.file).name if where and source.is_dir() else source
    if where is None or where.line is None or where.line > _FARTHEST or not path.is_file():
        return []
    first = max(1, where.line - _AROUND)
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as stream:
            lines = list(islice(stream, first - 1, where.line + _AROUND))
    except OSError:
        return []
    if any("\0" in line for line in lines):
        return []
    return [_line(n, text, where) for n, text in enumerate(lines, first)]


def _line(number: int, text: str, where: Location) -> Line:
    text = text.rstrip("\r\n")
    if number != where.line:
        return Line(number, printable(text[:_WIDTH].replace("\t", " ")), "", meant=False)
    column = min(max(where.column or 1, 1), len(text) + 1) - 1
    start = max(0, column - _WIDTH // 2)
    before, after = text[start:column], text[column : start + _WIDTH]
    return Line(number, printable(before.replace("\t", " ")), printable(after.replace("\t", " ")), meant=True)

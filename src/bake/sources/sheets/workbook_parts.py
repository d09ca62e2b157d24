"""The XML parts of a workbook, read as a stream of elements in bounded memory, by what nobody can attack.

A workbook is a ZIP of XML. No part is read beyond the size that it declares; a document type, by which entities could
grow, is refused, and so is an element that grows without measure; no link to anything outside is followed.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import IO
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from bake.catalog.values import shown
from bake.errors import InvalidSource, Location
from bake.sources.normalized.zip_file import ZipBytes, overwhelms
from bake.sources.texts.text import LONGEST_LINE

#: What a cell may have, in characters: as many as one of a CSV file. Excel's own have 32,767.
LONGEST_CELL = 131_072
#: How many rows and columns a sheet of a spreadsheet program can have.
ROWS, COLUMNS = 1_048_576, 16_384
#: What one row may come to as XML, in bytes.
LARGEST_ELEMENT = 4 * LONGEST_LINE
#: What the parts of a workbook may come to, in bytes.
LARGEST = 4 * 1024**3

_BLOCK = 64 * 1024
_XLSX, _XLSB, _ODS = "xl/workbook.xml", "xl/workbook.bin", "content.xml"

_DOCTYPE = b"<!DOCTYPE"
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")


class Refused(Exception):
    """Why a workbook cannot be read; a sentence without the place, and what to do."""

    def __init__(self, message: str, hint: str = "", cell: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.cell = cell


class RowCells:
    """The cells of one row, by their column from 1, while it is read."""

    def __init__(self) -> None:
        self._cells: dict[int, str] = {}
        self._size = 0

    def add(self, column: int, times: int, value: str) -> None:
        """Add a cell, or some that have the same value.

        Raises:
            Refused: it stands too far, or the row becomes longer than any line of a sheet.
        """
        if column + times - 1 > COLUMNS:
            raise Refused(f"the sheet has more than {COLUMNS} columns", "Save the columns that count as CSV.")
        self._size += times * len(value)
        if self._size > LONGEST_LINE:
            raise Refused(f"a row has more than {LONGEST_LINE:,} characters", "Save the columns that count as CSV.")
        self._cells.update(dict.fromkeys(range(column, column + times), value))

    def take(self) -> dict[int, str]:
        """All that were added since they were last taken."""
        cells, self._cells, self._size = self._cells, {}, 0
        return cells


def is_workbook(infos: list[zipfile.ZipInfo]) -> bool:
    """Whether a ZIP is a workbook, by the names of its parts."""
    names = {info.filename for info in infos}
    return bool(names & {_XLSX, _XLSB}) or {_ODS, "mimetype"} <= names


class Parts:
    """The parts of a workbook.

    Args:
        packed: its ZIP.

    Raises:
        InvalidSource: a part cannot be trusted, or the workbook has a form that is not read.
    """

    def __init__(self, packed: ZipBytes) -> None:
        self._packed = packed
        infos = packed.infos()
        self._infos = {info.filename: info for info in infos}
        if _XLSB in self._infos and _XLSX not in self._infos:
            raise self.refusal(Refused("the workbook is binary (.xlsb)", "Save it as .xlsx."))
        twice = [name for name, times in Counter(info.filename for info in infos).items() if times > 1]
        problem = f"{shown(twice[0])} is in the workbook twice" if twice else None
        for info in infos:
            if problem is None and (why := overwhelms(info)):
                problem = f"{shown(info.filename)} {why}"
        if problem is None and sum(info.file_size for info in infos) > LARGEST:
            problem = f"its parts come to more than {LARGEST} bytes"
        if problem:
            raise self.refusal(Refused(problem, "Save the sheet as CSV, if you trust it."))

    @property
    def is_ods(self) -> bool:
        """Whether it is an OpenDocument spreadsheet, and not one of Excel."""
        return _XLSX not in self._infos

    @property
    def name(self) -> str:
        """The name of the workbook."""
        return self._packed.name

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._infos

    def elements(self, part: str, *wanted: str) -> Iterator[tuple[Element, list[Element]]]:
        """Elements of a part, one after the other; each is forgotten once the next one is asked for.

        Args:
            part: its name.
            wanted: the names of the elements, without namespace.

        Yields:
            An element with all that is in it, and those in which it stands, the innermost last.

        Raises:
            InvalidSource: the part is not there or no XML, has a document type, or an element grows without measure.
            DamagedExport: the ZIP is damaged there.
        """
        if part not in self._infos:
            raise self.refusal(Refused(f"the workbook has no {part}", "Save it again as .xlsx or .ods."))
        with self._packed.open(self._infos[part]) as stream:
            try:
                yield from _elements(stream, frozenset(wanted))
            except ParseError as error:
                message = f"the workbook is damaged: {part} is no XML in line {error.position[0]}"
                raise self.refusal(Refused(message, "Save it again, or copy it again.")) from None
            except Refused as refused:
                raise self.refusal(refused) from None

    def refusal(self, refused: Refused, sheet: str | None = None) -> InvalidSource:
        """The error that the workbook is refused."""
        where = Location(f"{self.name}!{sheet}" if sheet else self.name, cell=refused.cell)
        return InvalidSource(refused.message, location=where, hint=refused.hint or None)


def _elements(stream: IO[bytes], wanted: frozenset[str]) -> Iterator[tuple[Element, list[Element]]]:
    """Parse XML block by block; memory holds one wanted element at a time.

    Args:
        stream: the XML.
        wanted: the local names of the elements to yield.

    Yields:
        A wanted element once it is complete, and the elements that are open around it; it is dropped after that.

    Raises:
        Refused: more than `LARGEST_ELEMENT` bytes come without a wanted element.
    """
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    open_: list[Element] = []
    is_wanted: dict[str, bool] = {}
    size, behind = 0, b""
    while data := stream.read(_BLOCK):
        _check_prolog(data, behind)
        behind = data[-len(_DOCTYPE) :]
        size += len(data)
        parser.feed(data)
        events: Iterator[tuple[str, Element]] = parser.read_events()  # type: ignore[assignment]
        for event, element in events:
            if event == "start":
                open_.append(element)
                continue
            open_.pop()
            tag = element.tag
            if tag not in is_wanted:
                is_wanted[tag] = local(tag) in wanted
            if is_wanted[tag]:
                yield element, open_
                size = 0
                del open_[-1:][0][:]
        if size > LARGEST_ELEMENT:
            message = f"a row or another element of the workbook comes to more than {LARGEST_ELEMENT:,} bytes"
            raise Refused(message, "No spreadsheet program writes that; save the sheet as CSV.")
    parser.close()


def _check_prolog(data: bytes, behind: bytes) -> None:
    """Refuse what could make an XML parser grow its text: a document type, or an encoding in which one could hide."""
    if not behind:
        begin = data.removeprefix(codecs.BOM_UTF8)
        said = _ENCODING.match(begin)
        if begin[:1] != b"<" or begin[1:2] == b"\0" or (said and said.group(1).lower() not in {b"utf-8", b"us-ascii"}):
            raise Refused("a part of the workbook is not UTF-8, as those of all programs are", "Save it again.")
    if _DOCTYPE in behind + data:
        message = "the workbook has a document type, which no spreadsheet program writes"
        raise Refused(message, "Save it again as .xlsx or .ods.")


@lru_cache(maxsize=1024)
def local(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]

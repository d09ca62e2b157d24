"""Bytes as text, a part at a time: digest, encoding, and lines and columns for the offsets in it."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bake.errors import InvalidSource, Location
from bake.sources.model import Remark
from bake.sources.sheets.sheet_cells import SheetCells
from bake.sources.texts.byte_source import BytesBefore, ByteSource, MemoryBytes
from bake.sources.texts.lines import CHARACTER, STEP, Lines

#: How many bytes are read at a time. Larger blocks are slower: they leave the processor's cache.
BLOCK = 192 * 1024

_UTF8 = "Save it again as UTF-8, or say its encoding: --encoding NAME"
#: More than a row of a sheet has, in characters.
LONGEST_LINE = 8 * 1024**2
_POINTER_TOKEN = 100
_HEAD = 256
_TAIL = 4096


@dataclass(frozen=True)
class SourceText:
    """A source as text that is not held. Offsets in it are those of bytes in the file.

    Attributes:
        path: where it was read from.
        start: the offset of the first character, behind a byte order mark.
        head: its first characters, 256 at most.
        first: its first character that is no space; empty if there is none.
        block: how many bytes are read at a time.
        end: the offset behind the last character.
        line: the line on which it begins.
        sheet: of a workbook, which cells its lines are; None for any other text.
        remarks: what was noticed while its bytes were made text.
    """

    path: Path
    start: int
    head: str
    first: str
    block: int
    _stored: ByteSource = field(repr=False)
    _lines: Lines = field(repr=False)
    _digest: str | None = field(default=None, repr=False)
    _first: int = 0
    end: int = 0
    line: int = 1
    sheet: SheetCells | None = None
    remarks: tuple[Remark, ...] = ()

    def part(self, start: int, end: int) -> SourceText:
        """What stands between two offsets, with the locations and the digest of the whole."""
        head = "".join(codecs.utf_8_decode(self.read(start, min(end - start, CHARACTER * _HEAD)), "strict", False)[0])
        first, at = "", start
        while not first and at < end and (data := self.read(at, min(self.block, end - at))):
            first = codecs.utf_8_decode(data, "ignore", False)[0].lstrip()[:1]
            at += len(data)
        line = self._lines.position(start)[0]
        stored = BytesBefore(self._stored, end)
        return replace(
            self, start=start, end=end, line=line, head=head[:_HEAD], first=first, _stored=stored, _digest=self.sha256
        )

    def from_line(self, line: int) -> SourceText | None:
        """What stands from a line on (of a workbook, a row); None if there is no such line."""
        wanted = self.sheet.line(line) if self.sheet else line
        start = self._lines.find(wanted)
        return None if start is None or start >= self.end else self.part(start, self.end)

    @property
    def last(self) -> str:
        """The last character that is no space, if it is one of ASCII and not far from the end; else empty."""
        begin = max(self.start, self.end - _TAIL)
        return self.read(begin, self.end - begin).rstrip()[-1:].decode("ascii", "ignore")

    @property
    def sha256(self) -> str:
        """The digest of the bytes, in hexadecimal.

        Raises:
            InvalidSource: the file was changed since it was first read; of a set `DamagedExport`.
        """
        return self._digest or _digest(self._stored, self.block)

    @property
    def name(self) -> str:
        """The file's name, without its folder; bytes of it that are no text are shown as `�`."""
        return os.fsencode(self.path.name).decode("utf-8", "replace")

    def read(self, start: int, size: int) -> bytes:
        """So many bytes from an offset on; fewer only at the end.

        Raises:
            InvalidSource: the file was changed since it was first read; of a set `DamagedExport`.
        """
        return self._stored.read(start, size)

    def lines(self, line: int = 0) -> Iterator[str]:
        """The lines with their ends, from one of the file on, by default the first; only a line feed ends a line.

        Raises:
            InvalidSource: a line is longer than any row; or the file was changed since it was first read, of a set
                `DamagedExport`.
        """
        begun: list[str] = []
        for data in _whole_characters(self._stored, self._lines.start(line or self.line), self.block):
            *ended, rest = data.decode().split("\n")
            for end in ended:
                yield "".join((*begun, end, "\n")) if begun else end + "\n"
                begun.clear()
            if rest:
                begun.append(rest)
                if sum(map(len, begun)) > LONGEST_LINE:
                    raise self._too_long()
        if begun:
            yield "".join(begun)

    def _too_long(self) -> InvalidSource:
        message = f"a line has more than {LONGEST_LINE:,} characters, which no row has"
        hint = "Is this a sheet, and are its line ends there?"
        return InvalidSource(message, location=Location(self.name), hint=hint)

    def rewritten(self, stored: ByteSource, before: int) -> SourceText:
        """The same text in another notation, with the digest and the remarks that it has.

        Args:
            stored: it; its lines and columns are those of this one, from an offset on.
            before: that offset; what stands before it has no place in the file.
        """
        text = scan(self.path, stored, self.block).passed()
        lines = Lines(stored, before, min(self.block, STEP))
        return replace(text, _lines=lines, _first=before, _digest=self.sha256, remarks=self.remarks)

    def location(self, offset: int, pointer: str | None = None) -> Location:
        """Line and column of a character, given by its offset."""
        return Location(self.name, pointer, *self._lines.position(max(offset, self._first)))

    def cell(self, line: int, column: int) -> Location:
        """Where a cell stands, given by its line in the text and its number in the row, from 1."""
        if self.sheet:
            return self.sheet.location(self.name, line, column)
        return Location(self.name, line=line, column=column)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one pass over the bytes of a source found.

    Attributes:
        text: the text, as far as it is one.
        fault: what is wrong with it as such.
        is_encoded_otherwise: whether that is a byte which is not UTF-8.
    """

    text: SourceText
    fault: InvalidSource | None
    is_encoded_otherwise: bool = False

    def passed(self) -> SourceText:
        """The text.

        Raises:
            InvalidSource: it is empty, or not UTF-8.
        """
        if self.fault:
            raise self.fault
        return self.text


def text_of(path: Path, data: bytes, block: int = BLOCK) -> SourceText:
    """The text of bytes that came under a name; a UTF-8 byte order mark is dropped.

    Raises:
        InvalidSource: there is nothing in them, or they are not UTF-8.
    """
    return scan(path, MemoryBytes(data), block).passed()


def scan(path: Path, source: ByteSource, block: int = BLOCK) -> Scanned:
    """Look through all bytes of a source once.

    Args:
        path: under which name they came.
        source: the bytes.
        block: how many of them are read at a time.
    """
    beginning = source.read(0, 64)
    start = len(codecs.BOM_UTF8) if beginning.startswith(codecs.BOM_UTF8) else 0
    lines = Lines(source, start, min(block, STEP))
    text = SourceText(path, start, "", "", block, source, lines)
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in beginning:
        return Scanned(text, _at_start(path, "the file is UTF-16, UTF-32 or binary; expected UTF-8 text", _UTF8))
    head, first, at, sha = "", "", start, hashlib.sha256(beginning[:start])
    for data in _whole_characters(source, start, block):
        sha.update(data)
        try:
            piece = "" if first and len(head) >= _HEAD and data.isascii() else data.decode()
        except UnicodeDecodeError as error:
            return Scanned(text, _not_utf8(text, at + error.start), is_encoded_otherwise=True)
        head = head if len(head) >= _HEAD else (head + piece)[:_HEAD]
        first = first or piece.lstrip()[:1]
        at += len(data)
    if not first:
        return Scanned(text, _at_start(path, "the file is empty", "Was the export that wrote it finished?"))
    return Scanned(replace(text, head=head, first=first, end=at, _digest=sha.hexdigest()), None)


def _digest(source: ByteSource, block: int) -> str:
    sha, at = hashlib.sha256(), 0
    while data := source.read(at, block):
        sha.update(data)
        at += len(data)
    return sha.hexdigest()


def _whole_characters(source: ByteSource, at: int, block: int) -> Iterator[bytes]:
    """The bytes from an offset on, a block at a time; no character is cut in two, if they are UTF-8."""
    size = max(block, CHARACTER)
    while data := source.read(at, size):
        whole = data[: len(data) - _begun(data)] or data
        yield whole
        at += len(whole)


def _begun(data: bytes) -> int:
    """How many bytes at the end are the beginning of a character that goes on behind it (RFC 3629, section 3)."""
    for back in range(1, min(CHARACTER, len(data) + 1)):
        lead = data[-back]
        if lead < 0x80 or lead >= 0xC0:
            length = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return back if length > back else 0
    return 0


def _at_start(path: Path, message: str, hint: str) -> InvalidSource:
    return InvalidSource(message, location=Location(path.name, line=1, column=1), hint=hint)


def _not_utf8(text: SourceText, offset: int) -> InvalidSource:
    message = f"byte {offset} (0x{text.read(offset, 1)[0]:02x}) is not valid UTF-8"
    return InvalidSource(message, location=text.location(offset), hint=_UTF8)


def pointer(*steps: str | int) -> str:
    """The RFC 6901 JSON pointer along names and indexes; a very long name is clipped, as pointers are for people."""
    return "".join(f"/{_token(step)}" for step in steps)


def _token(step: str | int) -> str:
    name = str(step)
    clipped = name if len(name) <= _POINTER_TOKEN else name[:_POINTER_TOKEN] + "…"
    return clipped.replace("~", "~0").replace("/", "~1")

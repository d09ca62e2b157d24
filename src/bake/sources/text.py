"""Bytes as text, a part at a time: digest, encoding, and lines and columns for the offsets in it."""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread

from bake.errors import InvalidSource, Location, UsageError
from bake.sources.lines import CHARACTER, STEP, Lines
from bake.sources.stored import Stored, StoredBytes, stored

#: How many bytes are read at a time. Larger blocks are slower: they leave the processor's cache.
BLOCK = 192 * 1024

#: How many bytes are hashed at a time, at most: they are held beside what else is read.
_HASHED = 48 * 1024

_UTF8 = "Save it again as UTF-8."
_POINTER_TOKEN = 100
_HEAD = 256


@dataclass(frozen=True)
class SourceText:
    """A source as text that is not held. Offsets in it are those of bytes in the file.

    Attributes:
        path: where it was read from.
        start: the offset of the first character, behind a byte order mark.
        head: its first characters, 256 at most.
        first: its first character that is no space; empty if there is none.
        block: how many bytes are read at a time.
    """

    path: Path
    start: int
    head: str
    first: str
    block: int
    _stored: Stored = field(repr=False)
    _lines: Lines = field(repr=False)
    _digest: _Digest = field(repr=False)

    @property
    def sha256(self) -> str:
        """The digest of the bytes, in hexadecimal.

        Raises:
            InvalidSource: the file was changed since it was first read; of a set `DamagedExport`.
        """
        return self._digest.hexdigest()

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

    def lines(self, line: int = 1) -> Iterator[str]:
        """The lines with their ends, from one on; only a line feed ends a line.

        Raises:
            InvalidSource: the file was changed since it was first read; of a set `DamagedExport`.
        """
        begun: list[str] = []
        for piece in _pieces(self._stored, self._lines.start(line), self.block):
            *ended, rest = piece.split("\n")
            for end in ended:
                yield "".join((*begun, end, "\n")) if begun else end + "\n"
                begun.clear()
            if rest:
                begun.append(rest)
        if begun:
            yield "".join(begun)

    def location(self, offset: int, pointer: str | None = None) -> Location:
        """Line and column of a character, given by its offset."""
        return Location(self.name, pointer, *self._lines.position(offset))


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one pass over the bytes of a source found: the text, and what is wrong with it as such."""

    text: SourceText
    fault: InvalidSource | None

    def passed(self) -> SourceText:
        """The text.

        Raises:
            InvalidSource: it is empty, or not UTF-8.
        """
        if self.fault:
            raise self.fault
        return self.text


def read_text(path: Path) -> SourceText:
    """The text of a file.

    Raises:
        UsageError: there is no such file.
        InvalidSource: it is a folder, cannot be read, is empty, or is not UTF-8.
    """
    try:
        return scan(path, stored(path, BLOCK)).passed()
    except FileNotFoundError:
        hint = f"Check the name, and the folder that you are in; {path.parent} has no {path.name}."
        raise UsageError(f"{path}: there is no such file", hint=hint) from None
    except IsADirectoryError:
        raise InvalidSource(f"{path} is a folder", hint="Name one of the files in it.") from None
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise InvalidSource(f"{path} cannot be read: {reason}", hint="Check the permissions of the file.") from None


def text_of(path: Path, data: bytes, block: int = BLOCK) -> SourceText:
    """The text of bytes that came under a name; a UTF-8 byte order mark is dropped.

    Raises:
        InvalidSource: there is nothing in them, or they are not UTF-8.
    """
    return scan(path, StoredBytes(data), block).passed()


def scan(path: Path, source: Stored, block: int = BLOCK) -> Scanned:
    """Look through all bytes of a source once.

    Args:
        path: under which name they came.
        source: the bytes.
        block: how many of them are read at a time.
    """
    beginning = source.read(0, 64)
    start = len(codecs.BOM_UTF8) if beginning.startswith(codecs.BOM_UTF8) else 0
    lines = Lines(source, start, min(block, STEP))
    text = SourceText(path, start, "", "", block, source, lines, _Digest(source, block))
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in beginning:
        return Scanned(text, _at_start(path, "the file is UTF-16, UTF-32 or binary; expected UTF-8 text", _UTF8))
    head = first = ""
    try:
        for piece in _pieces(source, start, block):
            head = head if len(head) >= _HEAD else (head + piece)[:_HEAD]
            first = first or piece.lstrip()[:1]
    except _NoText as fault:
        return Scanned(text, _not_utf8(text, fault.offset))
    if not first:
        return Scanned(text, _at_start(path, "the file is empty", "Was the export that wrote it finished?"))
    return Scanned(replace(text, head=head, first=first), None)


class _NoText(Exception):
    """The byte at an offset is not UTF-8."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class _Digest:
    """The digest of a source, made by a thread beside whatever else is done with it: hashing needs no interpreter."""

    def __init__(self, source: Stored, block: int) -> None:
        self._source = source
        self._block = block = min(block, _HASHED)
        self._sha = hashlib.sha256()
        self._fault: BaseException | None = None
        first = source.read(0, block)
        self._sha.update(first)
        self._thread = Thread(target=self._run, daemon=True) if len(first) == block else None
        if self._thread:
            self._thread.start()

    def hexdigest(self) -> str:
        """It, as soon as it is made; raises what reading the source raised."""
        if self._thread:
            self._thread.join()
        if self._fault:
            raise self._fault
        return self._sha.hexdigest()

    def _run(self) -> None:
        at = self._block
        try:
            while data := self._source.read(at, self._block):
                self._sha.update(data)
                at += len(data)
        except BaseException as fault:  # noqa: BLE001 - it is raised where the digest is wanted
            self._fault = fault


def _pieces(source: Stored, at: int, block: int) -> Iterator[str]:
    """The text from an offset on, a block at a time; no character is cut in two."""
    size = max(block, CHARACTER)
    while data := source.read(at, size):
        try:
            piece, used = codecs.utf_8_decode(data, "strict", len(data) < CHARACTER)
        except UnicodeDecodeError as error:
            raise _NoText(at + error.start) from None
        yield piece
        at += used


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

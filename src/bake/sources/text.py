"""Bytes to text: reading a file, its encoding, and lines and columns for the offsets in it."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bake.errors import InvalidSource, Location, UsageError

_UTF8 = "Save it again as UTF-8."
_POINTER_TOKEN = 100


@dataclass(frozen=True)
class SourceText:
    """A source as text.

    Attributes:
        path: where it was read from.
        sha256: of the bytes, in hexadecimal.
        text: the characters, without a byte order mark.
    """

    path: Path
    sha256: str
    text: str

    @property
    def name(self) -> str:
        """The file's name, without its folder; bytes of it that are no text are shown as `�`."""
        return os.fsencode(self.path.name).decode("utf-8", "replace")

    @cached_property
    def _line_ends(self) -> array[int]:
        return array("Q", (match.start() for match in re.finditer("\n", self.text)))

    def location(self, offset: int, pointer: str | None = None) -> Location:
        """Line and column of a character, given by its offset."""
        line = bisect_left(self._line_ends, offset)
        column = offset - (self._line_ends[line - 1] if line else -1)
        return Location(self.name, pointer, line + 1, column)


def read_text(path: Path) -> SourceText:
    """The text of a file.

    Raises:
        UsageError: there is no such file.
        InvalidSource: it is a folder, cannot be read, is empty, or is not UTF-8.
    """
    try:
        return text_of(path, path.read_bytes())
    except FileNotFoundError:
        hint = f"Check the name, and the folder that you are in; {path.parent} has no {path.name}."
        raise UsageError(f"{path}: there is no such file", hint=hint) from None
    except IsADirectoryError:
        raise InvalidSource(f"{path} is a folder", hint="Name one of the files in it.") from None
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise InvalidSource(f"{path} cannot be read: {reason}", hint="Check the permissions of the file.") from None


def text_of(path: Path, data: bytes) -> SourceText:
    """The text of bytes that came under a name; a UTF-8 byte order mark is dropped.

    Raises:
        InvalidSource: there is nothing in them, or they are not UTF-8.
    """
    start = Location(path.name, line=1, column=1)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:64]:
        raise InvalidSource("the file is UTF-16, UTF-32 or binary; expected UTF-8 text", location=start, hint=_UTF8)
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, body, error.start, len(data) - len(body)) from None
    if not text.strip():
        raise InvalidSource("the file is empty", location=start, hint="Was the export that wrote it finished?")
    return SourceText(path, hashlib.sha256(data).hexdigest(), text)


def _not_utf8(path: Path, body: bytes, offset: int, skipped: int) -> InvalidSource:
    column = len(body[body.rfind(b"\n", 0, offset) + 1 : offset].decode("utf-8")) + 1
    where = Location(path.name, line=body.count(b"\n", 0, offset) + 1, column=column)
    return InvalidSource(
        f"byte {offset + skipped} (0x{body[offset]:02x}) is not valid UTF-8", location=where, hint=_UTF8
    )


def pointer(*steps: str | int) -> str:
    """The RFC 6901 JSON pointer along names and indexes; a very long name is clipped, as pointers are for people."""
    return "".join(f"/{_token(step)}" for step in steps)


def _token(step: str | int) -> str:
    name = str(step)
    clipped = name if len(name) <= _POINTER_TOKEN else name[:_POINTER_TOKEN] + "…"
    return clipped.replace("~", "~0").replace("/", "~1")

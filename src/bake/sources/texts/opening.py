"""From the bytes of a file to its text: unpacked, its encoding found, and a workbook read as one of its sheets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bake.catalog.texts import MOJIBAKE
from bake.catalog.values import shown
from bake.changeset.header import ReadAs
from bake.commands import quoted
from bake.errors import InvalidSource, UsageError
from bake.sources.model import Remark
from bake.sources.normalized.zip_file import ZipBytes
from bake.sources.sheets.workbook import Fits, read_workbook
from bake.sources.texts import encodings
from bake.sources.texts.byte_source import FileBytes, SizedBytes
from bake.sources.texts.text import Scanned, SourceText, scan
from bake.sources.texts.unpacking import unpacked

#: A file that says itself how it is to be read.
AS_IT_IS = ReadAs()


def read_text(path: Path, how: ReadAs = AS_IT_IS, fits: Fits = lambda _: False) -> SourceText:
    """The text of a file.

    Args:
        path: the file.
        how: what somebody said of it.
        fits: whether the beginning of a sheet has columns that are known; chooses among the sheets of a workbook.

    Raises:
        UsageError: there is no such file, encoding, sheet or line, or the file is none that has such.
        InvalidSource: it is a folder, cannot be read, is empty, is no text, or is packed badly.
        DamagedExport: it is a damaged ZIP.
    """
    content = unpacked(_bytes(path), path.name)
    if isinstance(content, ZipBytes):
        if how.encoding:
            mended = how.encoding.casefold() == MOJIBAKE
            hint = "Save the sheet as CSV in UTF-8, and read that." if mended else "Leave out --encoding."
            raise UsageError(f"{path.name} is a workbook, which has no encoding", hint=hint)
        text = read_workbook(path, content, how.sheet, lambda sheet: _fits(sheet, how.header, fits))
    elif how.sheet is not None:
        hint = "Leave out --sheet; it names a sheet of an .xlsx or .ods."
        raise UsageError(f"{path.name} is no workbook, and has no sheets", hint=hint)
    else:
        text = _decoded(path, content, how.encoding)
    return text if how.header is None else _below(text, how.header)


def _bytes(path: Path) -> FileBytes:
    try:
        return FileBytes(path)
    except FileNotFoundError:
        folder = quoted(str(path.parent.resolve()))
        hint = f"Check the name and the folder: there is no {quoted(path.name)} in {folder}."
        raise UsageError(f"{path}: there is no such file", hint=hint) from None
    except IsADirectoryError:
        raise InvalidSource(f"{path} is a folder", hint="Name one of the files in it.") from None
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise InvalidSource(f"{path} cannot be read: {reason}", hint="Check the permissions of the file.") from None


def _decoded(path: Path, stored: SizedBytes, said: str | None) -> SourceText:
    """The text of bytes in an encoding: the one that somebody said, else the one that they have."""
    encoding = encodings.codec(said) if said else encodings.marked(stored, path.name)
    if encoding and encoding != "utf-8":
        return _again(path, stored, encoding, "" if said else "it has the marks of that")
    scanned = scan(path, stored)
    if scanned.is_encoded_otherwise and not said and not _begins_as_json(stored):
        assert scanned.fault is not None
        assert scanned.fault.location is not None
        encoding = encodings.guessed(stored, scanned.fault.location, scanned.fault.message)
        return _again(path, stored, encoding, "it is not UTF-8")
    return _with_line_feeds(path, stored, scanned)


def _begins_as_json(stored: SizedBytes) -> bool:
    return stored.read(0, 256).lstrip()[:1] in (b"{", b"[")


def _again(path: Path, stored: SizedBytes, encoding: str, why: str) -> SourceText:
    again = encodings.as_utf8(stored, encoding, path.name)
    text = _with_line_feeds(path, again, scan(path, again))
    if not why:
        return text
    seen = encodings.example(stored, encoding) if encoding == encodings.WINDOWS else ""
    shows = f", so that a cell shows {shown(seen)}" if seen else ""
    message = f"the file was read as {encodings.called(encoding)}, as {why}{shows}; another one: --encoding NAME"
    return replace(text, remarks=(*text.remarks, Remark("encoding", message, quote=shows)))


def _with_line_feeds(path: Path, stored: SizedBytes, scanned: Scanned) -> SourceText:
    text = scanned.passed()
    if not encodings.ends_lines_with_returns(stored):
        return text
    return scan(path, encodings.with_line_feeds(stored)).passed()


def _fits(sheet: SourceText, header: int | None, fits: Fits) -> bool:
    below = sheet if header is None else sheet.from_line(header)
    return below is not None and fits(below)


def _below(text: SourceText, line: int) -> SourceText:
    """A sheet from its header on."""
    what = "row" if text.sheet else "line"
    below = text.from_line(line)
    if below is None or not below.first:
        raise UsageError(f"--header {line}: {text.name} has no such {what}, or nothing from there on")
    return replace(below, remarks=(*text.remarks, Remark("header", f"the header is {what} {line}, as was said")))

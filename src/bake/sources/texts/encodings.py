"""The encoding of a text: UTF-8 as it stands, any other one written again as UTF-8, with line feeds that end its lines.

    the bytes                                              are taken for
    --encoding says it                                     that; also UTF-8 that was read as Windows-1252 (`MOJIBAKE`)
    a byte order mark                                      UTF-8, UTF-16, UTF-32
    a zero in every second byte                            UTF-16
    other zero bytes, or how known binary files begin      nothing: refused, by name
    UTF-8 (RFC 3629)                                       UTF-8
    a sheet; no script but that of Western Europe is       Windows-1252, with a notice that shows what was read
      likelier, and not mostly UTF-8 (charset-normalizer)
    anything else                                          nothing: an error that says what it may be

JSON is UTF-8 by its standard (RFC 8259), so that a byte that is not is said to be damage there.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from itertools import chain

from bake.catalog.texts import MOJIBAKE
from bake.catalog.values import shown
from bake.errors import InvalidSource, Location, UsageError
from bake.sources.texts.byte_source import ByteSource, Spool, parts
from bake.sources.texts.lines import CHARACTER
from bake.sources.texts.mojibake import MojibakeDecoder

WINDOWS = "cp1252"
_NAMES = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32", WINDOWS: "Windows-1252"}
#: Longest first: that of UTF-32 begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: The code pages of Windows that sheets are saved in, most of them by its programs.
_PAGES = (WINDOWS, "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257")
#: How files begin that people take for sheets, and what to do with them.
_BINARY = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password", "Save it as .xlsx without one."),
    (b"%PDF", "a PDF", "Export the table from the program that made it."),
    (b"SQLite format 3\0", "a SQLite database", "Export a table of it as CSV."),
    (b"\x89PNG", "a picture", ""),
    (b"\xff\xd8\xff", "a picture", ""),
    (b"PAR1", "a Parquet file", "Export it as CSV."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it."),
    (b"BZh", "a bzip2 archive", "Unpack it."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it."),
)
#: How pages and XML begin that programs save under the name of a sheet, and what they are.
_MARKUP = (
    (re.compile(rb"\s*(?:<!doctype html|<html|<head|<body|<table|<meta)", re.IGNORECASE), "an HTML page"),
    (re.compile(rb"\s*<\?xml"), "XML"),
)
_BLOCK = 256 * 1024
#: How many bytes of lines that are not ASCII are looked at to find out their encoding.
_SAMPLE = 64 * 1024
_UTF8 = "Save it again as UTF-8, or say its encoding: --encoding NAME"
_RETURN = re.compile(rb"\r(?!\r*\n)")


def codec(name: str) -> str:
    """The codec that somebody means by a name of an encoding.

    Raises:
        UsageError: none is called so, or it is none of text.
    """
    if name.casefold() == MOJIBAKE:
        return MOJIBAKE
    try:
        info = codecs.lookup(name)
        "".encode(info.name)
    except (LookupError, ValueError):
        hint = f"Names are such as utf-8, utf-16, windows-1252, iso-8859-1, macroman, {MOJIBAKE}."
        raise UsageError(f"no encoding of text is called {shown(name)}", hint=hint) from None
    return info.name


def marked(stored: ByteSource, name: str) -> str | None:
    """The codec that bytes show by a mark or by their zeros; None if they may be UTF-8.

    Raises:
        InvalidSource: they are no text.
    """
    begin = stored.read(0, 4096)
    for mark, found in _MARKS:
        if begin.startswith(mark):
            return found
    for mark, what, hint in _BINARY:
        if begin.startswith(mark):
            where = Location(name, line=1, column=1)
            raise InvalidSource(f"the file is {what}, which is not read", location=where, hint=hint or _UTF8)
    for markup, what in _MARKUP:
        if markup.match(begin.removeprefix(codecs.BOM_UTF8)):
            hint = "Open it in a spreadsheet program, look whether the table is complete, and save it as .xlsx or CSV."
            message = f"the file is {what}, whatever its name says, and is not read"
            raise InvalidSource(message, location=Location(name, line=1, column=1), hint=hint)
    if b"\0" not in begin:
        return None
    even, odd = begin[::2].count(0), begin[1::2].count(0)
    if min(even, odd) == 0 and max(even, odd) * 4 > len(begin):
        return "utf-16-le" if odd else "utf-16-be"
    message = "the file is binary: it has zero bytes; expected text, a workbook, a gzip or a ZIP"
    raise InvalidSource(message, location=Location(name, line=1, column=1), hint=_UTF8)


def called(encoding: str) -> str:
    """What people call a codec."""
    return _NAMES.get(encoding, encoding)


def guessed(stored: ByteSource, where: Location, fault: str) -> str:
    """The codec of a sheet that is not UTF-8: that of Windows in Western Europe, or none.

    Args:
        stored: its bytes.
        where: the first byte stands that is not UTF-8.
        fault: says that.

    Raises:
        InvalidSource: it may be another one; or it is UTF-8 but for a few bytes, which are damage.
    """
    sample = b"\n".join(_beyond_ascii(stored))
    if _mostly_utf8(sample):
        raise InvalidSource(fault, location=where, hint=_UTF8)
    likely = _likely(sample)
    if likely[:1] == [WINDOWS]:
        return WINDOWS
    examples = "; ".join(f"{one} gives {shown(_example(sample, one), 40)}" for one in likely[:3])
    hint = f"Say its encoding: --encoding NAME{f' ({examples})' if examples else ''}"
    raise InvalidSource(fault, location=where, hint=hint)


def _likely(sample: bytes) -> list[str]:
    """The code pages that a sample may have, the likeliest first; among equals, that of Western Europe."""
    from charset_normalizer import from_bytes  # here, since few sources need it

    matches = from_bytes(sample, cp_isolation=list(_PAGES))
    ranked = {page: (match.chaos, -match.coherence) for match in matches for page in match.could_be_from_charset}
    return sorted(filter(_PAGES.__contains__, ranked), key=lambda page: (*ranked[page], _PAGES.index(page)))


def _mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    return sum(not one.isascii() and one != "\ufffd" for one in text) > text.count("\ufffd")


def _example(sample: bytes, encoding: str) -> str:
    """The characters in doubt, without the texts that they stand in."""
    return "".join(dict.fromkeys(char for char in sample.decode(encoding, "replace") if not char.isascii()))


#: What may stand between the cells of a sheet; a comma between digits is rather that of a number.
_BETWEEN_CELLS = re.compile(r"[;\t|\"]|,(?![0-9])|(?<![0-9]),")


def example(stored: ByteSource, encoding: str) -> str:
    """What stands around the first character that is not ASCII, for people to see whether it was read well."""
    line = next(_beyond_ascii(stored), b"").decode(encoding, "replace")
    at = next((n for n, one in enumerate(line) if not one.isascii()), 0)
    return _BETWEEN_CELLS.split(line[:at])[-1][-20:] + _BETWEEN_CELLS.split(line[at:])[0][:20]


def _beyond_ascii(stored: ByteSource) -> Iterator[bytes]:
    """Pieces of the lines that are not ASCII, some of them."""
    taken = 0
    for data in parts(stored, _BLOCK):
        if data.isascii():
            continue
        for line in re.split(rb"[\r\n]+", data):
            if not line.isascii():
                at = next(n for n, one in enumerate(line) if one > 0x7F)
                yield (piece := line[max(at - 100, 0) : at + 400])
                taken += len(piece)
            if taken > _SAMPLE:
                return


def as_utf8(stored: ByteSource, encoding: str, name: str) -> Spool:
    """A text written again as UTF-8.

    Raises:
        InvalidSource: it has bytes that mean nothing in this encoding.
    """
    return Spool(_decoded(stored, encoding, name))


def _decoded(stored: ByteSource, encoding: str, name: str) -> Iterator[bytes]:
    decoder = MojibakeDecoder() if encoding == MOJIBAKE else codecs.getincrementaldecoder(encoding)()
    before, line = 0, 1
    for data in parts(stored, _BLOCK):
        try:
            text = decoder.decode(data, final=len(data) < _BLOCK)
        except UnicodeDecodeError as error:
            raise _meaningless(error, encoding, Location(name, line=line + data[: error.start].count(b"\n"))) from None
        yield text.encode()
        before, line = before + len(data), line + text.count("\n")
    try:
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        raise _meaningless(error, encoding, Location(name, line=line)) from None


def _meaningless(error: UnicodeDecodeError, encoding: str, where: Location) -> InvalidSource:
    found = error.object[error.start : error.start + CHARACTER]
    message = f"the bytes {found.hex(' ')} mean nothing in {called(encoding)}: {error.reason}"
    return InvalidSource(message, location=where, hint="Say its encoding (--encoding NAME), or copy the file again.")


def ends_lines_with_returns(stored: ByteSource) -> bool:
    """Whether a UTF-8 text has carriage returns for line ends, as old programs write, and line feeds only in quotes."""
    if not _RETURN.search(stored.read(0, _BLOCK)):
        return False
    quotes = 0
    for data in parts(stored, _BLOCK):
        *ended, rest = data.split(b"\n")
        for piece in ended:
            quotes += piece.count(b'"')
            if quotes % 2 == 0:
                return False
        quotes += rest.count(b'"')
    return True


def with_line_feeds(stored: ByteSource) -> Spool:
    """A text whose lines end with carriage returns, with line feeds instead."""
    decoder = io.IncrementalNewlineDecoder(None, translate=True)
    utf8 = codecs.getincrementaldecoder("utf-8")()
    ended = (decoder.decode(utf8.decode(data)) for data in parts(stored, _BLOCK))
    return Spool(text.encode() for text in chain(ended, (decoder.decode("", final=True) for _ in range(1))))

"""ZIP files that nobody trusts: judged by what they declare, and nothing is decompressed beyond that."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from bake.errors import DamagedExport, Location
from bake.sources.texts.byte_source import ByteStream, SizedBytes, Spool, parts_of

#: How a ZIP begins, and how one without entries does.
MAGICS = (b"PK\x03\x04", b"PK\x05\x06")

#: What one file may come to, in bytes: more than an export of ten million records.
LARGEST = 8 * 1024**3
#: How much smaller than its content a compressed file may be; text of records comes to a tenth of that.
TIGHTEST = 250
#: Below this size, in bytes, compression is nobody's weapon.
HARMLESS = 1024**2

_BLOCK = 256 * 1024
_ENCRYPTED = 0x1


class ZipBytes:
    """A ZIP.

    Attributes:
        stored: its bytes.
        name: what people call it.
    """

    def __init__(self, stored: SizedBytes, name: str) -> None:
        self.stored = stored
        self.name = name

    def infos(self) -> list[zipfile.ZipInfo]:
        """What it says of its entries.

        Raises:
            DamagedExport: it cannot be opened.
        """
        try:
            with zipfile.ZipFile(ByteStream(self.stored)) as archive:
                return archive.infolist()
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            hint = "It is cut off or damaged; copy it again."
            raise DamagedExport(f"the ZIP cannot be opened: {error}", location=Location(self.name), hint=hint) from None

    @contextmanager
    def open(self, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        """An entry as a stream, at most as many bytes as it declares.

        Raises:
            DamagedExport: it is damaged, or has fewer; also where it shows within the block.
        """
        where = Location(info.filename)
        try:
            with zipfile.ZipFile(ByteStream(self.stored)) as archive, archive.open(info) as entry:
                yield entry
        except OSError as error:
            raise DamagedExport(f"it cannot be unpacked: {error.strerror}", location=where) from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise DamagedExport(f"the ZIP is damaged here: {error}", location=where) from None

    def spooled(self, info: zipfile.ZipInfo) -> Spool:
        """The bytes of an entry, decompressed: nobody can go back in what is compressed.

        Raises:
            DamagedExport: it is damaged, or has fewer than it declares.
        """
        with self.open(info) as entry:
            spool = Spool(parts_of(entry, _BLOCK))
        if spool.size != info.file_size:
            message = f"the ZIP says {info.file_size} bytes, and has {spool.size}"
            raise DamagedExport(message, location=Location(info.filename))
        return spool


def overwhelms(info: zipfile.ZipInfo) -> str | None:
    """Why an entry is not to be unpacked, as a predicate to its name; None if it may be."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.file_size > LARGEST:
        return f"says that it has {info.file_size} bytes; at most {LARGEST} are read"
    if grows_too_much(info.compress_size, info.file_size):
        return f"would grow to more than {TIGHTEST} times its size: a ZIP bomb?"
    return None


def grows_too_much(packed: int, unpacked: int) -> bool:
    """Whether so many bytes are more than data comes to that was packed into so few."""
    return unpacked > HARMLESS and unpacked > TIGHTEST * packed


#: The files that Windows leaves in folders.
_LEFT_BY_WINDOWS = frozenset({"thumbs.db", "desktop.ini"})


def is_dropped(name: str) -> bool:
    """Whether a file is one that systems leave in folders; it is never read, and no harm."""
    last = name.removesuffix("/").rpartition("/")[2]
    is_hidden = last.startswith(".") and not last.startswith("..")
    return is_hidden or name.startswith("__MACOSX/") or last.casefold() in _LEFT_BY_WINDOWS

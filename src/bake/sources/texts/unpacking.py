"""Sources that are packed: a gzip, or a ZIP of a single file, also one within the other.

They are unpacked into a file that nobody sees, in bounded memory, and no further than data can have been packed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from bake.catalog.values import shown
from bake.errors import InvalidSource, Location
from bake.sources.normalized.manifest import MANIFEST
from bake.sources.normalized.set_files import archive_of
from bake.sources.normalized.zip_file import LARGEST, MAGICS, TIGHTEST, ZipBytes, grows_too_much, is_dropped, overwhelms
from bake.sources.sheets.workbook_parts import is_workbook
from bake.sources.texts.byte_source import SizedBytes, Spool, parts

_GZIP = b"\x1f\x8b\x08"
_BLOCK = 256 * 1024
#: How often something may be packed again.
_LAYERS = 3
#: How many files of a ZIP are named in an error.
_NAMED = 10


def unpacked(stored: SizedBytes, name: str) -> SizedBytes | ZipBytes:
    """What is packed in bytes; the bytes themselves if nothing is, and a workbook as the ZIP that it is.

    Args:
        stored: the bytes.
        name: of their file, for messages.

    Raises:
        InvalidSource: it is cut off, damaged, packed too often, grows without measure, or is a ZIP of several files.
        DamagedExport: a ZIP is damaged.
    """
    for _ in range(_LAYERS):
        begin = stored.read(0, 4)
        if begin.startswith(_GZIP):
            stored = Spool(_gunzipped(stored, Location(name)))
        elif begin in MAGICS:
            packed = ZipBytes(stored, name)
            if is_workbook(packed.infos()):
                return packed
            stored = _single(packed)
        else:
            return stored
    raise InvalidSource(f"packed more than {_LAYERS} times", location=Location(name), hint="Unpack it first.")


def _gunzipped(stored: SizedBytes, where: Location) -> Iterator[bytes]:
    """What a gzip holds (RFC 1952: one member or several), a part at a time."""
    member, size = zlib.decompressobj(zlib.MAX_WBITS | 16), 0
    for block in parts(stored, _BLOCK):
        packed = block
        while packed:
            if member.eof:
                if not packed.strip(b"\0"):
                    break  # what pads the end of a block device
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                data = member.decompress(packed, _BLOCK)
            except zlib.error as error:
                hint = "Pack it again, or copy it again."
                raise InvalidSource(f"the gzip is damaged: {error}", location=where, hint=hint) from None
            size += len(data)
            if size > LARGEST or grows_too_much(stored.size, size):
                message = f"it grows to more than {TIGHTEST} times its size, or more than {LARGEST} bytes: a gzip bomb?"
                raise InvalidSource(message, location=where, hint="Unpack it yourself if you trust it.")
            yield data
            packed = member.unused_data if member.eof else member.unconsumed_tail
    if not member.eof:
        raise InvalidSource("the gzip is cut off", location=where, hint="Write or download it again.")


def _single(packed: ZipBytes) -> Spool:
    """The only file of a ZIP."""
    where, infos = Location(packed.name), packed.infos()
    if archive_of(packed):
        raise InvalidSource("a set that is packed again", location=where, hint="Unpack the gzip or the outer ZIP.")
    files = [info for info in infos if not info.is_dir() and not is_dropped(info.filename)]
    if len(files) != 1:
        named = ", ".join(shown(info.filename, 60) for info in files[:_NAMED]) + (", …" if len(files) > _NAMED else "")
        message = f"{len(files)} files are in the ZIP ({named})" if files else "no file is in the ZIP"
        hint = f"Unpack it and name one of them; a set has a {MANIFEST}."
        raise InvalidSource(f"{message}; expected one", location=where, hint=hint)
    if problem := overwhelms(files[0]):
        hint = "Unpack it yourself if you trust it."
        raise InvalidSource(f"{shown(files[0].filename)} {problem}", location=where, hint=hint)
    return packed.spooled(files[0])

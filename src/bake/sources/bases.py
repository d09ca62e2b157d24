"""Bases: what an export wrote, kept beside the project, so that an edit can be told from an old value.

`.bake/bases/<export_id>.base.gz` is gzip over UTF-8 JSON Lines:

    {"format":"bake.base/1","export_id":"…","view":"…","exported_at":"…","identity":["product_id"],"records":152,"sha256":"…"}
    {"product_id":42,"product_slug":"…","brand":"King Arthur",…}

The first line is the header; each further line is one record as it was exported, without what was computed. `identity`
are the columns by which records are found, and `sha256` is that of the exported file. A base is read through once, and
then asked for records a batch at a time (`bake.sources.base_records`).
"""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec

from bake.catalog.values import Json
from bake.errors import DamagedExport, Location
from bake.sources.base_records import BaseRecords, Index, index

FORMAT, SUFFIX = "bake.base/1", ".base.gz"
_FAULTS = (OSError, EOFError, zlib.error, ValueError, TypeError, RecursionError, sqlite3.IntegrityError)


class BaseHeader(msgspec.Struct, frozen=True):
    """The first line of a base.

    Attributes:
        format: `FORMAT`.
        export_id: which export wrote it.
        view: the envelope of its view.
        exported_at: when (RFC 3339).
        identity: the columns by which its records are found.
        records: how many there are.
        sha256: of the exported file as it was written, in hexadecimal; by it, an edited file is told from that one.
    """

    format: str
    export_id: str
    view: str
    exported_at: str
    identity: tuple[str, ...]
    records: int
    sha256: str | None = None


class BaseFile:
    """The records of one export of one view: a `bake.compiler.base.Base`. Made by `open_base`.

    Args:
        header: which export.
        index: where its records stand.
        folder: what goes once this is closed.
    """

    def __init__(self, header: BaseHeader, index: Index, folder: TemporaryDirectory[str] | None = None) -> None:
        self.header = header
        self._index = index
        self._folder = folder
        self._records = BaseRecords(index)

    @property
    def export_id(self) -> str:
        """Which export wrote them."""
        return self.header.export_id

    def find(self, column: str, values: Sequence[Json]) -> Mapping[Json, Mapping[str, Json]]:
        """The records that have one of these values in an identity column, by the value."""
        return self._records.find(column, values)

    def again(self) -> BaseFile:
        """The same for another process, which must be done with it before this one is."""
        return BaseFile(self.header, self._index)

    def close(self) -> None:
        """Forget the records."""
        self._records.close()
        if self._folder:
            self._folder.cleanup()


def base_path(folder: Path, export_id: str) -> Path | None:
    """Where the base of an export is; None if that is no export's id. Ids come from files, and are not trusted."""
    try:
        return folder / f"{UUID(export_id)}{SUFFIX}"
    except ValueError:
        return None


def open_base(folder: Path, export_id: str) -> BaseFile | None:
    """The base of an export; None if none is kept.

    Args:
        folder: where bases are kept.
        export_id: as a source says it.

    Raises:
        DamagedExport: it is cut off, was edited, or is of a format that this version does not know.
    """
    path = base_path(folder, export_id)
    if path is None or not path.is_file():
        return None
    try:
        with gzip.open(path) as stream:
            return _filled(_header(stream.readline()), stream)
    except _FAULTS as error:
        raise _damaged(path, error) from None


def _filled(header: BaseHeader, lines: gzip.GzipFile) -> BaseFile:
    with ExitStack() as failed:
        folder = TemporaryDirectory(prefix="bake-", ignore_cleanup_errors=True)
        failed.callback(folder.cleanup)
        records = index(header.identity, lines, Path(folder.name, "index.db"))
        if records.count != header.records:
            raise ValueError(f"it has {records.count} records, and says {header.records}")
        failed.pop_all()
    return BaseFile(header, records, folder)


def read_header(path: Path) -> BaseHeader:
    """The first line of a base.

    Raises:
        DamagedExport: it cannot be read.
    """
    try:
        with gzip.open(path) as stream:
            return _header(stream.readline())
    except _FAULTS as error:
        raise _damaged(path, error) from None


def _header(line: bytes) -> BaseHeader:
    header = msgspec.json.decode(line, type=BaseHeader)
    if header.format != FORMAT:
        raise ValueError(f"its format is {header.format}; expected {FORMAT}")
    return header


def _damaged(path: Path, error: Exception) -> DamagedExport:
    return DamagedExport(
        f"the base of this export is damaged: {error}",
        location=Location(str(path)),
        hint="Export the view again and edit that; or remove the base, and null and old values will change nothing.",
    )

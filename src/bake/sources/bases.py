"""Bases: what an export wrote, kept beside the project, so that an edit can be told from an old value.

`.bake/bases/<export_id>.base.gz` is gzip over UTF-8 JSON Lines:

    {"format":"bake.base/1","export_id":"…","view":"…","exported_at":"…","identity":["product_id"],"records":152,"sha256":"…"}
    {"product_id":42,"product_slug":"…","brand":"King Arthur",…}

The first line is the header; each further line is one record as it was exported, without what was computed. `identity`
are the columns by which records are found, and `sha256` is that of the exported file. A base is read once, into a
database in a temporary file, and then asked for records a batch at a time.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import msgspec

from bake.catalog.values import Json
from bake.errors import DamagedExport, Location

FORMAT, SUFFIX = "bake.base/1", ".base.gz"
#: How many values one query asks for; SQLite takes 999 at least.
_CHUNK = 500
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
    """The records of one export of one view: a `bake.compiler.base.Base`. Made by `open_base`."""

    def __init__(self, header: BaseHeader, lines: Iterable[str]) -> None:
        self.header = header
        self._places = {name: place for place, name in enumerate(header.identity)}
        # SQLite keeps what it has no room for in a file that nobody sees, and that goes with the connection.
        self._store = sqlite3.connect("")
        self._store.execute("CREATE TABLE records (n INTEGER PRIMARY KEY, record TEXT)")
        self._store.execute("CREATE TABLE names (place, key, n, PRIMARY KEY (place, key)) WITHOUT ROWID")
        self._fill(lines)

    @property
    def export_id(self) -> str:
        """Which export wrote them."""
        return self.header.export_id

    def find(self, column: str, values: Sequence[Json]) -> dict[Json, Mapping[str, Json]]:
        """The records that have one of these values in an identity column, by the value.

        Args:
            column: its name; one that does not identify records of this view finds none.
            values: texts or whole numbers.
        """
        wanted = {json.dumps(value): value for value in values if column in self._places}
        keys = list(wanted)
        found: dict[Json, Mapping[str, Json]] = {}
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT key, record FROM names JOIN records USING (n) WHERE place = ? AND key IN ({marks})"
            for key, record in self._store.execute(query, (self._places[column], *chunk)):
                found[wanted[key]] = _decoded(record)
        return found

    def close(self) -> None:
        """Forget the records."""
        self._store.close()

    def _fill(self, lines: Iterable[str]) -> None:
        n = -1
        for n, line in enumerate(lines):
            record = _decoded(line)
            self._store.execute("INSERT INTO records VALUES (?, ?)", (n, line))
            given = [(place, record.get(name)) for name, place in self._places.items()]
            names = [(place, json.dumps(value), n) for place, value in given if value is not None]
            self._store.executemany("INSERT INTO names VALUES (?, ?, ?)", names)
        if n + 1 != self.header.records:
            raise ValueError(f"it has {n + 1} records, and says {self.header.records}")


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
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return BaseFile(_header(stream.readline()), stream)
    except _FAULTS as error:
        raise _damaged(path, error) from None


def read_header(path: Path) -> BaseHeader:
    """The first line of a base.

    Raises:
        DamagedExport: it cannot be read.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return _header(stream.readline())
    except _FAULTS as error:
        raise _damaged(path, error) from None


def _header(line: str) -> BaseHeader:
    header = msgspec.json.decode(line, type=BaseHeader)
    if header.format != FORMAT:
        raise ValueError(f"its format is {header.format}; expected {FORMAT}")
    return header


def _decoded(line: str) -> dict[str, Json]:
    record = json.loads(line, parse_float=Decimal)
    if not isinstance(record, dict):
        raise ValueError("a record is not an object")
    return record


def _damaged(path: Path, error: Exception) -> DamagedExport:
    return DamagedExport(
        f"the base of this export is damaged: {error}",
        location=Location(str(path)),
        hint="Export the view again and edit that; or remove the base, and null and old values will change nothing.",
    )

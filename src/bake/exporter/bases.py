"""Keeping what an export wrote (`bake.sources.bases` has the format), and throwing away what is no longer needed."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from bake.catalog.model import Role, View
from bake.catalog.values import Json
from bake.errors import DamagedExport
from bake.exporter.atomic_file import atomic_file
from bake.exporter.heading import Heading
from bake.exporter.records import exported
from bake.sources.bases import FORMAT, SUFFIX, BaseHeader, base_path, read_header

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(slots=True)
class BaseWriter:
    """Writes the records of one export, one at a time, without what was computed."""

    stream: gzip.GzipFile
    columns: tuple[str, ...]
    sha256: str | None = None

    def add(self, record: dict[str, Json]) -> None:
        """Write one record."""
        self.stream.write(_ENCODER.encode({name: record[name] for name in self.columns}) + b"\n")

    def exported(self, file: IO[bytes]) -> None:
        """Say what the exported file came to, once all of it is written."""
        file.flush()
        self.sha256 = digest(Path(file.name))


@contextmanager
def keeping_base(folder: Path, view: View, heading: Heading) -> Iterator[BaseWriter]:
    """Write the base of an export; it is there once the block ends, and not at all if the block fails.

    Args:
        folder: where bases are kept; made if need be.
        view: what is exported.
        heading: which export it is.

    Raises:
        UsageError: the folder cannot be written to.
    """
    path = base_path(folder, heading.export_id)
    if path is None:
        raise ValueError(f"{heading.export_id!r} is no UUID")
    columns = [column for column in exported(view) if column.role is not Role.COMPUTED]
    with atomic_file(path) as stream, tempfile.TemporaryFile(dir=path.parent) as records:
        with _compressed(records) as lines:
            writer = BaseWriter(lines, tuple(column.name for column in columns))
            yield writer
        header = BaseHeader(
            format=FORMAT,
            export_id=heading.export_id,
            view=view.envelope,
            exported_at=heading.exported_at,
            identity=tuple(column.name for column in columns if column.role is Role.IDENTITY),
            records=heading.count,
            sha256=writer.sha256,
        )
        with _compressed(stream) as line:
            line.write(_ENCODER.encode(header) + b"\n")
        # The members of a gzip file may follow one another: so what is known last can stand first.
        records.seek(0)
        shutil.copyfileobj(records, stream)


def _compressed(stream: IO[bytes]) -> gzip.GzipFile:
    """Without name and time, so that the same export gives the same bytes."""
    return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=stream, mtime=0)


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def wrote(folder: Path, sha256: str) -> bool:
    """Whether an export of which a base is kept wrote exactly the file with this digest."""
    return any(header.sha256 == sha256 for _, header in _headers(folder) if header)


@dataclass(frozen=True, slots=True)
class Kept:
    """A base as `prune` sees it: its file, its view, and when it was exported."""

    path: Path
    view: str
    at: datetime


def prune(folder: Path, *, keep: int | None = None, before: datetime | None = None) -> list[Path]:
    """Remove bases.

    Args:
        folder: where they are kept.
        keep: of each view only the newest so many stay.
        before: only those exported at this instant or later stay.

    Returns:
        What was removed, oldest first.
    """
    newest: dict[str, int] = {}
    gone: list[Path] = []
    for base in sorted(_kept(folder), key=lambda base: (base.at, base.path.name), reverse=True):
        newest[base.view] = newest.get(base.view, 0) + 1
        if (keep is not None and newest[base.view] > keep) or (before is not None and base.at < before):
            base.path.unlink(missing_ok=True)
            gone.append(base.path)
    return gone[::-1]


def _kept(folder: Path) -> Iterator[Kept]:
    for path, header in _headers(folder):
        try:
            kept = Kept(path, header.view, datetime.fromisoformat(header.exported_at)) if header else None
        except ValueError:
            kept = None
        yield kept or Kept(path, "", datetime.fromtimestamp(path.stat().st_mtime, UTC))


def _headers(folder: Path) -> Iterator[tuple[Path, BaseHeader | None]]:
    """Each base with its header; without, where it is damaged and of no use to any import."""
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            yield path, read_header(path)
        except DamagedExport:
            yield path, None

"""What the functions return that write or check files of data: exports of sets and views, and conversions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bake.catalog.view import View
    from bake.database.reading.unreadable import UnreadableRow
    from bake.exporter.heading import Heading
    from bake.sources.normalized.manifest import Manifest


@dataclass(frozen=True, slots=True)
class ExportResult:
    """An export of a set.

    Attributes:
        folder: where it is.
        archive: the path of its ZIP, if one was asked for.
        manifest: what is in it.
        left_out: the rows that could not be read, and those that refer to them.
        not_in_catalog: the tables and columns of the database that the catalog leaves out, in sentences.
    """

    folder: Path
    archive: Path | None
    manifest: Manifest
    left_out: tuple[UnreadableRow, ...] = ()
    not_in_catalog: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """A set that was checked and is intact: its name, and its manifest."""

    name: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class ViewExport:
    """An export of a view.

    Attributes:
        path: its file.
        view: the view.
        heading: the export's id and record count.
        left_out: the rows that could not be read, and those that refer to them.
    """

    path: Path
    view: View
    heading: Heading
    left_out: tuple[UnreadableRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that could not be converted: a sentence, and how many records it concerns; 0 if none in particular."""

    what: str
    records: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """The result of `bake.convert`: the paths written, the number of records by entity, and what was not converted."""

    paths: tuple[Path, ...]
    records: dict[str, int]
    lost: tuple[Lost, ...]

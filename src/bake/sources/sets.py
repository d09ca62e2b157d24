"""Normalized sets as sources: one source of several sections, verified before anything is read from it (rule 17)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from bake.catalog.model import Catalog
from bake.catalog.values import Json, shown
from bake.errors import InvalidSource, Location
from bake.sources.json_document import JsonDocument
from bake.sources.manifest import APPLICATION, MANIFEST, FileEntry, Manifest
from bake.sources.model import Batch, Section, SourceFile
from bake.sources.set_files import set_files
from bake.sources.text import pointer
from bake.sources.verification import RECORDS, Contents, inspect

KIND = "set"


def open_set(path: Path, catalog: Catalog) -> SourceFile | None:
    """The set that a folder, a `manifest.json` or a ZIP is, verified; None if the path is something else.

    Its digest is that of the manifest, which holds those of all files.

    Raises:
        DamagedExport: the set is not what was exported.
        InvalidSource: it cannot be read, or is of another catalog.
    """
    files = set_files(path)
    if files is None:
        return None
    inspection = inspect(files).passed()
    manifest = inspection.manifest
    _check_catalog(manifest, catalog)
    entries = [entry for _, entry in manifest.ordered]
    return SourceFile(
        name=files.name,
        path=path,
        sha256=inspection.sha256,
        kind=KIND,
        view=None,
        export_id=manifest.export_id,
        left_out=manifest.left_out or 0,
        sections=_sections(entries, catalog),
        ignored=(),
        content=_Content(inspection.contents),
    )


@dataclass(frozen=True, slots=True)
class _Content:
    """The records of a set, by entity."""

    files: Mapping[str, Contents]

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records of an entity.

        Raises:
            InvalidSource: one of them is no object, or cannot be read.
            DamagedExport: the set was changed since it was verified.
        """
        return self._checked(section).records(RECORDS)

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        """The same, so many at a time."""
        return self._checked(section).batched(RECORDS, section.first, size)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands in its file, or a part of it."""
        return self.files[section.name].document.item(RECORDS, index, *steps)

    def _checked(self, section: Section) -> JsonDocument:
        document = self.files[section.name].document
        document.check_objects(RECORDS)
        return document


def _sections(entries: list[FileEntry], catalog: Catalog) -> tuple[Section, ...]:
    names = [entry.entity_type for entry in entries]
    counts = [entry.record_count for entry in entries]
    views = [catalog.plain_view(name) if name in catalog.entities else None for name in names]
    firsts = accumulate(counts, initial=0)
    return tuple(map(Section, names, counts, firsts, views, [pointer(RECORDS)] * len(names)))


def _check_catalog(manifest: Manifest, catalog: Catalog) -> None:
    name = manifest.schema_version.partition("/")[0]
    if manifest.application == APPLICATION and name != catalog.name:
        raise InvalidSource(
            f"the set is of the catalog {shown(name)}, and this project's is {shown(catalog.name)}",
            location=Location(MANIFEST, "/schema_version"),
            hint="Choose the catalog in bake.toml.",
        )

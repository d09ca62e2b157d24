"""Normalized sets as sources: one source of several sections, verified before anything is read from it (rule 17)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from bake.catalog.model import Catalog
from bake.catalog.values import Json, shown
from bake.errors import InvalidSource, Location
from bake.sources.dialects import understood
from bake.sources.json.json_document import JsonDocument
from bake.sources.json.nested import unnested
from bake.sources.model import Batch, Content, Section, SourceFile
from bake.sources.normalized.manifest import APPLICATION, MANIFEST, FileEntry, Manifest
from bake.sources.normalized.set_files import set_files
from bake.sources.normalized.verification import RECORDS, Contents, inspect
from bake.sources.texts.text import pointer

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
    parts = _parts([entry for _, entry in manifest.ordered], inspection.contents, catalog)
    source = SourceFile(
        name=files.name,
        path=path,
        sha256=inspection.sha256,
        kind=KIND,
        view=None,
        export_id=manifest.export_id,
        left_out=manifest.left_out or 0,
        sections=tuple(part.section for part in parts),
        ignored=(),
        content=_Content({part.section.name: part for part in parts}),
    )
    return understood(source, catalog)


@dataclass(frozen=True, slots=True)
class _Part:
    """A section of a set.

    Attributes:
        section: as the set has it.
        file: the file in which its records stand.
        own: what the section is there: its name and its pointer.
    """

    section: Section
    file: SourceFile
    own: Section

    @property
    def checked(self) -> Content:
        """What reads the records.

        Raises:
            InvalidSource: one of them is no object.
        """
        if isinstance(self.file.content, JsonDocument):  # where records stand within them, they were checked then
            self.file.content.check_objects(RECORDS)
        return self.file.content


@dataclass(frozen=True, slots=True)
class _Content:
    """The records of a set, by section."""

    parts: Mapping[str, _Part]

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records of a section.

        Raises:
            InvalidSource: one of them is no object, or cannot be read.
            DamagedExport: the set was changed since it was verified.
        """
        part = self.parts[section.name]
        return part.checked.read(part.own)

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        """The same, so many at a time."""
        part = self.parts[section.name]
        return part.checked.batches(part.own, size)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands in its file, or a part of it."""
        part = self.parts[section.name]
        return part.file.content.locate(part.own, index, steps)


def _parts(entries: list[FileEntry], files: Mapping[str, Contents], catalog: Catalog) -> list[_Part]:
    """The sections of a set: those of the files, then those of the records that stand within others."""
    read = [_file(entry, files[entry.entity_type].document, catalog) for entry in entries]
    parts = [
        *((entry.entity_type, file, file.sections[0]) for entry, file in zip(entries, read, strict=True)),
        *((section.name, file, section) for file in read for section in file.sections[1:]),
    ]
    firsts = accumulate((own.records for _, _, own in parts), initial=0)
    numbered = [
        (name, file, replace(own, first=first)) for (name, file, own), first in zip(parts, firsts, strict=False)
    ]
    return [_Part(replace(own, name=name), file, own) for name, file, own in numbered]


def _file(entry: FileEntry, document: JsonDocument, catalog: Catalog) -> SourceFile:
    """A file of the set as a source by itself."""
    view = catalog.plain_view(entry.entity_type) if entry.entity_type in catalog.entities else None
    section = Section(RECORDS, entry.record_count, 0, view, pointer(RECORDS))
    if view and catalog.entities[view.entity].nested:
        document.check_objects(RECORDS)
    return unnested(document.source_file(KIND, (section,)), document, catalog)


def _check_catalog(manifest: Manifest, catalog: Catalog) -> None:
    name = manifest.schema_version.partition("/")[0]
    if manifest.application == APPLICATION and name != catalog.name:
        raise InvalidSource(
            f"the set is of the catalog {shown(name)}, and this project's is {shown(catalog.name)}",
            location=Location(MANIFEST, "/schema_version"),
            hint="Choose the catalog in bake.toml.",
        )

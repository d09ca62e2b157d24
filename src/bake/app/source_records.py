"""The records that operations were made of, whole, and as they stand in the source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bake.app.project import Project
from bake.app.skipped import NAMED_BY_PEOPLE, written
from bake.catalog.base_digest import BASE
from bake.catalog.values import Json
from bake.changeset.file import Changeset
from bake.errors import Location, UsageError
from bake.sources.detect import open_source
from bake.sources.model import Section, SourceFile

#: How many records are read at a time, to find one; those that are passed over cost little.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record of a source.

    Attributes:
        number: from 0, through the whole source.
        location: where it stands.
        values: column name to value, as the source has them, but for the digest by which edits of an export are told.
    """

    number: int
    location: Location
    values: dict[str, Json]


def source_record(source: SourceFile, number: int, values: Mapping[str, Json]) -> SourceRecord:
    """A record of a source, by its number and values."""
    shown = {name: value for name, value in written(values).items() if name != BASE}
    return SourceRecord(number, source.locate(number), shown)


def source_records(project: Project, file: Changeset, numbers: Iterable[int]) -> list[SourceRecord]:
    """Records of the source that a changeset was built from.

    Args:
        project: in whose folder the source is.
        file: the changeset.
        numbers: the numbers of the records, as `from` has them.

    Raises:
        UsageError: the source is not known to be anywhere, or was edited since.
        InvalidSource: it cannot be read any more.
    """
    source = _source(project, file)
    wanted = sorted({number for number in numbers if 0 <= number < source.size})
    found = (record for section in source.sections for record in _of_section(source, section, wanted))
    return list(found)


def _source(project: Project, file: Changeset) -> SourceFile:
    said = file.header.source
    path = project.folder / said.path if said.path and project.has_folder else None
    if path is None or not path.exists():
        raise UsageError(f"the source {said.name} is not in this project any more, or never was")
    source = open_source(path, project.catalog, said.view if said.kind in NAMED_BY_PEOPLE else None, said.read_as)
    if source.sha256 != said.sha256:
        raise UsageError(f"{path} was edited since the changeset was built from it")
    return source


def _of_section(source: SourceFile, section: Section, wanted: list[int]) -> Iterator[SourceRecord]:
    left = [number for number in wanted if section.first <= number < section.first + section.records]
    for batch in source.batches(section, _BATCH) if left else ():
        here = {number for number in left if batch.first <= number < batch.first + batch.size}
        if here:
            rows = (dict(zip(table.names, row, strict=True)) for table in batch.tables() for row in table.rows)
            for number, values in enumerate(rows, batch.first):
                if number in here:
                    yield source_record(source, number, values)
            left = [number for number in left if number not in here]
        if not left:
            return

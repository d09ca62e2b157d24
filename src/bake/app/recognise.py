"""What a source is, before anything is built of it: its kind, its parts, and its first records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bake.app.project import Project
from bake.app.source_records import SourceRecord, source_record
from bake.changeset.header import ReadAs
from bake.errors import Location
from bake.sources.detect import open_source
from bake.sources.model import SourceFile
from bake.sources.texts.streams import SourceLike, as_file


@dataclass(frozen=True, slots=True)
class Part:
    """One list of records in a source.

    Attributes:
        name: as the source has it.
        records: how many there are.
        entity: what they are about; None if the catalog does not know them, and they are left out.
    """

    name: str
    records: int
    entity: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of a source that holds no records: its name, what it is, and where it stands."""

    name: str
    what: str
    location: Location


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a source is.

    Attributes:
        name: its name.
        kind: its form, as the header of a changeset has it: `view`, `csv`, `document`, `set` and others.
        view: the view of its records; None if it has several kinds of them.
        is_export: whether it says that it was exported from a database.
        parts: its lists of records.
        ignored: its parts that hold none.
        columns: the names of the columns of the first records.
        records: the first records.
        notices: how it was understood, in sentences.
    """

    name: str
    kind: str
    view: str | None
    is_export: bool
    parts: tuple[Part, ...]
    ignored: tuple[LeftOut, ...]
    columns: tuple[str, ...]
    records: tuple[SourceRecord, ...]
    notices: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many records there are."""
        return sum(part.records for part in self.parts)


def recognise(
    project: Project,
    source: SourceLike,
    *,
    view: str | None = None,
    read_as: ReadAs | None = None,
    name: str | None = None,
    records: int = 5,
) -> Recognised:
    """Recognise a source as `build` would; the database is not read.

    Args:
        project: whose catalog.
        source: as of `build`.
        view: as of `build`.
        read_as: as of `build`.
        name: as of `build`.
        records: how many records to give of the first part that has any.

    Raises:
        UsageError: there is no such source or view.
        InvalidSource: the source cannot be read.
        DamagedExport: the source is a set whose files are not those that were exported.
    """
    with as_file(source, name) as path:
        found = open_source(path, project.catalog, view, read_as)
        first = tuple(_first(found, records))
    columns = dict.fromkeys(column for record in first for column in record.values)
    titles = {column: title for title, column in found.titles}
    return Recognised(
        name=found.name,
        kind=found.kind,
        view=found.view,
        is_export=found.is_export,
        parts=tuple(Part(one.name, one.records, one.view.entity if one.view else None) for one in found.sections),
        ignored=tuple(LeftOut(one.name, one.what, one.location) for one in found.ignored),
        columns=tuple(titles.get(column, column) for column in columns),
        records=first,
        notices=tuple(remark.message for remark in found.notices),
    )


def _first(source: SourceFile, limit: int) -> Iterator[SourceRecord]:
    filled = next((one for one in source.sections if one.records and one.view), None)
    if filled is None:
        return
    for record in islice(source.records(filled), limit):
        yield source_record(source, record.number, record.value)

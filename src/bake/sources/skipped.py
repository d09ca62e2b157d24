"""The log of skipped records as a source: each record in the shape of the file that it came from."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bake.catalog.model import Catalog
from bake.catalog.values import Json, shown
from bake.catalog.view import View
from bake.errors import InvalidSource, Location, Problem
from bake.sources.json.json_document import JsonDocument
from bake.sources.model import Batch, Section, SourceFile, streamed
from bake.sources.texts.text import pointer

KIND = "skipped_records"
EXAMPLE = f'{{"export_type": "{KIND}", "source_sections": {{ … }}, "records": [ … ]}}'
RECORDS, SECTIONS, DATA = "records", "source_sections", "record_data"
#: No source has so many records.
_MOST = 2**63


@dataclass(frozen=True)
class Log:
    """The records of a log by the section that they came from: each section has the places of its entries.

    Attributes:
        document: the log.
        positions: by section, the positions of its entries.
        entries: the member with all entries.
        data: the member of an entry with the record.
    """

    document: JsonDocument
    positions: Mapping[str, Sequence[int]]
    entries: str = RECORDS
    data: str = DATA

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records of a section, as they stood in their own file."""
        entries = _entries(self.document, self.positions[section.name], self.entries)
        return (entry[self.data] for entry in entries)

    def batches(self, section: Section, size: int) -> Iterator[Batch]:
        """The records, so many at a time."""
        return streamed(self.read(section), section, size)

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands in the log, or a part of it."""
        return self.document.item(self.entries, self.positions[section.name][index], self.data, *steps)


@dataclass(frozen=True)
class _Origins:
    """Where the records first stood: in the log's source, or, numbered -1, in the log itself."""

    source: str
    log: str
    numbers: array[int]

    def __getitem__(self, number: int) -> tuple[str, int]:
        index = self.numbers[number]
        return (self.source, index) if index >= 0 else (self.log, number)


def _entries(document: JsonDocument, positions: Sequence[int], name: str = RECORDS) -> Iterator[Json]:
    """The entries at some places, in order."""
    entries = enumerate(document.records(name))
    for position in positions:
        yield next(entry for index, entry in entries if index == position)


def read_skipped(document: JsonDocument, catalog: Catalog) -> SourceFile | None:
    """The source in a log of skipped records, or None if the document has another form.

    Raises:
        InvalidSource: the log names a view that the catalog does not know, or an entry holds no record of one.
    """
    if document.value("export_type") != KIND:
        return None
    views = _views(document, catalog)
    document.check_objects(RECORDS)
    positions = _positions(document, views)
    first = 0
    sections = []
    for name, where in positions.items():
        sections.append(Section(name, len(where), first, views[name], pointer(RECORDS)))
        first += len(where)
    source = document.source_file(KIND, tuple(sections), frozenset(document.members))
    log = Log(document, positions)
    return SourceFile(
        name=source.name,
        path=source.path,
        sha256=source.sha256,
        kind=KIND,
        view=source.view,
        export_id=source.export_id,
        sections=source.sections,
        ignored=(),
        content=log,
        origins=_origins(document, positions),
        database=source.database,
    )


def _origins(document: JsonDocument, positions: dict[str, array[int]]) -> _Origins:
    """Where the records first stood; an entry that does not say so, or no longer, is a record of the log itself."""
    digest = document.value("source_sha256")
    said = (entry.get("record_index") for where in positions.values() for entry in _entries(document, where))
    known = (index if isinstance(digest, str) and _is_number(index) else -1 for index in said)
    return _Origins(str(digest), document.source.sha256, array("q", known))


def _is_number(index: Json) -> bool:
    return type(index) is int and 0 <= index < _MOST


def _views(document: JsonDocument, catalog: Catalog) -> dict[str, View]:
    named = document.value(SECTIONS)
    if not isinstance(named, dict) or document.count(RECORDS) is None:
        hint = "Edit only what stands under record_data."
        raise document.invalid(SECTIONS, f"the log has no {SECTIONS} or no list of {RECORDS}", hint)
    views = {name: _view(catalog, shape) for name, shape in named.items()}
    unknown = [name for name, view in views.items() if view is None]
    if unknown:
        message = f"{', '.join(map(shown, unknown))}: their shape is not known"
        raise document.invalid(SECTIONS, message, "Edit only what stands under record_data.")
    return {name: view for name, view in views.items() if view is not None}


def _view(catalog: Catalog, shape: Json) -> View | None:
    if not isinstance(shape, dict):
        return None
    kind, names = shape.get("kind"), shape.get("names")
    if not isinstance(kind, str) or not isinstance(names, str):
        return None
    if kind == "entity":
        return catalog.plain_view(names) if names in catalog.entities else None
    return catalog.view(kind, names)


def _positions(document: JsonDocument, views: dict[str, View]) -> dict[str, array[int]]:
    positions: dict[str, array[int]] = {}
    problems = []
    for index, entry in enumerate(document.records(RECORDS)):
        section = entry.get("section")
        if isinstance(section, str) and section in views and isinstance(entry.get(DATA), dict):
            positions.setdefault(section, array("Q")).append(index)
        else:
            message = f"this entry has no {DATA} of one of the sections {', '.join(map(shown, views))}"
            problems.append(Problem(message, document.item(RECORDS, index)))
    if problems:
        what = f"{len(problems)} entries of the log cannot be read"
        raise InvalidSource(what, location=problems[0].location, problems=problems)
    return positions

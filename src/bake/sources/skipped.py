"""The log of skipped records as a source: each record in the shape of the file that it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bake.catalog.model import Catalog, View
from bake.catalog.values import Json, shown
from bake.errors import InvalidSource, Location, Problem
from bake.sources.json_document import JsonDocument
from bake.sources.model import Section, SourceFile
from bake.sources.text import pointer

KIND = "skipped_records"
EXAMPLE = f'{{"export_type": "{KIND}", "source_sections": {{ … }}, "records": [ … ]}}'
RECORDS, SECTIONS, DATA = "records", "source_sections", "record_data"


@dataclass(frozen=True)
class _Log:
    """The records of a log by the section that they came from."""

    document: JsonDocument
    places: dict[str, list[int]]

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records of a section, as they stood in their own file."""
        entries = self.document.value(RECORDS)
        return (entries[place][DATA] for place in self.places[section.name])

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands in the log, or a part of it."""
        return self.document.item(RECORDS, self.places[section.name][index], DATA, *steps)


def read_skipped(document: JsonDocument, catalog: Catalog) -> SourceFile | None:
    """The source in a log of skipped records, or None if the document has another form.

    Raises:
        InvalidSource: the log names a view that the catalog does not know, or an entry holds no record of one.
    """
    if document.value("export_type") != KIND:
        return None
    views = _views(document, catalog)
    document.check_objects(RECORDS)
    places = _places(document, views)
    first = 0
    sections = []
    for name, where in places.items():
        sections.append(Section(name, len(where), first, views[name], pointer(RECORDS)))
        first += len(where)
    source = document.source_file(KIND, tuple(sections), frozenset(document.members))
    log = _Log(document, places)
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
        origins=_origins(document, source, places),
    )


def _origins(document: JsonDocument, source: SourceFile, places: dict[str, list[int]]) -> tuple[tuple[str, int], ...]:
    """Where the records first stood; an entry that does not say so, or no longer, is a record of the log itself."""
    digest, entries = document.value("source_sha256"), document.value(RECORDS)
    origins = []
    for number, place in enumerate(place for where in places.values() for place in where):
        index = entries[place].get("record_index")
        known = isinstance(digest, str) and type(index) is int
        origins.append((digest, index) if known else (source.sha256, number))
    return tuple(origins)


def _views(document: JsonDocument, catalog: Catalog) -> dict[str, View]:
    named = document.value(SECTIONS)
    if not isinstance(named, dict) or not isinstance(document.value(RECORDS), list):
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


def _places(document: JsonDocument, views: dict[str, View]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    problems = []
    for index, entry in enumerate(document.value(RECORDS)):
        if entry.get("section") in views and isinstance(entry.get(DATA), dict):
            places.setdefault(entry["section"], []).append(index)
        else:
            message = f"this entry has no {DATA} of one of the sections {', '.join(map(shown, views))}"
            problems.append(Problem(message, document.item(RECORDS, index)))
    if problems:
        what = f"{len(problems)} entries of the log cannot be read"
        raise InvalidSource(what, location=problems[0].location, problems=problems)
    return places

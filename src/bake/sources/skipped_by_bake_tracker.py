"""The log of records that bake-tracker skipped, as a source: each record in the shape of the file that it came from.

    {"import_file": "…", "skipped_records": [ {"skip_reason": "…", "original_record": { … }}, … ]}

The log does not say which view these are of: it is the one whose columns they have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bake.catalog.model import Catalog
from bake.catalog.values import shown
from bake.catalog.view import View
from bake.errors import InvalidSource, Problem
from bake.sources.json.json_document import JsonDocument
from bake.sources.model import Section, SourceFile
from bake.sources.skipped import Log
from bake.sources.texts.text import pointer

ENTRIES, DATA = "skipped_records", "original_record"
EXAMPLE = f'{{"{ENTRIES}": [ {{"{DATA}": {{ … }}}}, … ]}}'
KIND = "bake-tracker-view"
_FURNITURE = frozenset({"import_file", "import_date", "mode"})


def read(document: JsonDocument, catalog: Catalog) -> SourceFile | None:
    """The source in the log, or None if the document has another form.

    Raises:
        InvalidSource: an entry holds no record, or it is not certain of which view the records are.
    """
    count = document.count(ENTRIES)
    if count is None:
        return None
    document.check_objects(ENTRIES)
    names = _names(document)
    view = _view(document, catalog, names)
    section = Section(ENTRIES, count, 0, view, pointer(ENTRIES))
    source = document.source_file(KIND, (section,), _FURNITURE, view.name)
    return replace(source, content=Log(document, {ENTRIES: range(count)}, ENTRIES, DATA))


def _names(document: JsonDocument) -> list[str]:
    """The names that the records have."""
    problems = list(_problems(document))
    if problems:
        what = f"{len(problems)} entries of the log cannot be read"
        raise InvalidSource(what, location=problems[0].location, problems=problems)
    return list(dict.fromkeys(name for entry in document.records(ENTRIES) for name in entry[DATA]))


def _problems(document: JsonDocument) -> Iterator[Problem]:
    for index, entry in enumerate(document.records(ENTRIES)):
        if not isinstance(entry.get(DATA), dict):
            yield Problem(f"this entry has no {DATA}; expected an object", document.item(ENTRIES, index))


def _view(document: JsonDocument, catalog: Catalog, names: list[str]) -> View:
    """The view that has all columns of the records, or lacks the fewest.

    Raises:
        InvalidSource: several do, or none has half of them.
    """
    declared = [view for view in catalog.views if view.kind == KIND]
    known = {view.entity for view in declared}
    views = [*declared, *(catalog.plain_view(name) for name in catalog.entities if name not in known)]
    lacking = {view.name: sum(name not in view.by_name for name in names) for view in views}
    least = min(lacking.values())
    best = [view for view in views if lacking[view.name] == least]
    if len(best) == 1 and 2 * least < len(names):
        return best[0]
    said = ", ".join(shown(name, 40) for name in names[:8])
    message = f"it is not certain which records the log holds; they have {said or 'no columns'}"
    hint = 'Put the original records into a file {"records": [ … ]}, and import that with --view NAME.'
    raise document.invalid(ENTRIES, message, hint)

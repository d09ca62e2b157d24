"""Sources of several entities: a JSON object of arrays, each named for the entity whose records it lists."""

from __future__ import annotations

from itertools import accumulate

from bake.catalog.model import Catalog
from bake.catalog.view import View
from bake.errors import InvalidSource, Problem
from bake.sources.json.json_document import JsonDocument
from bake.sources.json.nested import unnested
from bake.sources.model import Section, SourceFile
from bake.sources.texts.text import pointer

KIND = "document"
EXAMPLE = '{"<entity>": [ … ], "<entity>": [ … ]}'


def read_document(document: JsonDocument, catalog: Catalog) -> SourceFile | None:
    """The source in the document, or None if no member is a list named for an entity.

    Lists of objects that the catalog does not know are sections too, without a view, so that their records are
    counted. Everything else is ignored, and reported as such. Records that stand within records follow
    after all others.

    Raises:
        InvalidSource: a member named for an entity is no list, or holds items that are no objects; or so do lists of
            records within them.
    """
    known = [name for name in document.members if name in catalog.by_list]
    if all(document.count(name) is None for name in known):
        return None
    _check_lists(document, known)
    document.check_objects(*(name for name in known if document.count(name) is not None))
    names = [name for name in document.members if _is_section(document, name, catalog)]
    counts = [document.items(name).count for name in names]
    firsts = accumulate(counts, initial=0)
    views = [catalog.plain_view(catalog.by_list[name]) if name in catalog.by_list else None for name in names]
    sections = map(Section, names, counts, firsts, views, map(pointer, names))
    return unnested(document.source_file(KIND, tuple(sections)), document, catalog)


def _check_lists(document: JsonDocument, known: list[str]) -> None:
    problems = [
        Problem(f"{name} is {document.described(name)}; expected a list", document.member(name))
        for name in known
        if document.count(name) is None and document.value(name) is not None
    ]
    if problems:
        message = "; ".join(problem.message for problem in problems)
        hint = "Put the records of each entity into a list: [ … ]."
        raise InvalidSource(message, location=problems[0].location, hint=hint, problems=problems)


def _is_section(document: JsonDocument, name: str, catalog: Catalog) -> bool:
    count = document.count(name)
    return count is not None and (name in catalog.by_list or (count > 0 and document.items(name).objects))


def is_called_as_in(source: SourceFile, view: View | None) -> bool:
    """Whether the only records of a document have the names of columns of a view, rather than those of their entity."""
    filled = [section for section in source.sections if section.records]
    own = filled[0].view if source.kind == KIND and len(filled) == 1 else None
    if view is None or own is None or view.kind != "view" or view.entity != own.entity:
        return False
    names = next(source.records(filled[0])).value.keys()
    return sum(name in view.by_name for name in names) > sum(name in own.by_name for name in names)

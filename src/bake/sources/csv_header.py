"""The header of a sheet: what it says its rows are, and which columns of a view its titles name."""

from __future__ import annotations

from bake.catalog.base_digest import BASE
from bake.catalog.model import Catalog
from bake.catalog.view import Role, View
from bake.errors import InvalidSource
from bake.sources.column_mapping import ColumnMapping
from bake.sources.csv_faults import below, plain, seen
from bake.sources.csv_text import delimiters, header
from bake.sources.json_document import EXPORT_ID
from bake.sources.text import SourceText


def export_column(view: View) -> str:
    """The header over the ids of the export."""
    return f"{EXPORT_ID}:{view.envelope}"


def said_view(source: SourceText, catalog: Catalog) -> View | None:
    """The view that a sheet says it holds."""
    titles = (title for delimiter in delimiters(source) for title in header(source, delimiter))
    return next((view for title in titles if (view := catalog.view("view", exported(title) or ""))), None)


def is_sheet(source: SourceText, catalog: Catalog, view: View | None = None) -> bool:
    """Whether a text begins with a header that has a column of this view, or of any view or entity of the catalog."""
    known = known_columns(catalog, view)
    titles = [title for delimiter in delimiters(source) for title in header(source, delimiter)]
    return any(plain(title) in known or exported(title) is not None for title in titles)


def may_be_sheet(source: SourceText, catalog: Catalog, view: View | None = None) -> bool:
    """The same, also of a text that has a title above such a header."""
    return is_sheet(source, catalog, view) or bool(below(source, known_columns(catalog, view)))


def exported(title: str) -> str | None:
    """The view that the header over the ids of an export names."""
    name, colon, envelope = title.partition(":")
    return envelope if colon and name.strip().casefold() == EXPORT_ID else None


def layout(source: SourceText, view: View) -> tuple[str, list[str]]:
    """The separator by which the header has most columns of the view, and that header."""
    columns = {plain(column.name) for column in view.columns}
    headers = {delimiter: header(source, delimiter) for delimiter in delimiters(source)}
    hits = {delimiter: sum(plain(title) in columns for title in titles) for delimiter, titles in headers.items()}
    best = max(headers, key=lambda delimiter: (hits[delimiter], len(headers[delimiter])))
    title = "" if hits[best] else below(source, columns | _synonyms(view))
    if hits[best] or (_named(view, headers[best]) and not title):
        return best, headers[best]
    fields = [column.name for column in view.columns if column.role is not Role.COMPUTED]
    raise InvalidSource(
        f"the header ({seen(source)}) names no column of {view.name}",
        location=source.cell(source.line, 1),
        hint=f"{title}Known are: {', '.join(fields)}.",
    )


def _named(view: View, titles: list[str]) -> bool:
    """Whether a header that has no column of a view by its name may be that of a sheet: several columns, or a synonym.

    A text that is no sheet has one.
    """
    filled = [title for title in titles if plain(title)]
    return len(filled) > 1 or any(plain(title) in _synonyms(view) for title in filled)


def _synonyms(view: View) -> set[str]:
    """What people call columns of a view, as headers are compared with them."""
    return {plain(word) for column in view.columns for word in column.synonyms}


def names(view: View, titles: list[str], mapping: ColumnMapping) -> list[str]:
    """The name that each column's values have in records: the view's own, where it has such a column.

    A column that is left out has a name that no other has.
    """
    known = {plain(column.name): column.name for column in view.columns}

    def name(title: str) -> str:
        if title in mapping.names:
            return mapping.names[title] or f"{title} (left out)"
        if title.strip().casefold() == BASE:
            return BASE
        return title if title in view.by_name else known.get(plain(title), title)

    return [name(title) for title in titles]


def known_columns(catalog: Catalog, view: View | None = None) -> set[str]:
    """The columns of a view, or of all views and entities, as headers are compared with them."""
    views = [view] if view else [*catalog.views, *map(catalog.plain_view, catalog.entities)]
    return {plain(column.name) for one in views for column in one.columns}

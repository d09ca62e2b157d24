"""The header of a sheet: which view it declares, and which columns of a view its titles name."""

from __future__ import annotations

from collections.abc import Iterable

from bake.catalog.base_digest import BASE
from bake.catalog.model import Catalog
from bake.catalog.names import letters
from bake.catalog.view import Role, View
from bake.errors import InvalidSource
from bake.sources.json.json_document import EXPORT_ID
from bake.sources.sheets.column_mapping import ColumnMapping
from bake.sources.sheets.csv_faults import header_hint, header_text
from bake.sources.sheets.csv_text import delimiters, header
from bake.sources.texts.text import SourceText

#: Ends the title of the column with the id of an export that lacks rows.
_PART = ":part"


def export_column(view: View, *, incomplete: bool = False) -> str:
    """The title of the column that holds the id of the export; it says whether the export lacks rows."""
    return f"{EXPORT_ID}:{view.envelope}{_PART if incomplete else ''}"


def is_part(titles: Iterable[str]) -> bool:
    """Whether one of these titles says that an export lacks rows."""
    return any(exported_view(title) is not None and title.strip().casefold().endswith(_PART) for title in titles)


def declared_view(source: SourceText, catalog: Catalog) -> View | None:
    """The view that the title of the export's ids names; None if there is no such title."""
    titles = (title for delimiter in delimiters(source) for title in header(source, delimiter))
    return next((view for title in titles if (view := catalog.view("view", exported_view(title) or ""))), None)


def is_sheet(source: SourceText, catalog: Catalog, view: View | None = None) -> bool:
    """Whether a text begins with a header that has a column of this view, or of any view or entity of the catalog."""
    known = known_columns(catalog, view)
    titles = [title for delimiter in delimiters(source) for title in header(source, delimiter)]
    return any(letters(title) in known or exported_view(title) is not None for title in titles)


def may_be_sheet(source: SourceText, catalog: Catalog, view: View | None = None) -> bool:
    """Whether a text is a sheet (`is_sheet`), or has such a header below a title."""
    return is_sheet(source, catalog, view) or bool(header_hint(source, known_columns(catalog, view)))


def exported_view(title: str) -> str | None:
    """The name of a view in the title of the column that holds the id of an export; None for any other title."""
    name, colon, envelope = title.partition(":")
    envelope = envelope.strip()
    if envelope.casefold().endswith(_PART):
        envelope = envelope[: -len(_PART)]
    return envelope if colon and name.strip().casefold() == EXPORT_ID else None


def best_header(source: SourceText, view: View) -> tuple[str, list[str]]:
    """The separator by which the header has the most columns of the view, and the titles.

    Raises:
        InvalidSource: it has none, nor synonyms of any.
    """
    columns = {letters(column.name) for column in view.columns}
    headers = {delimiter: header(source, delimiter) for delimiter in delimiters(source)}
    hits = {delimiter: sum(letters(title) in columns for title in titles) for delimiter, titles in headers.items()}
    best = max(headers, key=lambda delimiter: (hits[delimiter], len(headers[delimiter])))
    known = columns | _synonyms(view)
    named = hits[best] or 2 * sum(letters(title) in known for title in headers[best]) > len(headers[best])
    title = "" if named else header_hint(source, known)
    if named or (_may_be_header(view, headers[best]) and not title):
        return best, headers[best]
    fields = [column.name for column in view.columns if column.role is not Role.COMPUTED]
    raise InvalidSource(
        f"the header ({header_text(source)}) names no column of {view.name}",
        location=source.cell(source.line, 1),
        hint=f"{title}Known are: {', '.join(fields)}.",
    )


def named_titles(titles: list[str]) -> list[str]:
    """Titles; those that are blank are called by their place."""
    return [title or f"column {n}" for n, title in enumerate(titles, 1)]


def _may_be_header(view: View, titles: list[str]) -> bool:
    """Whether titles without the name of any column may still be a header: there are several, or one is a synonym.

    A text that is not a sheet has a single title.
    """
    filled = [title for title in titles if letters(title)]
    return len(filled) > 1 or any(letters(title) in _synonyms(view) for title in filled)


def _synonyms(view: View) -> set[str]:
    """The synonyms of the columns of a view, as `letters` gives them."""
    return {letters(word) for column in view.columns for word in column.synonyms}


def record_names(view: View, titles: list[str], mapping: ColumnMapping) -> list[str]:
    """The name of each column in records: the view's own name, or else its title.

    A column that is left out gets a name that no other column has.
    """
    known = {letters(column.name): column.name for column in view.columns}

    def name(title: str) -> str:
        if title in mapping.names:
            return mapping.names[title] or f"{title} (left out)"
        if title.strip().casefold() == BASE:
            return BASE
        return title if title in view.by_name else known.get(letters(title), title)

    return [name(title) for title in titles]


def known_columns(catalog: Catalog, view: View | None = None) -> set[str]:
    """The names of the columns of a view, or of all views and entities, as `letters` gives them."""
    views = [view] if view else [*catalog.views, *map(catalog.plain_view, catalog.entities)]
    return {letters(column.name) for one in views for column in one.columns}

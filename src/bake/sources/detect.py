"""What a file is: decided by what stands in it, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bake.catalog.model import Catalog
from bake.catalog.values import shown
from bake.errors import InvalidSource
from bake.sources import skipped
from bake.sources.documents import EXAMPLE, read_document
from bake.sources.envelopes import Envelope, nearest
from bake.sources.json_document import JsonDocument, read_json
from bake.sources.model import SourceFile
from bake.sources.text import SourceText, read_text

#: Gives the source in a document, or None if the document has another form; raises InvalidSource if it breaks its form.
Reader: TypeAlias = Callable[[JsonDocument, Catalog], SourceFile | None]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of source: what it is called, how it begins, and who reads it."""

    title: str
    example: str
    read: Reader


def _enveloped(title: str, envelope: Envelope) -> Form:
    return Form(title, envelope.example, envelope.read)


#: In the order in which they are tried.
FORMS: tuple[Form, ...] = (
    Form("a log of skipped records", skipped.EXAMPLE, skipped.read_skipped),
    _enveloped(
        "a view",
        Envelope(
            kind="view",
            names="view_name",
            version="view_version",
            fixed={"export_type": "denormalized_view"},
            furniture=frozenset({"exported_at", "documentation"}),
        ),
    ),
    _enveloped(
        "an entity's file of a normalized export",
        Envelope(
            kind="entity",
            names="entity_type",
            version="file_version",
            furniture=frozenset({"exported_at", "schema"}),
        ),
    ),
    _enveloped(
        "a view as bake-tracker writes it",
        Envelope(
            kind="bake-tracker-view",
            names="view_type",
            version="version",
            furniture=frozenset({"exported_at", "export_date", "_meta"}),
        ),
    ),
    Form("a document of several entities", EXAMPLE, read_document),
)


def open_source(path: Path, catalog: Catalog) -> SourceFile:
    """Read a file and recognise what it is.

    Args:
        path: the file.
        catalog: knows the views and entities that a source may hold.

    Raises:
        UsageError: there is no such file.
        InvalidSource: the file cannot be read, is not JSON, has none of the known forms, or breaks the form it has.
    """
    return recognise(read_text(path), catalog)


def recognise(text: SourceText, catalog: Catalog) -> SourceFile:
    """What a text is as a source.

    Raises:
        InvalidSource: it is not JSON, has none of the known forms, or breaks the form it has.
    """
    document = read_json(text)
    for form in FORMS:
        if (source := form.read(document, catalog)) is not None:
            return source
    raise _unknown(document, catalog)


def _unknown(document: JsonDocument, catalog: Catalog) -> InvalidSource:
    names = list(document.members)
    seen = ", ".join(shown(name, 40) for name in names[:8]) + (", …" if len(names) > 8 else "")
    meant = next(filter(None, (nearest(name, catalog.entities) for name in names)), "")
    forms = "\n".join(f"  {form.title}: {form.example}" for form in FORMS)
    return InvalidSource(
        f"not a form of source that Bake knows; the document has {seen or 'no members'}",
        location=document.source.location(0),
        hint=f"{meant}Known are:\n{forms}",
    )

"""A small catalog, and a way to recognise a text against it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bake.catalog.declaring import entity
from bake.catalog.model import Catalog
from bake.catalog.view import Column, View
from bake.sources.detect import recognise
from bake.sources.model import SourceFile
from bake.sources.texts.text import text_of

METADATA = sa.MetaData()
AUTHORS = sa.Table("authors", METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
BOOKS = sa.Table(
    "books",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("title", sa.String(20)),
    sa.Column("price", sa.Numeric(10, 4)),
    sa.Column("author_id", sa.ForeignKey("authors.id")),
)
TITLE = (Column("title", ("title",)),)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Authors and books; a view of books in two envelopes."""
    entities = {"authors": entity(AUTHORS, keys=(("name",),)), "books": entity(BOOKS, keys=(("title",),))}
    views = (
        View("shelf", "books", TITLE, envelope="shelf_complete"),
        View("shelf", "books", TITLE, kind="bake-tracker-view", envelope="shelf"),
    )
    return Catalog("library", METADATA, entities, views)


@pytest.fixture
def read(catalog: Catalog) -> Callable[[str], SourceFile]:
    """Recognise a text that came as `in.json`."""
    return lambda text: recognise(text_of(Path("in.json"), text.encode()), catalog)

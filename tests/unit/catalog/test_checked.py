"""A misdeclared catalog is refused when it is declared, with everything that is wrong about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bake.catalog import declaring
from bake.catalog.checked import checked, dead_end
from bake.catalog.entity import Entity, Nested
from bake.catalog.field import Composite, Derivation, Outlier
from bake.catalog.model import Catalog
from bake.catalog.view import Column, Joined, Latest, Role, Total, View

METADATA = sa.MetaData()
AUTHORS = sa.Table(
    "authors", METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20), nullable=False)
)
BOOKS = sa.Table(
    "books",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("title", sa.String(20), nullable=False),
    sa.Column("isbn", sa.String(20)),
    sa.Column("author_id", sa.ForeignKey("authors.id")),
)
AUTHOR = declaring.entity(AUTHORS, keys=(("name",),), label="{name}")
BOOK = declaring.entity(BOOKS, keys=(("title", "author"),), label="{title}", read_only=frozenset({"isbn"}))


def library(*views: View, book: Entity = BOOK, author: Entity | None = AUTHOR) -> Catalog:
    """A catalog of books, with the given part in place of the good one."""
    entities = {"authors": author, "books": book} if author else {"books": book}
    return Catalog("library", METADATA, entities, views)


def view(*columns: Column, name: str = "shelf", entity: str = "books", envelope: str = "shelf") -> View:
    """A view of books with these columns."""
    return View(name, entity, columns, envelope=envelope)


@pytest.mark.parametrize(
    ("composite", "says"),
    [
        (Composite((("title",), ("isbn",)), loose=2), "the composite of books cannot be taken apart"),
        (Composite((("title",), ("isbn",)), loose=0, separator=""), "the composite of books cannot be taken apart"),
        (Composite((("title",),), loose=0), "the composite of books cannot be taken apart"),
        (Composite((("title",), ("author", "born")), loose=0), "authors has no field 'born'"),
    ],
)
def test_misdeclared_composites(composite: Composite, says: str) -> None:
    """The parts of a composite text are fields of the row, and the text can be taken apart."""
    with pytest.raises(TypeError, match=says):
        checked(library(book=replace(BOOK, composite=composite)))


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a:b:c", ["a", "b", "c"]), ("a:b:b:c", ["a", "b:b", "c"]), ("::", ["", "", ""]), ("a:b", None), ("", None)],
)
def test_a_composite_is_taken_apart_from_both_ends(text: str, parts: list[str] | None) -> None:
    """The loose part holds all separators that the others leave; a text with too few parts is none."""
    assert Composite((("a",), ("b",), ("c",)), loose=1).split(text) == parts


def test_a_well_declared_catalog_is_handed_back() -> None:
    """Good declarations pass through unchanged, paths through references and surrogate ids included."""
    catalog = library(view(Column("n", ("author", "id"), Role.CONTEXT), Column("author_name", ("author", "name"))))
    assert checked(catalog) is catalog


@pytest.mark.parametrize(
    ("book", "says"),
    [
        (replace(BOOK, keys=()), "books: nothing identifies a row"),
        (replace(BOOK, keys=(("title", "year"),)), "books has no field 'year'"),
        (replace(BOOK, alternates=("pen_name",)), "books has no field 'pen_name'"),
        (replace(BOOK, likeness=("weight",)), "books has no field 'weight'"),
        (replace(BOOK, label="{title} ({place})"), "books has no field 'place'"),
        (replace(BOOK, outliers=(Outlier("price", "author", "title"),)), "books has no field 'price'"),
        (replace(BOOK, derived={"slug": Derivation(())}), "books has no field 'slug'"),
        (replace(BOOK, derived={"isbn": Derivation(((("author", "born"),),))}), "authors has no field 'born'"),
        (replace(BOOK, aliases={"by": ("author", "born")}), "authors has no field 'born'"),
        (replace(BOOK, aliases={"by": ("title", "name")}), "books has no reference 'title'"),
        (replace(BOOK, aliases={"by": ()}), "the path is empty"),
        (replace(BOOK, aliases={"isbn": ("title",)}), "the alias 'isbn' already is a column"),
    ],
)
def test_what_an_entity_names_must_exist(book: Entity, says: str) -> None:
    """Each attribute of an entity that names a field or a path is looked into."""
    with pytest.raises(TypeError) as refused:
        checked(library(book=book))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (Column("x", ("year",)), "books has no field 'year'"),
        (Column("x", ("author", "born")), "authors has no field 'born'"),
        (Column("x", ("isbn",)), "'isbn' cannot be edited"),
        (Column("x", ("id",)), "'id' cannot be edited"),
        (Column("x", (), Role.CONTEXT), "the path is empty"),
        (Column("x", ("title",), Role.COMPUTED), "it is computed and has a path"),
        (Column("x", (), Role.COMPUTED, Joined((("author", "born"),))), "authors has no field 'born'"),
        (Column("x", (), Role.COMPUTED, Total("loans", "book", "days")), "'loans' is no entity"),
        (Column("x", (), Role.COMPUTED, Total("books", "author", "isbn")), "books.author is no reference to books"),
    ],
)
def test_columns_of_views_lead_somewhere(column: Column, says: str) -> None:
    """A column must have a path to a field, to an editable one if it is editable, and none if it is computed."""
    with pytest.raises(TypeError) as refused:
        checked(library(view(column)))
    assert says in str(refused.value)


def test_names_must_be_unique() -> None:
    """Two views or columns of one name, or two views with one envelope, could not be told apart."""
    title = Column("title", ("title",))
    with pytest.raises(TypeError) as refused:
        checked(library(view(title, title), view(title)))
    for says in ("column 'title' twice", "two views are called 'shelf'", "say that they are 'shelf'"):
        assert says in str(refused.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """One refusal lists all problems."""
    with pytest.raises(TypeError, match=r"'year'.*'place'|'place'.*'year'"):
        checked(library(book=replace(BOOK, keys=(("year",),), label="{place}")))


def test_references_and_views_need_their_entities() -> None:
    """A reference to a table that is no entity is refused, and so is a view of one."""
    with pytest.raises(TypeError, match="refers to 'authors', which is no entity"):
        checked(library(author=None))
    with pytest.raises(TypeError, match="is of 'films', which is no entity"):
        checked(library(view(entity="films")))


def test_rows_need_a_primary_key() -> None:
    """The engine writes rows by it, so a table without one is refused."""
    table = sa.Table("loans", sa.MetaData(), sa.Column("code", sa.String(9)))
    loans = declaring.entity(table, keys=(("code",),))
    with pytest.raises(TypeError, match="loans: the table has no primary key"):
        checked(Catalog("library", table.metadata, {"loans": loans}))


def test_dead_end_follows_references() -> None:
    """A path is good from the entity where its first step is, and from no other."""
    catalog = library()
    assert dead_end(catalog, "books", ("author", "name")) is None
    assert dead_end(catalog, "authors", ("author", "name")) == "authors has no reference 'author'"


def test_computed_columns_count_fields_of_rows_that_refer_here() -> None:
    """What is summed or looked for last must be a field of the other entity."""
    good = view(Column("x", (), Role.COMPUTED, Latest("books", "author", "title", "isbn")), entity="authors")
    checked(library(good))
    bad = view(Column("x", (), Role.COMPUTED, Latest("books", "author", "title", "printed")), entity="authors")
    with pytest.raises(TypeError, match="books has no field 'printed'"):
        checked(library(bad))


@pytest.mark.parametrize(
    ("name", "nested", "says"),
    [
        ("works", Nested("films", "author"), "'films' is no entity"),
        ("works", Nested("books", "title"), "books.title is no reference to authors"),
        ("name", Nested("books", "author"), "it already is a column"),
        ("works", Nested("books", "author", numbered="isbn"), "'isbn' is in no key of books with 'author'"),
    ],
)
def test_nested_records_refer_to_what_holds_them(name: str, nested: Nested, says: str) -> None:
    """A record around others is one that their entity refers to, under a name that is free."""
    with pytest.raises(TypeError) as refused:
        checked(library(author=replace(AUTHOR, nested={name: nested})))
    assert f"authors nests '{name}': {says}" in str(refused.value)


def test_nesting_goes_one_level_deep() -> None:
    """A second level would be passed over in silence."""
    author = replace(AUTHOR, nested={"works": Nested("books", "author", numbered="title")})
    checked(library(author=author))
    book = replace(BOOK, nested={"parts": Nested("books", "author")})
    with pytest.raises(TypeError, match="nesting goes one level deep"):
        checked(library(author=author, book=book))


def test_a_group_can_be_left_out() -> None:
    """Nothing outside of a group may need it; what is always exported may be needed by all."""
    needed = replace(BOOK.fields["author"], required=True)
    book = replace(BOOK, fields={**BOOK.fields, "author": needed}, group="loans")
    checked(library(book=book))
    with pytest.raises(TypeError, match="books of the group 'loans' needs author of the group 'people'"):
        checked(library(book=book, author=replace(AUTHOR, group="people")))
    checked(library(book=replace(BOOK, group="loans"), author=replace(AUTHOR, group="people")))


_SECRET = declaring.hidden(BOOK.fields["isbn"], "books")


@pytest.mark.parametrize(
    ("book", "says"),
    [
        (replace(BOOK, keys=(("isbn",),)), "it is part of a key"),
        (replace(BOOK, label="{isbn}"), "people see rows by it"),
        (replace(BOOK, title="isbn"), "people see rows by it"),
        (replace(BOOK, alternates=("isbn",)), "people call rows by it"),
        (replace(BOOK, likeness=("isbn",)), "rows are found to be alike by it"),
        (replace(BOOK, outliers=(Outlier("isbn", "author", "title"),)), "numbers are compared with it"),
        (replace(BOOK, derived={"title": Derivation(((("isbn",),),))}), "keys cannot be derived: isbn is sensitive"),
    ],
)
def test_what_has_to_be_seen_cannot_be_sensitive(book: Entity, says: str) -> None:
    """A catalog is refused in which a sensitive field is shown, or compared other than for being the same."""
    checked(library(book=replace(BOOK, fields={**BOOK.fields, "isbn": _SECRET})))
    with pytest.raises(TypeError) as refused:
        checked(library(book=replace(book, fields={**BOOK.fields, "isbn": _SECRET})))
    assert says in str(refused.value)


def test_a_view_neither_joins_nor_adds_up_what_is_sensitive() -> None:
    """Such a column would show the values of a field that is shown to nobody."""
    secret = replace(BOOK, fields={**BOOK.fields, "isbn": _SECRET})
    with pytest.raises(TypeError, match="isbn is sensitive"):
        checked(library(view(Column("x", (), Role.COMPUTED, Joined((("isbn",),)))), book=secret))


def test_a_reference_cannot_be_sensitive() -> None:
    """It names another row, as it does in every changeset."""
    with pytest.raises(TypeError, match="which cannot be sensitive"):
        declaring.hidden(BOOK.fields["author"], "books")

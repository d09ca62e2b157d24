"""Records within records are sections of their own, and each names the record around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bake.catalog import declaring
from bake.catalog.bakery import BAKERY
from bake.catalog.entity import Nested
from bake.catalog.model import Catalog
from bake.errors import InvalidSource
from bake.sources.detect import recognise
from bake.sources.json.json_reader import Cursor
from bake.sources.model import Position, SourceFile
from bake.sources.texts.text import text_of

METADATA = sa.MetaData()
SHELVES = sa.Table(
    "shelves",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", sa.String(20)),
    sa.Column("name", sa.String(20)),
)
BOOKS = sa.Table(
    "books",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("title", sa.String(20)),
    sa.Column("copy", sa.Integer),
    sa.Column("price", sa.Numeric(10, 4)),
    sa.Column("shelf_id", sa.ForeignKey("shelves.id")),
)
CATALOG = Catalog(
    "library",
    METADATA,
    {
        "shelves": declaring.entity(
            SHELVES, keys=(("code",),), alternates=("name",), nested={"books": Nested("books", "shelf", "copy")}
        ),
        "books": declaring.entity(BOOKS, keys=(("shelf", "title", "copy"),)),
    },
)
DOCUMENT = """{
  "shelves": [
    {"code": "a", "name": "Fiction", "books": [{"title": "Emma"},
      {"title": "Persuasion", "shelf_name": "Poetry"}]},
    {"code": "b", "books": null},
    {"name": "Poems", "id": 7, "books": [{"title": "Emma"}]}
  ],
  "films": [{"x": 1}],
  "books": [{"title": "Loose"}]
}"""

Read = Callable[[str], SourceFile]


@pytest.fixture
def read() -> Read:
    """Recognise a text that came as `in.json`."""
    return lambda text: recognise(text_of(Path("in.json"), text.encode()), CATALOG)


def nested(source: SourceFile) -> list[dict[str, Any]]:
    """The records of the section of nested ones."""
    (section,) = [section for section in source.sections if "/" in section.name]
    return [record.value for record in source.records(section)]


def test_nested_records_come_after_all_others(read: Read) -> None:
    """They are a section of their own entity, numbered on from the end of the document's own arrays."""
    source = read(DOCUMENT)
    sections = [(s.name, s.first, s.records, s.view and s.view.entity) for s in source.sections]
    assert sections == [
        ("shelves", 0, 3, "shelves"),
        ("films", 3, 1, None),
        ("books", 4, 1, "books"),
        ("shelves/books", 5, 3, "books"),
    ]
    assert source.size == 8
    assert [record.number for record in source.records(source.sections[3])] == [5, 6, 7]


def test_each_names_the_record_around_it(read: Read) -> None:
    """By its key; by the names that people give it only where it has no key; and never by what the item says."""
    shelves = [record["shelf"] for record in nested(read(DOCUMENT))]
    assert shelves == [{"code": "a"}, {"code": "a"}, {"id": 7, "name": "Poems"}]
    assert list(nested(read(DOCUMENT))[1])[-1] == "shelf"


def test_locations_lead_into_the_list(read: Read) -> None:
    """A nested record stands where it stands, and so does each part of it; the others stand where they did."""
    source = read(DOCUMENT)
    assert str(source.locate(5)) == "in.json:3:48 (/shelves/0/books/0)"
    assert str(source.locate(6, "title")).startswith("in.json:4:")
    assert source.locate(6, "title").pointer == "/shelves/0/books/1/title"
    assert source.locate(7).pointer == "/shelves/2/books/0"
    assert source.locate(4).pointer == "/books/0"


def test_items_carry_their_position_in_the_list(read: Read) -> None:
    """Where a number tells equal items apart, one that nobody wrote is a position; a number that is given is kept."""
    source = read(
        """{"shelves": [
        {"code": "a", "books": [{"title": "Emma", "price": 1}, {"title": "Ivanhoe"}, {"title": "Emma", "price": 2}]},
        {"code": "b", "books": [{"title": "Emma", "copy": 4}, {"title": "Emma"}, {"title": "Emma", "copy": "x"}]}
        ]}"""
    )
    copies = [record["copy"] for record in nested(source)]
    assert copies == [1, 2, 3, 4, 2, "x"]
    assert [isinstance(copy, Position) for copy in copies] == [True, True, True, False, True, False]


def test_an_entitys_own_file_may_nest_too(read: Read) -> None:
    """The envelope of one entity gives its nested records as well."""
    source = read('{"entity_type": "shelves", "records": [{"code": "a", "books": [{"title": "Emma"}]}]}')
    assert [section.name for section in source.sections] == ["records", "shelves/books"]
    assert nested(source) == [{"title": "Emma", "copy": 1, "shelf": {"code": "a"}}]
    assert source.locate(1).pointer == "/records/0/books/0"


def test_without_nested_records_nothing_is_added(read: Read) -> None:
    """A list that is empty is a section without records: it may lack some."""
    source = read('{"shelves": [{"code": "a", "books": null}, {"code": "b"}]}')
    assert [section.name for section in source.sections] == ["shelves"]
    source = read('{"shelves": [{"code": "a", "books": []}, {"code": "b"}]}')
    assert [(section.name, section.records) for section in source.sections] == [("shelves", 2), ("shelves/books", 0)]


def test_what_is_no_list_of_objects_is_refused_in_one_pass(read: Read) -> None:
    """One error names every list that is none and every item that is no object."""
    with pytest.raises(InvalidSource, match="2 lists or items within records cannot be read") as caught:
        read('{"shelves": [{"books": {"title": "Emma"}},\n{"books": [{}, 7]}]}')
    problems = [str(problem) for problem in caught.value.problems]
    assert any("books is an object; expected a list" in problem for problem in problems)
    assert [problem.location.pointer for problem in caught.value.problems if problem.location] == [
        "/shelves/0/books",
        "/shelves/1/books/1",
    ]
    with pytest.raises(InvalidSource, match="books is text; expected a list"):
        read('{"shelves": [{"books": "Emma"}]}')


def test_nested_records_are_located_however_many_there_are(read: Read) -> None:
    """Records around without any, with some, and with many: each nested one is found in its own."""
    sizes = [(n * n) % 5 for n in range(700)]
    shelves = [{"code": str(n), "books": [{"title": f"{n}-{m}"} for m in range(size)]} for n, size in enumerate(sizes)]
    source = read(json.dumps({"shelves": shelves}))
    pointers = [f"/shelves/{n}/books/{m}" for n, size in enumerate(sizes) for m in range(size)]
    assert [source.locate(700 + n).pointer for n in range(len(pointers))] == pointers
    assert [f"/shelves/{t.replace('-', '/books/')}" for t in (r["title"] for r in nested(source))] == pointers


def test_all_items_of_one_list_are_located_by_reading_it_once(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """To locate each of 400 items of one record's list reads as many values as the list has, and not 400 lists."""
    books = [{"title": f"Book {n}"} for n in range(400)]
    source = read(json.dumps({"shelves": [{"code": "a", "books": books}]}))
    values: list[int] = []
    plain = Cursor.value

    def counted(cursor: Cursor) -> Any:
        values.append(1)
        return plain(cursor)

    monkeypatch.setattr(Cursor, "value", counted)
    located = [source.locate(1 + n) for n in range(len(books))]
    assert [location.pointer for location in located] == [f"/shelves/0/books/{n}" for n in range(len(books))]
    assert len({str(location) for location in located}) == len(books)
    assert len(values) < 2 * len(books)


def test_a_single_record_with_its_lines() -> None:
    """As an assistant answers that was asked for one recipe: its list is no document of ingredients."""
    text = '{"name": "Scones", "ingredients": [{"ingredient": "Eggs", "quantity": 2, "unit": "each"}]}'
    source = recognise(text_of(Path("in.json"), text.encode()), BAKERY, "recipes")
    recipes, lines = source.sections
    assert [record.value["name"] for record in source.records(recipes)] == ["Scones"]
    assert [record.value["quantity"] for record in source.records(lines)] == [2]

"""A document of several entities gives a section for each list of records, in its own order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bake.errors import InvalidSource
from bake.sources.model import SourceFile

Read = Callable[[str], SourceFile]
DOCUMENT = """{
  "version": "4.2",
  "films": [{"a": 1}, {"a": 2}],
  "books": [{"title": "Emma"}],
  "empty": [],
  "authors": [],
  "tags": ["x", 1],
  "a/b": [{}],
  "export_id": "e1"
}"""


def test_sections_come_in_the_order_of_the_document(read: Read) -> None:
    """Known entities have a view, unknown lists of objects have none, and the numbering runs through all of them."""
    source = read(DOCUMENT)
    sections = [(s.name, s.first, s.records, s.view and s.view.name, s.pointer) for s in source.sections]
    assert sections == [
        ("films", 0, 2, None, "/films"),
        ("books", 2, 1, "books", "/books"),
        ("authors", 3, 0, "authors", "/authors"),
        ("a/b", 3, 1, None, "/a~1b"),
    ]
    assert (source.kind, source.view, source.export_id, source.size) == ("document", None, "e1", 4)


def test_what_holds_no_records_is_reported(read: Read) -> None:
    """Scalars, lists of scalars and empty lists of unknown names are named, not dropped."""
    reported = [(part.name, part.what, part.location.line) for part in read(DOCUMENT).ignored]
    assert reported == [("version", "text", 2), ("empty", "an empty list", 5), ("tags", "a list of 2 items", 7)]


def test_an_entity_that_is_no_list_is_refused(read: Read) -> None:
    """Rows keyed by name would be lost otherwise; null says that there are none."""
    with pytest.raises(InvalidSource, match="authors is an object; expected a list") as caught:
        read('{"books": [],\n"authors": {"Austen": {}}}')
    assert str(caught.value.location) == "in.json:2:1 (/authors)"
    assert [section.name for section in read('{"books": [], "authors": null}').sections] == ["books"]


def test_records_that_are_no_objects_are_reported_across_entities(read: Read) -> None:
    """One error names those of every entity."""
    with pytest.raises(InvalidSource, match="2 records are not objects") as caught:
        read('{"books": ["Emma"],\n"authors": [{},\n7]}')
    places = [str(problem.location) for problem in caught.value.problems]
    assert places == ["in.json:1:12 (/books/0)", "in.json:3:1 (/authors/1)"]


def test_one_record_that_is_no_object_is_said_in_the_singular(read: Read) -> None:
    """The message counts."""
    with pytest.raises(InvalidSource, match="a record is not an object"):
        read('{"books": ["Emma"]}')

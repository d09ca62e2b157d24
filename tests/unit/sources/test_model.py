"""Records have one numbering through the whole source, and a number leads back to its place."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bake.sources.model import Record, SourceFile

DOCUMENT = """{
  "authors": [],
  "books": [
    {"title": "Emma", "price": 6.9900},
    {"title": "Persuasion",
     "price": null}
  ],
  "films": [],
  "plays": [
    {"title": "Hamlet"}]
}"""


@pytest.fixture
def source(read: Callable[[str], SourceFile]) -> SourceFile:
    """Two books and a play, with empty sections before and between them."""
    return read(DOCUMENT)


def test_records_are_numbered_through_all_sections(source: SourceFile) -> None:
    """A section's records begin where those before it ended, and reading again begins again."""
    authors, books, plays = source.sections
    assert list(source.records(authors)) == []
    expected = [
        Record(0, {"title": "Emma", "price": Decimal("6.9900")}),
        Record(1, {"title": "Persuasion", "price": None}),
    ]
    assert list(source.records(books)) == expected
    assert list(source.records(books)) == expected
    assert list(source.records(plays)) == [Record(2, {"title": "Hamlet"})]


def test_a_number_leads_to_its_section_and_place(source: SourceFile) -> None:
    """Empty sections own no number; a field is located on its own line."""
    assert [source.section_of(number).name for number in range(3)] == ["books", "books", "plays"]
    assert str(source.locate(0)) == "in.json:4:5 (/books/0)"
    assert str(source.locate(1, "price")) == "in.json:6:6 (/books/1/price)"
    assert str(source.locate(2)) == "in.json:10:5 (/plays/0)"


@pytest.mark.parametrize("number", [-1, 3])
def test_there_are_no_other_numbers(source: SourceFile, number: int) -> None:
    """A number that no record has is a mistake in the program, not a place."""
    with pytest.raises(IndexError, match="has no record"):
        source.locate(number)


def test_a_record_cannot_be_given_another_number(source: SourceFile) -> None:
    """Records are values."""
    record = next(source.records(source.sections[1]))
    with pytest.raises(AttributeError, match="immutable"):
        record.number = 5  # type: ignore[misc]

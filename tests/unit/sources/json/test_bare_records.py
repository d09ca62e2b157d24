"""Records that do not say what they are: somebody does, and the list that holds them is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bake.catalog.bakery import BAKERY
from bake.catalog.model import Catalog
from bake.errors import InvalidSource, UsageError
from bake.sources.detect import recognise
from bake.sources.model import SourceFile
from bake.sources.texts.text import text_of


def read(catalog: Catalog, text: str, view: str | None = "books") -> SourceFile:
    """Recognise a text."""
    return recognise(text_of(Path("in.json"), text.encode()), catalog, view)


@pytest.mark.parametrize("name", ["records", "data", "items"])
def test_the_only_list_holds_the_records(catalog: Catalog, name: str) -> None:
    """Whatever it is called; any name but `records` is noticed, and so is what stands beside it."""
    source = read(catalog, f'{{"{name}": [{{"title": "Emma"}}], "next": null}}')
    assert [record.value for record in source.records(source.sections[0])] == [{"title": "Emma"}]
    assert [remark.code for remark in source.notices] == ([] if name == "records" else ["embedded"])
    assert [ignored.name for ignored in source.ignored] == ["next"]
    assert str(source.locate(0).pointer) == f"/{name}/0"


def test_an_empty_list_holds_no_records(catalog: Catalog) -> None:
    """An answer that found nothing is no error."""
    assert read(catalog, '{"data": []}').size == 0


@pytest.mark.parametrize("text", ['{"data": [{}]}', '{"data": [{}], "more": [{}]}', '{"data": [1]}'])
def test_no_list_is_taken_by_guess(catalog: Catalog, text: str) -> None:
    """Not if nobody said what the records are, of several lists none, and none of other things."""
    with pytest.raises(InvalidSource, match="not a form of source"):
        read(catalog, text, view=None if text == '{"data": [{}]}' else "books")


def test_a_list_within_a_single_record_is_none(catalog: Catalog) -> None:
    """A document that has the columns of a record is one."""
    source = read(catalog, '{"title": ["Emma"], "price": 5}')
    assert [record.value for record in source.records(source.sections[0])] == [{"title": ["Emma"], "price": 5}]


def test_a_list_called_as_its_entity_holds_records_of_a_view() -> None:
    """If somebody names the view, and the records have the names of its columns; else it is another form."""
    answer = '{"products": [{"product_slug": "eggs", "notes": "n"}], "sources": ["a.example"]}'
    source = read(BAKERY, answer, "products")
    assert (source.view, source.size, [one.name for one in source.ignored]) == ("products", 1, ["sources"])
    with pytest.raises(UsageError, match="says itself what its records are"):
        read(BAKERY, answer.replace("product_slug", "slug"), "products")

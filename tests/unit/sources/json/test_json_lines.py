"""JSON Lines: one record a line, each where its line is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.model import Catalog
from bake.errors import InvalidSource
from bake.sources.detect import recognise
from bake.sources.json.json_lines import as_list, has_lines
from bake.sources.model import SourceFile
from bake.sources.texts.text import text_of


def read(catalog: Catalog, text: str, view: str | None = "books", block: int = 1000) -> SourceFile:
    """Recognise a text."""
    return recognise(text_of(Path("in.jsonl"), text.encode(), block), catalog, view)


def records(source: SourceFile) -> list[dict[str, object]]:
    """All records."""
    return [record.value for record in source.records(source.sections[0])]


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "Emma"}\n{"title": "Persuasion"}\n',
        '{"title": "Emma"}\r\n{"title": "Persuasion"}',
        '\ufeff\n\n{"title": "Emma"}\n\n \n{"title": "Persuasion"}  \n\n',
    ],
)
def test_each_line_is_a_record(catalog: Catalog, text: str) -> None:
    """With any line ends and blank lines; the digest is that of the file."""
    source = read(catalog, text)
    assert records(source) == [{"title": "Emma"}, {"title": "Persuasion"}]
    lines = text.replace("\ufeff", "").split("\n")
    for number, title in enumerate(("Emma", "Persuasion")):
        place = source.locate(number, "title")
        assert place.line is not None
        assert place.column is not None
        assert lines[place.line - 1][place.column - 1 :].startswith('"title"')
        assert title in lines[place.line - 1]
    assert source.sha256 == text_of(Path("x"), text.encode()).sha256


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5) | st.integers()), min_size=2, max_size=6),
    st.integers(4, 50),
)
def test_lines_are_what_the_list_of_them_is(rows: list[dict[str, object]], block: int) -> None:
    """For any records and any size of the blocks in which they are read."""
    text = text_of(Path("x"), "".join(f"{json.dumps(row)}\n" for row in rows).encode(), block)
    assert has_lines(text)
    listed = as_list(text)
    assert json.loads(listed.read(0, 100_000)) == rows


@pytest.mark.parametrize(
    "text", ['{"books": [\n{"title": "a"}\n]}', '{"books": []}\n', '{\n"books": []}', "[\n{}\n]", "a\nb"]
)
def test_other_texts_are_not_lines(text: str) -> None:
    """JSON in one or several lines, a list, a sheet."""
    assert not has_lines(text_of(Path("x"), text.encode()))


def test_a_single_line(catalog: Catalog) -> None:
    """An object with columns of the view that is named is its only record."""
    assert records(read(catalog, '{"title": "Emma", "price": 5}\n')) == [{"title": "Emma", "price": 5}]
    with pytest.raises(InvalidSource, match="not a form of source"):
        read(catalog, '{"title": "Emma"}\n', None)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ('{"title": "Emma"}\n{"title": "Persu', "in.jsonl:2:11 (/1)", "ends in the middle"),
        ('{"title": "Emma"}\n{"title": "Persuasion",}\n', "in.jsonl:2:24", "not JSON"),
        ('{"title": "Emma"}\n{"title": "a"} {"title": "b"}\n', "in.jsonl:2:16", "not JSON"),
        ('{"title": "Emma"}\n{"title": NaN}\n', "in.jsonl:2:11 (/1)", "NaN is not a JSON number"),
        ('{"format": "bake.changeset/1"}\n{"type": "built"}\n', "in.jsonl:1:1", "a changeset, and no source"),
    ],
)
def test_bad_lines(catalog: Catalog, text: str, place: str, says: str) -> None:
    """A line that is no JSON is refused where it is; a changeset is told what it is for."""
    with pytest.raises(InvalidSource, match=says) as caught:
        records(read(catalog, text))
    assert str(caught.value.location).startswith(place)
    assert caught.value.hint

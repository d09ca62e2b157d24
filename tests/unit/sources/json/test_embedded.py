"""Sources within a Markdown fence, or with prose around them: found, read, and located where they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.declaring import entity
from bake.catalog.model import Catalog
from bake.errors import InvalidSource
from bake.sources.detect import recognise
from bake.sources.model import SourceFile
from bake.sources.texts.text import text_of

_SHELVES = sa.MetaData()
_BOOKS = sa.Table("books", _SHELVES, sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.String(20)))
LIBRARY = Catalog("library", _SHELVES, {"books": entity(_BOOKS, keys=(("title",),))})
SHELF = '{"export_type": "denormalized_view", "view_name": "shelf_complete", "records": [{"title": "Emma"}]}'
BOOKS = '{"books": [\n  {"title": "Emma"},\n  {"title": "Persuasion"}\n]}'
LIST = '[\n{"title": "Emma"},\n{"title": "Sanditon"}]'
SHEET = "title,price\nEmma,5\nSanditon,6\n"


def opened(text: str, catalog: Catalog, view: str | None = None, block: int = 4096) -> SourceFile:
    """A text as a source."""
    return recognise(text_of(Path("in.txt"), text.encode(), block), catalog, view)


def titles(source: SourceFile) -> list[object]:
    """The titles of all its records."""
    return [r.value["title"] for section in source.sections for r in source.records(section)]


@pytest.mark.parametrize("block", [4, 7, 4096])
@pytest.mark.parametrize(
    ("text", "view", "line"),
    [
        (f"```json\n{BOOKS}\n```\n", None, 3),
        (f"~~~\n{BOOKS}\n~~~", None, 3),
        (f"Here you are — “books”:\n\n```json\n{BOOKS}\n```\n\nLet me know!\n", None, 5),
        (f"  ```\r\n{BOOKS}\r\n  ```\r\n", None, 3),
        (f"```json\n{BOOKS}\n", None, 3),
        (f"Here you are:\n\n{BOOKS}\n\nI left {{one}} out [sic].\n", None, 4),
        (f"{BOOKS}\n\nThat is all.", None, 2),
        (f"```json\n{LIST}\n```", "books", 3),
        (f"The books:\n{LIST}\nThat is all.", "books", 3),
        (f"```csv\n{SHEET}```\n", "books", 3),
        (f"The sheet:\n\n```\n{SHEET}```\n", "books", 5),
    ],
    ids=[
        "fence",
        "tildes",
        "prose-and-fence",
        "indented",
        "not-closed",
        "prose",
        "prose-after",
        "list-in-fence",
        "list-in-prose",
        "sheet-in-fence",
        "sheet-in-fence-in-prose",
    ],
)
def test_what_stands_in_other_text_is_read(
    text: str, view: str | None, line: int, block: int, catalog: Catalog
) -> None:
    """All records are there, on the lines of the file, and a remark says that something was around them."""
    source = opened(text, catalog, view, block)
    assert titles(source)[0] == "Emma"
    assert source.size == 2
    assert source.locate(0).line == line
    [remark] = source.notices
    assert (remark.code, "taken out of the text around it" in remark.message) == ("embedded", True)


def test_the_digest_is_that_of_the_whole_file(catalog: Catalog) -> None:
    """So that the file is known again."""
    text = f"```json\n{BOOKS}\n```\n"
    assert opened(text, catalog).sha256 == text_of(Path("in.txt"), text.encode()).sha256


def test_the_only_source_of_several_blocks_is_taken(catalog: Catalog) -> None:
    """The remark names the others."""
    source = opened(f"```sh\nbake import x\n```\n\n```json\n{SHELF}\n```\n", catalog)
    assert (source.view, titles(source)) == ("shelf", ["Emma"])
    assert "line 6" in source.notices[0].message
    assert "no source: what begins on line 2" in source.notices[0].message


@pytest.mark.parametrize("broken", ['{"books": [{"title": "Emma"},]}', '{"books": 3}'])
def test_a_block_that_was_meant_to_be_read_is_not_left_out(broken: str, catalog: Catalog) -> None:
    """Of two answers in one file, one cannot be read: nothing is taken of the other one, and the place is named."""
    for blocks, line in ((f"```json\n{broken}\n```\n\n```json\n{SHELF}\n```\n", 2), (f"{SHELF}\n\n{broken}\n", 3)):
        with pytest.raises(InvalidSource) as caught:
            opened(f"Here you are:\n\n{blocks}", catalog)
        assert caught.value.location is not None
        assert (caught.value.location.line or 0) >= line + 2


def test_several_sources_are_not_chosen_from(catalog: Catalog) -> None:
    """Each is named with its line."""
    with pytest.raises(InvalidSource, match="2 blocks of the file are sources") as caught:
        opened(f"```json\n{SHELF}\n```\n\n```json\n{BOOKS}\n```\n", catalog)
    assert [str(p.location) for p in caught.value.problems] == ["in.txt:2:1", "in.txt:6:1"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('```json\n{"books": [{"title": }]}\n```\n', "in.txt:2:22"),
        ('Hello:\n{"books": [\n{"title": "Emma"},\n{"title": "San', "in.txt:4:11"),
        ('```json\n{"books": [\n{"title": "Emma"},\n```\n', "in.txt:4:1"),
    ],
    ids=["broken", "cut-off", "cut-off-in-fence"],
)
def test_what_is_broken_within_is_located_in_the_file(text: str, where: str, catalog: Catalog) -> None:
    """And no part of it is taken for a source."""
    with pytest.raises(InvalidSource) as caught:
        opened(text, catalog)
    assert str(caught.value.location).startswith(where)


def test_a_torn_file_is_not_searched_for_smaller_sources(catalog: Catalog) -> None:
    """What stands in a record looks like a document here; it is none."""
    with pytest.raises(InvalidSource, match="ends in the middle"):
        opened('{"shelves": [\n{"books": [{"title": "Emma"}]},\n{"books": [{"title"', catalog)


@pytest.mark.parametrize("text", ["Dear Ada,\n\nno books today.\n", "```\n```\n", "[1] is a footnote.\n", "# Title\n"])
def test_text_without_a_source_is_none(text: str, catalog: Catalog) -> None:
    """As before: a located error."""
    with pytest.raises(InvalidSource) as caught:
        opened(text, catalog)
    assert caught.value.location is not None


def test_a_text_of_very_many_blocks_is_refused(catalog: Catalog) -> None:
    """They are not all read."""
    with pytest.raises(InvalidSource, match="more than 50 blocks"):
        opened("```\nx\n```\n" * 2000, catalog)


@pytest.mark.parametrize("text", [LIST, f'{{"records": {LIST}}}', f'{{"record_count": 2, "records": {LIST}}}'])
def test_records_alone_are_of_the_view_that_is_named(text: str, catalog: Catalog) -> None:
    """A list, or an object with `records`; locations point into it."""
    source = opened(text, catalog, "books")
    assert (source.view, source.kind, titles(source)) == ("books", "records", ["Emma", "Sanditon"])
    assert (source.locate(1, "title").line, source.notices) == (3, ())


def test_records_alone_say_that_a_view_has_to_be_named(catalog: Catalog) -> None:
    """And which there are."""
    for text in (LIST, f'{{"records": {LIST}}}'):
        with pytest.raises(InvalidSource, match="does not say what its records are") as caught:
            opened(text, catalog)
        assert "--view NAME" in str(caught.value.hint)


def test_an_item_that_is_no_object_is_located(catalog: Catalog) -> None:
    """In a list alone, too."""
    with pytest.raises(InvalidSource, match="a record is not an object") as caught:
        opened('[{"title": "Emma"},\n 5]', catalog, "books")
    assert str(caught.value.location) == "in.txt:2:2 (/1)"


_PROSE = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n`~{[\0")), max_size=4)


@given(
    _PROSE,
    _PROSE,
    st.lists(st.text(st.characters(codec="utf-8"), max_size=9), min_size=1, max_size=5),
    st.sampled_from(["```json", "~~~~", None]),
    st.integers(4, 40),
)
def test_whatever_stands_around_it_the_records_are_the_same(
    before: list[str], after: list[str], names: list[str], fence: str | None, block: int
) -> None:
    """Prose, a fence or both change nothing but the lines."""
    document = json.dumps({"books": [{"title": name} for name in names]}, indent=1, ensure_ascii=False)
    fenced = f"{fence}\n{document}\n{fence.rstrip('json')}" if fence else document
    text = "\n".join(["Here:", *before, fenced, "Done.", *after])
    source = opened(text, LIBRARY, block=block)
    assert titles(source) == names
    plain = opened(document, LIBRARY)
    first = len(before) + 1 + bool(fence)
    lines = [(source.locate(n).line, plain.locate(n).line) for n in range(len(names))]
    assert all(here == (there or 0) + first for here, there in lines)


TABLE = "| title | price |\n|:------|------:|\n| **Emma** | 5 |\n| A \\| `B` | |\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TABLE, 1),
        (f"The books:\n\n{TABLE}\nLet me know!", 3),
        (f"```markdown\n{TABLE}```\n", 2),
        (f"```sh\nls\n```\n\n{TABLE}", 5),
        (f"Use `a|b`.\n{TABLE}".replace("| title | price |", "title | price").replace("|:------|------:|", "--|--"), 2),
    ],
    ids=["alone", "in-prose", "in-a-fence", "after-a-fence", "without-outer-bars"],
)
def test_tables_of_markdown_are_sheets(text: str, line: int) -> None:
    """Without the line below the header and marks around cells; on the lines where they stand; the rest is left out."""
    source = opened(text, LIBRARY, "books")
    assert titles(source) == ["Emma", "A | `B`"]
    assert source.locate(0, "title").line == line + 2
    assert [remark.code for remark in source.notices] == ["embedded"]


@pytest.mark.parametrize("before", ["", "The books:\n\n"], ids=["alone", "in-prose"])
def test_a_table_may_lack_the_line_below_its_header(before: str) -> None:
    """Where all of its lines begin with a bar, as assistants write them."""
    source = opened(before + TABLE.replace("|:------|------:|\n", ""), LIBRARY, "books")
    assert titles(source) == ["Emma", "A | `B`"]
    assert source.locate(0, "title").line == before.count("\n") + 2


def test_several_tables_are_asked_about() -> None:
    """Which of them is meant would be a guess."""
    with pytest.raises(InvalidSource, match="2 blocks of the file are sources"):
        opened(f"{TABLE}\nAnd:\n\n{TABLE}", LIBRARY, "books")


def test_a_table_of_too_many_cells_is_refused() -> None:
    """Before it takes the memory for them."""
    with pytest.raises(InvalidSource, match="more than 16,384 cells"):
        opened("|" * 20_000 + "\n" + "-|" * 20_000 + "\n", LIBRARY, "books")

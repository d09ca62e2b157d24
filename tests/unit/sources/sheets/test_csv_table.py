"""Sheets: recognised, matched by column names, typed, located; what is wrong with them is said at once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bake.catalog.model import Catalog
from bake.errors import InvalidSource, UsageError
from bake.sources.detect import recognise
from bake.sources.model import SourceFile
from bake.sources.texts.text import text_of


def read(catalog: Catalog, text: str, view: str | None = None, name: str = "in.csv") -> SourceFile:
    """Recognise a text."""
    return recognise(text_of(Path(name), text.encode()), catalog, view)


def records(source: SourceFile) -> list[dict[str, object]]:
    """All records."""
    return [record.value for record in source.records(source.sections[0])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_matched_by_name(catalog: Catalog, delimiter: str) -> None:
    """By whatever they are separated, in any case, with spaces or underscores; unknown ones stay as they are."""
    text = delimiter.join(["TITLE", " Author  Name ", "Price", "Shelf"]) + "\r\n"
    text += delimiter.join(["Emma", "Austen", "6.990", "A"]) + "\r\n"
    source = read(catalog, text, "books")
    assert records(source) == [{"title": "Emma", "author_name": "Austen", "price": Decimal("6.99"), "Shelf": "A"}]
    assert (source.kind, source.view, source.export_id, source.size) == ("csv", "books", None, 1)


def test_blank_cells_and_rows_say_nothing(catalog: Catalog) -> None:
    """An empty cell leaves its column out, a row of empty cells is no record; an apostrophe alone is empty text."""
    source = read(catalog, "title,price\nEmma,\n,\n\n , \n',5\n", "books")
    assert records(source) == [{"title": "Emma"}, {"title": "", "price": 5}]


def test_it_says_which_export_it_is(catalog: Catalog) -> None:
    """The last column of an exported sheet names the view in its header and the export in its cells."""
    source = read(catalog, "\ufefftitle;export_id:shelf_complete\nEmma;\nPersuasion;e-1\n")
    assert (source.view, source.export_id) == ("shelf", "e-1")
    assert [record["title"] for record in records(source)] == ["Emma", "Persuasion"]


def test_a_blank_cell_of_a_record_that_was_exported_is_null(catalog: Catalog) -> None:
    """Whether it carries the id of its export, its base or both; a record that was added has neither."""
    source = read(catalog, "title,price,export_id:shelf_complete,_base\nEmma,,e-1,\nPersuasion,,,b1\nNew,,,\n")
    assert [record.get("price", "says nothing") for record in records(source)] == [None, None, "says nothing"]


def test_a_file_keeps_its_word_about_its_view(catalog: Catalog) -> None:
    """Another view than the file says is refused, and so is an unknown one; the same one may be named."""
    text = "title,export_id:shelf_complete\nEmma,e-1\n"
    assert read(catalog, text, "shelf").view == "shelf"
    with pytest.raises(UsageError, match="says itself"):
        read(catalog, text, "books")
    with pytest.raises(UsageError, match="says itself"):
        read(catalog, '{"books": []}', "shelf")
    with pytest.raises(UsageError) as caught:
        read(catalog, text, "shelves")
    assert "Did you mean shelf?" in str(caught.value.hint)


def test_a_sheet_made_elsewhere_needs_its_view(catalog: Catalog) -> None:
    """A header of known columns is seen as a sheet, whatever the file is called; its view has to be named."""
    for name in ("in.csv", "in.txt"):
        with pytest.raises(InvalidSource, match="does not say what its rows are") as caught:
            read(catalog, "title,price\nEmma,5\n", name=name)
        assert "--view NAME" in str(caught.value.hint)
        assert 'its header is "title", "price", with commas between cells' in str(caught.value)


def test_cells_are_located(catalog: Catalog) -> None:
    """By the line on which their row begins, and the number of the cell; line breaks within cells count."""
    source = read(catalog, 'title,price\n"Em\nma",5\n\nPersuasion,x\n', "books")
    assert str(source.locate(0, "title")) == "in.csv:2:1"
    assert str(source.locate(1, "price")) == "in.csv:5:2"
    assert str(source.locate(1)) == "in.csv:5:1"
    assert records(source)[0]["title"] == "Em\nma"


def test_all_faults_are_found_at_once(catalog: Catalog) -> None:
    """A column that stands twice, rows that are too long, rows of another export: each with its place."""
    text = "title,Price,price,,export_id:shelf_complete\nEmma,1,2,,a\nx\na,b,c,,a,e\nq,1,2,z,b\n"
    with pytest.raises(InvalidSource) as caught:
        read(catalog, text, "shelf")
    said = [str(problem) for problem in caught.value.problems]
    assert said == [
        "in.csv:4:6: the row has 6 cells; expected 5: is each cell with a separator or a line break in quotes?",
        'in.csv:5:5: this row comes from another export, "b"',
    ]
    with pytest.raises(InvalidSource, match='the column "price" stands 2 times'):
        read(catalog, "title,Price,price\n", "books")
    with pytest.raises(InvalidSource) as caught:
        read(catalog, "title;price\nEm;ma;5\n", "books")
    assert 'The header is "title", "price", with semicolons between cells' in str(caught.value.hint)


def test_empty_cells_behind_the_last_column_are_none(catalog: Catalog) -> None:
    """Programs write them where a sheet was wider once; one that holds something is an error."""
    source = read(catalog, "title,price\nEmma,5,,\nUlysses,6, \n", "books")
    assert records(source) == [{"title": "Emma", "price": 5}, {"title": "Ulysses", "price": 6}]
    with pytest.raises(InvalidSource, match="the row has 4 cells; expected 2"):
        read(catalog, "title,price\nEmma,5,,\nUlysses,6,,x\n", "books")


def test_cells_left_off_at_the_end_are_empty(catalog: Catalog) -> None:
    """Programs leave off empty cells at the end of a row: they say nothing, are counted, and change no location."""
    source = read(
        catalog, "title,price,author_name\nEmma,5,Austen\nSanditon,6\nUlysses\n,\nMiddlemarch,,Eliot\n", "books"
    )
    assert records(source) == [
        {"title": "Emma", "price": 5, "author_name": "Austen"},
        {"title": "Sanditon", "price": 6},
        {"title": "Ulysses"},
        {"title": "Middlemarch", "author_name": "Eliot"},
    ]
    [remark] = source.notices
    assert (remark.code, remark.records) == ("short_rows", ((1, 2),))
    assert remark.message.startswith("3 cells were left off")
    assert str(source.locate(3, "author_name")) == "in.csv:6:3"


def test_an_exported_row_may_lack_the_export(catalog: Catalog) -> None:
    """Its column is the last one; a row that was added by hand ends before it."""
    source = read(catalog, "title,export_id:shelf_complete\nEmma,e-1\nSanditon\n")
    assert (records(source), source.export_id) == ([{"title": "Emma"}, {"title": "Sanditon"}], "e-1")


def test_a_row_that_ends_before_what_identifies_it_is_an_error(catalog: Catalog) -> None:
    """Which row it is about would be a guess."""
    with pytest.raises(InvalidSource) as caught:
        read(catalog, "price,title\n5,Emma\n6\n", "books")
    [problem] = caught.value.problems
    expected = 'in.csv:3:1: the row has 1 cell; expected 2 at least, up to "title", which says which row it is'
    assert str(problem) == expected


@pytest.mark.parametrize("view", ["books", None])
def test_a_title_above_the_header_is_recognised(catalog: Catalog, view: str | None) -> None:
    """The error says which line looks like the header; a row that only mentions a column does not."""
    text = "Books 2026,,\n\nprice list,title,\ntitle,price,shelf\nEmma,5,A\n"
    with pytest.raises(InvalidSource) as caught:
        read(catalog, text, view)
    assert str(caught.value.hint).startswith("Line 4 looks like the header; if it is: --header 4.")


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
def test_a_sheet_may_say_its_separator(catalog: Catalog, separator: str) -> None:
    """A first line `sep=…` is no row: it says what stands between cells, whatever the header looks like, and counts."""
    text = f"sep={separator}\r\ntitle{separator}price\r\n'0,5;1{separator}5\r\nEmma{separator * 2}x\r\n"
    with pytest.raises(InvalidSource) as caught:
        read(catalog, "\ufeff" + text.replace("0,5;1", "Em"), "books")
    [problem] = caught.value.problems
    assert str(problem).startswith("in.csv:4:3: the row has 3 cells; expected 2")
    text = f"SEP={separator}\ntitle{separator}price\nEmma{separator}5\n"
    source = read(catalog, text, "books")
    assert records(source) == [{"title": "Emma", "price": 5}]
    assert str(source.locate(0, "price")) == "in.csv:3:2"
    assert (
        read(catalog, f"sep={separator}\ntitle{separator}export_id:shelf_complete\nEmma{separator}e-1\n").view
        == "shelf"
    )


def test_the_wrong_separator(catalog: Catalog) -> None:
    """A header in which no column is known is shown, with the columns that are."""
    with pytest.raises(InvalidSource, match=r'"title~price", with commas between.* names no') as caught:
        read(catalog, "title~price\nEmma~5\n", "books")
    assert "title" in str(caught.value.hint)
    assert str(caught.value.location) == "in.csv:1:1"


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('title,price\n"Emma,5\n', "in.csv:2:1", "unexpected end of data"),
        ('title,price\n"Emma"x,5\n', "in.csv:2:1", "expected after"),
        ("title,price\nEmma\rx,5\n", "in.csv:2:1", "a lone carriage return"),
    ],
)
def test_broken_quoting(catalog: Catalog, text: str, place: str, problem: str) -> None:
    """A quote that never ends, text after one, and line ends of another age are errors with their line."""
    with pytest.raises(InvalidSource, match=problem) as caught:
        read(catalog, text, "books")
    assert str(caught.value.location) == place


def test_other_encodings_are_refused(catalog: Catalog) -> None:
    """A sheet that is not UTF-8 is refused with the line and column of the first byte that is not."""
    with pytest.raises(InvalidSource, match="not valid UTF-8") as caught:
        recognise(text_of(Path("in.csv"), "title,price\nÉmile,5\n".encode("latin-1")), catalog, "books")
    assert str(caught.value.location) == "in.csv:2:1"


def test_columns_without_a_title_are_called_by_their_place(catalog: Catalog) -> None:
    """Those that hold something, so that it can be asked what they are; those that hold nothing are not there."""
    source = read(catalog, "title,,price,,\nEmma,x,5,,\nSanditon,,6, ,y\n", "books")
    assert [title for title, _ in source.titles] == ["title", "column 2", "price", "column 5"]
    assert records(source)[1] == {"title": "Sanditon", "price": 6, "column 5": "y"}


def test_the_header_over_again_is_no_record(catalog: Catalog) -> None:
    """As on each page of a printed list; it is noticed once, and the places of the records stay right."""
    source = read(catalog, "title,price\nEmma,5\ntitle, price \nSanditon,6\ntitle,price\nPersuasion,7\n", "books")
    assert [record["title"] for record in records(source)] == ["Emma", "Sanditon", "Persuasion"]
    assert [remark.message for remark in source.notices] == [
        "the header stands 2 times more (line 3, 5); that was left out"
    ]
    assert source.locate(2, "price").line == 6

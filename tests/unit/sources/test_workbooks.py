"""Workbooks: which sheet is read, what its cells say, where they are, and what is refused."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workbooks import gzipped, ods, ods_by_hand, xlsx, xlsx_by_hand, zipped

from bake.catalog.model import Catalog
from bake.changeset.header import ReadAs
from bake.errors import BakeError, DamagedExport, InvalidSource, UsageError
from bake.sources.detect import open_source
from bake.sources.model import SourceFile
from bake.sources.normalized.zip_file import ZipBytes
from bake.sources.sheets import workbook
from bake.sources.sheets.csv_text import rows
from bake.sources.sheets.workbook import read_workbook
from bake.sources.sheets.xlsx import NumberFormat, number_format
from bake.sources.texts.byte_source import MemoryBytes

BOOKS: list[list[Any]] = [["title", "price"], ["Emma", 5], ["Persuasion", 6.5]]
RECORDS = [{"title": "Emma", "price": 5}, {"title": "Persuasion", "price": 6.5}]


def opened(folder: Path, catalog: Catalog, data: bytes, how: ReadAs | None = None) -> SourceFile:
    """Bytes as a source of books; nothing in the file's name says what it is."""
    path = folder / "books.dat"
    path.write_bytes(data)
    return open_source(path, catalog, "books", how)


def refused(folder: Path, catalog: Catalog, data: bytes, how: ReadAs | None = None) -> BakeError:
    """The error that bytes are."""
    with pytest.raises((InvalidSource, DamagedExport, UsageError)) as caught:
        opened(folder, catalog, data, how)
    return caught.value


def records(source: SourceFile) -> list[dict[str, object]]:
    """All records."""
    return [record.value for record in source.records(source.sections[0])]


def cells(data: bytes) -> dict[str, str]:
    """What the cells of the only sheet say, by their names."""
    text = read_workbook(Path("in.xlsx"), ZipBytes(MemoryBytes(data), "in.xlsx"), None, lambda _: True)
    return {
        str(text.cell(line, column)).rpartition(":")[2]: cell
        for line, row in rows(text, ",")
        for column, cell in enumerate(row, 1)
        if cell
    }


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_workbook_is_a_sheet(tmp_path: Path, catalog: Catalog, write: Any) -> None:
    """Its records are those of the same sheet as CSV, also in a gzip; a place in it is its sheet and its cell."""
    for data in (write({"May": BOOKS}), gzipped(write({"May": BOOKS}))):
        source = opened(tmp_path, catalog, data)
        assert (source.kind, records(source), source.notices) == ("csv", RECORDS, ())
        place = source.locate(1, "price")
        assert str(place) == "books.dat!May:B3"
        assert (place.file, place.line, place.column, place.cell) == ("books.dat!May", 3, 2, "B3")


@pytest.mark.parametrize("write", [xlsx, ods])
def test_places_below_line_breaks_and_gaps(tmp_path: Path, catalog: Catalog, write: Any) -> None:
    """Rows are those of the sheet, whatever stands above: blank rows, a title, cells of several lines."""
    table = [[], ["Library"], [], ["title", "price"], ["Em\nma", 5], [], ["Per\nsua\nsion", 6], ["Sanditon", 7]]
    source = opened(tmp_path, catalog, write({"May": table}), ReadAs(header=4))
    assert [record["title"] for record in records(source)] == ["Em\nma", "Per\nsua\nsion", "Sanditon"]
    assert [source.locate(n, "price").cell for n in range(3)] == ["B5", "B7", "B8"]
    error = refused(tmp_path, catalog, write({"May": table}))
    assert str(error.hint).startswith("Row 4 looks like the header; if it is: --header 4.")


@pytest.mark.parametrize("write", [xlsx, ods])
def test_which_sheet(tmp_path: Path, catalog: Catalog, write: Any) -> None:
    """The only one with anything in it; or with known columns, with a notice; else it is asked, and all are named."""
    assert opened(tmp_path, catalog, write({"Empty": [], "May": BOOKS})).notices[0].code == "sheet"
    only = opened(tmp_path, catalog, write({"Read me": [["hello"]], "May": BOOKS}))
    assert [notice.message for notice in only.notices] == [
        'the sheet "May" was read, and not "Read me"; another one: --sheet NAME'
    ]
    both = write({"May": BOOKS, "June": BOOKS[:2]})
    error = refused(tmp_path, catalog, both)
    assert error.message == 'the workbook has 2 sheets that may be meant: "May", "June"'
    assert error.hint == "Say which: --sheet NAME"
    assert records(opened(tmp_path, catalog, both, ReadAs(sheet="june"))) == RECORDS[:1]
    assert 'Its sheets are "May", "June".' in str(refused(tmp_path, catalog, both, ReadAs(sheet="July")).hint)
    assert "empty" in refused(tmp_path, catalog, write({"May": [], "June": [[None]]})).message


def test_sheets_of_one_workbook_are_different_sources(tmp_path: Path, catalog: Catalog) -> None:
    """Their records get uuids of their own, and an import of one is not taken for one of the other."""
    data = xlsx({"May": BOOKS, "June": BOOKS[:2]})
    sources = [opened(tmp_path, catalog, data, ReadAs(sheet=sheet)) for sheet in ("May", "June")]
    assert sources[0].sha256 != sources[1].sha256


def test_hidden_sheets_are_read_only_by_name(tmp_path: Path, catalog: Catalog) -> None:
    """Nobody who looks at the workbook sees them."""
    data = xlsx({"May": BOOKS[:2], "Old": BOOKS}, hidden=["Old"])
    assert records(opened(tmp_path, catalog, data)) == RECORDS[:1]
    assert records(opened(tmp_path, catalog, data, ReadAs(sheet="Old"))) == RECORDS
    assert "no encoding" in refused(tmp_path, catalog, data, ReadAs(encoding="latin-1")).message


def test_what_cells_of_excel_say() -> None:
    """Codes are no floats, dates no numbers; what cannot be kept shows that it was not."""
    values: dict[str, tuple[Any, str, str]] = {
        "A1": (71012010103, "General", "71012010103"),
        "A2": (12345678905.0, "0.00", "12345678905"),
        "A3": (123, "00000", "00123"),
        "A4": (12345678901234567890, "General", "1.23456789012346E+19"),
        "A5": (20.970000000000002, "General", "20.97"),
        "A6": (0.1, "0%", "0.1"),
        "A7": (date(2025, 3, 1), "General", "2025-03-01"),
        "A8": (45717, "dd.mm.yyyy", "2025-03-01"),
        "A9": (45717.5, 'yyyy-mm-dd" at "hh:mm', "2025-03-01 12:00:00"),
        "A10": (datetime.fromisoformat("2025-03-01T12:30"), "General", "2025-03-01 12:30:00"),
        "A11": (time(12, 30), "h:mm", "12:30:00"),
        "A12": (59, "yyyy-mm-dd", "1900-02-28"),
        "A13": (61, "yyyy-mm-dd", "1900-03-01"),
        "A14": (True, "General", "true"),
        "A15": ("#N/A", "General", "#N/A"),
        "A16": ("007", "General", "007"),
        "A17": (" a\nb ", "General", " a\nb "),
        "A18": (5000112637922, "0.00E+00", "5000112637922"),
        "A19": (-1.5, '#,##0.00_);[Red]\\(#,##0.00\\)"dm"', "-1.5"),
    }
    book_formats = {cell: code for cell, (_, code, _) in values.items() if code != "General"}
    data = xlsx({"May": [[value] for value, _, _ in values.values()]}, formats=book_formats)
    assert cells(data) == {cell: said for cell, (_, _, said) in values.items()}


def test_cells_that_libraries_do_not_write() -> None:
    """Rich text, text in place, pronunciations, escapes, ISO dates, results of formulas, what has no name."""
    strings = "<si><r><t>Em</t></r><r><t xml:space='preserve'>ma </t></r><rPh><t>x</t></rPh></si>"
    strings += "<si><t>a_x000A_b</t></si>"
    sheet = (
        "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>"
        "<row r='3'><c r='B3' t='inlineStr'><is><t>here</t></is></c><c t='str'><f>A1</f><v>sum</v></c></row>"
        "<row r='5'><c r='A5' t='d'><v>2025-03-01T00:00:00</v></c><c r='B5'><f>1+1</f><v>2</v></c>"
        "<c r='C5' t='str'><f>B9</f><v></v></c><c r='AA5' t='b'><v>0</v></c></row>"
    )
    assert cells(xlsx_by_hand(sheet, strings)) == {
        "A1": "Emma ",
        "B1": "a\nb",
        "B3": "here",
        "C3": "sum",
        "A5": "2025-03-01",
        "B5": "2",
        "AA5": "false",
    }


def test_what_cells_of_open_document_say() -> None:
    """Repeated cells and rows are there as often; notes are no text; zeros that a number shows are kept."""
    data = ods_by_hand(
        "<table:table-row table:number-rows-repeated='2'><table:table-cell table:number-columns-repeated='2'/>"
        "<table:table-cell office:value-type='float' office:value='123'><text:p>00123</text:p></table:table-cell>"
        "</table:table-row><table:table-row table:number-rows-repeated='1048000'><table:table-cell "
        "table:number-columns-repeated='16384'/></table:table-row>"
        "<table:table-row><table:table-cell office:value-type='string' table:number-columns-repeated='2'><text:p>a"
        "<text:s text:c='2'/>b</text:p><text:p>c<text:span>d</text:span></text:p></table:table-cell>"
        "<table:covered-table-cell/>"
        "<table:table-cell office:value-type='string' office:string-value='' calcext:value-type='error'>"
        "<office:annotation><text:p>why</text:p></office:annotation><text:p>#N/A</text:p></table:table-cell>"
        "<table:table-cell office:value-type='time' office:time-value='PT12H30M00S'><text:p>12:30</text:p>"
        "</table:table-cell><table:table-cell office:value-type='date' office:date-value='2025-03-01T12:30:00.5'/>"
        "<table:table-cell office:value-type='currency' office:value='20.97'><text:p>20,97 €</text:p>"
        "</table:table-cell><table:table-cell office:value-type='float' office:value='71012010103'><text:p>71E9"
        "</text:p></table:table-cell></table:table-row>"
    )
    assert cells(data) == {
        "C1": "00123",
        "C2": "00123",
        "A1048003": "a  b\ncd",
        "B1048003": "a  b\ncd",
        "D1048003": "#N/A",
        "E1048003": "12:30:00",
        "F1048003": "2025-03-01 12:30:00",
        "G1048003": "20.97",
        "H1048003": "71012010103",
    }


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("General", NumberFormat()),
        ("0.00E+00", NumberFormat()),
        ("[Red]0.0", NumberFormat()),
        ('0" days"', NumberFormat()),
        ("\\d0", NumberFormat()),
        ("00000;-00000", NumberFormat(zeros=5)),
        ("[$-409]d-mmm-yy;@", NumberFormat(date=True)),
        ("mmm", NumberFormat(date=True)),
        ("mm:ss", NumberFormat(time=True)),
        ("[h]:mm", NumberFormat(time=True)),
        ("yyyy\\-mm\\-dd\\ hh:mm", NumberFormat(date=True, time=True)),
    ],
)
def test_formats_of_numbers(code: str, means: NumberFormat) -> None:
    """Letters in quotes, behind backslashes, in colours and locales say nothing of dates."""
    assert number_format(164, code) == means


CELLS: st.SearchStrategy[Any] = st.none() | st.text("aé\"',;\n ", max_size=5) | st.integers(0, 10**14) | st.booleans()
CELLS |= st.integers(-(10**9), 10**9).map(lambda n: n / 1000) | st.dates(date(1901, 1, 1), date(2100, 1, 1))


@settings(max_examples=40)
@given(st.lists(st.lists(CELLS, max_size=4), max_size=6), st.booleans())
def test_cells_are_those_that_another_library_reads(table: list[list[Any]], is_ods: bool) -> None:
    """For any table in both kinds of workbooks, python-calamine finds the same in the same cells."""
    data = (ods if is_ods else xlsx)({"May": table})
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    theirs = {
        f"{'ABCD'[column]}{row}": value
        for row, values in enumerate(sheet.to_python(skip_empty_area=False), 1)
        for column, value in enumerate(values)
        if str(value).strip()  # it takes a cell of blanks for an empty one
    }
    if not theirs:
        return
    ours = {name: value for name, value in cells(data).items() if value.strip()}
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        match value:
            case bool():
                assert ours[name] == str(value).lower()
            case int() | float():
                assert float(ours[name]) == pytest.approx(value, rel=1e-14)
            case str():
                assert ours[name].split() == value.split()
            case _:
                assert ours[name] == str(value)


_REPEATED = "<table:table-row table:number-rows-repeated='1048577'><table:table-cell office:value-type='string'>"
BAD = {
    "a formula without its result": (
        xlsx({"May": [["title", "price"], ["Emma", "=1+1"]]}),
        "the cell is a formula, and its result is not in the file",
        "books.dat!May:B2",
    ),
    "the same of OpenDocument": (
        ods_by_hand("<table:table-row><table:table-cell table:formula='of:=1+1'/></table:table-row>"),
        "the cell is a formula",
        "books.dat!Sheet1:A1",
    ),
    "a far cell": (
        xlsx_by_hand("<row r='1048577'><c r='A1048577'><v>1</v></c></row>"),
        "row 1048577 comes after row 0",
        "books.dat!Sheet1",
    ),
    "a far column": (
        xlsx_by_hand("<row r='1'><c r='ZZZ1'><v>1</v></c></row>"),
        "cells of row 1 are in disorder",
        "books.dat!Sheet1",
    ),
    "rows in disorder": (
        xlsx_by_hand("<row r='2'><c r='A2'><v>1</v></c></row><row r='1'/>"),
        "row 1 comes after row 2",
        "books.dat!Sheet1",
    ),
    "a text that is not there": (
        xlsx_by_hand("<row><c t='s'><v>7</v></c></row>"),
        "it has no text number 7",
        "books.dat!Sheet1",
    ),
    "no number": (xlsx_by_hand("<row><c><v>abc</v></c></row>"), "could not convert", "books.dat!Sheet1"),
    "no XML": (xlsx_by_hand("<row><c>"), "sheet1.xml is no XML in line 1", "books.dat!Sheet1"),
    "entities that grow": (
        zipped({"mimetype": "x", "content.xml": "<!DOCTYPE a [<!ENTITY b 'b'><!ENTITY c '&b;&b;'>]><a>&c;</a>"}),
        "document type",
        "books.dat",
    ),
    "a huge cell": (
        xlsx_by_hand("<row><c t='inlineStr'><is><t>" + "ab" * 100_000 + "</t></is></c></row>"),
        "a cell has more than 131,072 characters",
        "books.dat!Sheet1",
    ),
    "a huge cell in a bomb": (
        xlsx_by_hand("<row><c t='inlineStr'><is><t>" + "a" * 100_000_000 + "</t></is></c></row>"),
        "ZIP bomb",
        "books.dat",
    ),
    "too many rows": (
        ods_by_hand(f"{_REPEATED}<text:p>a</text:p></table:table-cell></table:table-row>"),
        "more than 1048576 rows",
        "books.dat!Sheet1",
    ),
    "too many columns": (
        ods_by_hand(
            "<table:table-row><table:table-cell table:number-columns-repeated='1000000000' office:value-type='string'>"
            "<text:p>a</text:p></table:table-cell></table:table-row>"
        ),
        "more than 16384 columns",
        "books.dat!Sheet1",
    ),
    "binary": (zipped({"xl/workbook.bin": b"x"}), "binary (.xlsb)", "books.dat"),
    "without parts": (zipped({"xl/workbook.xml": "<workbook/>"}), "no xl/_rels/workbook.xml.rels", "books.dat"),
    "cut off": (xlsx({"May": BOOKS})[:-100], "the ZIP cannot be opened", "books.dat"),
    "damaged": (
        xlsx_by_hand("<row><c><v>1</v></c></row>").replace(b"PK\x01\x02", b"PK\x09\x09"),
        "cannot be opened",
        "books.dat",
    ),
}


@pytest.mark.parametrize(("data", "says", "place"), BAD.values(), ids=BAD)
def test_bad_workbooks(tmp_path: Path, catalog: Catalog, data: bytes, says: str, place: str) -> None:
    """Torn, damaged, hostile: an error with its place and what to do, and in little memory."""
    tracemalloc.start()
    error = refused(tmp_path, catalog, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert says in error.message
    assert str(error.location) == place
    assert error.hint
    assert peak < 20 * 1024**2


def test_texts_that_grow_by_being_shared(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short file in which a long text is shown by very many cells is refused once its text is too long."""
    monkeypatch.setattr(workbook, "LARGEST", 10 * 1024**2)
    text = f"<si><t>{'Lorem ipsum ' * 5000}</t></si>"
    row = "<row>" + "<c t='s'><v>0</v></c>" * 100 + "</row>"
    error = refused(tmp_path, catalog, xlsx_by_hand(row * 40, text))
    assert "the sheet comes to more than 10485760 bytes" in error.message
    error = refused(tmp_path, catalog, xlsx_by_hand(row.replace("</row>", row[5:]), text))
    assert "a row has more than 8,388,608 characters" in error.message


def test_an_entry_that_lies_about_its_size(tmp_path: Path, catalog: Catalog) -> None:
    """No more of a part is read than it declares."""
    data = xlsx_by_hand("<row><c><v>1</v></c></row>" * 2000)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    central = data.index(b"PK\x01\x02")
    at = data.index(b"xl/worksheets/sheet1.xml", central) - 46 + 24
    assert int.from_bytes(data[at : at + 4], "little") == info.file_size
    error = refused(tmp_path, catalog, data[:at] + (1000).to_bytes(4, "little") + data[at + 4 :])
    assert "damaged" in error.message


def test_a_sheet_is_not_held(tmp_path: Path, catalog: Catalog) -> None:
    """Whatever its length, only some blocks of it are in memory."""
    sheet = "".join(
        f"<row r='{n}'><c r='A{n}' t='inlineStr'><is><t>{n} {'x' * 500}</t></is></c><c r='B{n}'><v>{n}</v></c></row>"
        for n in range(2, 8_000)
    )
    head = "<row r='1'><c t='inlineStr'><is><t>title</t></is></c><c t='inlineStr'><is><t>price</t></is></c></row>"
    data = xlsx_by_hand(head + sheet)
    tracemalloc.start()
    source = opened(tmp_path, catalog, data)
    assert sum(1 for _ in source.records(source.sections[0])) == 7_998
    assert tracemalloc.get_traced_memory()[1] < 2 * 1024**2 < len(sheet) / 2
    tracemalloc.stop()

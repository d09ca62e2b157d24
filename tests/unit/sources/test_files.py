"""The bytes of a source become text: its encoding, its line ends, what it is packed in, where its header stands."""

from __future__ import annotations

import codecs
import tracemalloc
from pathlib import Path

import pytest
from support.workbooks import gzipped, zipped

from bake.catalog.model import Catalog
from bake.changeset.header import ReadAs
from bake.errors import BakeError, DamagedExport, InvalidSource, UsageError
from bake.sources.detect import open_source
from bake.sources.model import SourceFile

TABLE = "title,author_name,price\nCrème brûlée,Brontë,5\n„Emma“,Austen,6.5\n"
RECORDS = [
    {"title": "Crème brûlée", "author_name": "Brontë", "price": 5},
    {"title": "„Emma“", "author_name": "Austen", "price": 6.5},
]


def opened(folder: Path, catalog: Catalog, data: bytes, how: ReadAs | None = None, name: str = "in.txt") -> SourceFile:
    """Bytes as a source of books."""
    path = folder / name
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


def notices(source: SourceFile) -> list[str]:
    """What was noticed."""
    return [notice.message for notice in source.notices]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (TABLE.encode(), []),
        (TABLE.encode("utf-8-sig"), []),
        (TABLE.encode("utf-16"), ["read as UTF-16"]),
        (codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), ["read as UTF-16"]),
        (TABLE.encode("utf-16-le"), ["read as UTF-16"]),
        (TABLE.encode("utf-32"), ["read as UTF-32"]),
        (TABLE.encode("cp1252"), ['read as Windows-1252, as it is not UTF-8, so that a cell shows "Crème brûlée"']),
        (TABLE.replace("\n", "\r\n").encode(), []),
        (TABLE.replace("\n", "\r").encode(), []),
        (TABLE.replace("\n", "\r").encode("cp1252"), ["read as Windows-1252"]),
        (TABLE.replace(",", ";").encode(), []),
        (TABLE.replace(",", "\t").encode("utf-16"), ["read as UTF-16"]),
        (TABLE.replace(",", "|").encode(), []),
        (b"sep=~\n" + TABLE.replace(",", "~").encode(), []),
        (gzipped(TABLE.encode()), []),
        (gzipped(TABLE.encode()[:30]) + gzipped(TABLE.encode()[30:]) + bytes(512), []),
        (gzipped(TABLE.encode("cp1252")), ["read as Windows-1252"]),
        (zipped({"books.csv": TABLE}), []),
        (zipped({"books.csv.gz": gzipped(TABLE.encode()), "__MACOSX/._books.csv": b"x", "a/": b""}), []),
        (zipped({"a/books.csv": TABLE, "a/.DS_Store": b"x", "a/Thumbs.db": b"x", "desktop.ini": b"x"}), []),
    ],
    ids=[str(n) for n in range(20)],
)
def test_one_table_in_many_files(tmp_path: Path, catalog: Catalog, data: bytes, said: list[str]) -> None:
    """Whatever its encoding, separator, line ends and packing, it gives the same records; what was taken is said."""
    source = opened(tmp_path, catalog, data)
    assert records(source) == RECORDS
    assert [message in notice for message, notice in zip(said, notices(source), strict=True)] == [True] * len(said)
    assert source.locate(1, "price").line == (3 if b"sep" not in data else 4)


def test_what_is_packed_is_the_same_source(tmp_path: Path, catalog: Catalog) -> None:
    """A sheet and its gzip have one digest, so that uuids are the same, and an import of it is known."""
    plain, packed = (opened(tmp_path, catalog, data) for data in (TABLE.encode(), gzipped(TABLE.encode())))
    assert plain.sha256 == packed.sha256


def test_line_breaks_within_cells_of_a_file_with_carriage_returns(tmp_path: Path, catalog: Catalog) -> None:
    """Old programs end rows with a return, and break lines within cells with a line feed."""
    source = opened(tmp_path, catalog, b'title,price\r"Em\nma",5\rPersuasion,6\r')
    assert records(source) == [{"title": "Em\nma", "price": 5}, {"title": "Persuasion", "price": 6}]
    assert source.locate(1).line == 4


@pytest.mark.parametrize("encoding", ["windows-1252", "latin-1", "macroman", "cp1250", "utf-8", "UTF-16"])
def test_an_encoding_that_is_said_counts(tmp_path: Path, catalog: Catalog, encoding: str) -> None:
    """Whatever the bytes look like, and without a notice, as it is no guess; it is kept for reading the file again."""
    text = "title,price\nCafé,5\n"
    source = opened(tmp_path, catalog, text.encode(encoding), ReadAs(encoding=encoding))
    assert records(source) == [{"title": "Café", "price": 5}]
    assert source.notices == ()
    assert source.read_as == ReadAs(encoding=encoding)


@pytest.mark.parametrize(
    ("data", "says", "hint"),
    [
        (b"title\n\xc6\xf3\xf0\xe0\xe2\xeb\xfc \xf5\xeb\xe5\xe1\n", "0xc6", "cp1251 gives"),  # Cyrillic
        ("title\nŻółta mąka, świeże jajka\n".encode("cp1250"), "not valid UTF-8", "cp1250 gives"),
        ("title\nCafé, crème brûlée\n".encode() + b"Caf\xe9\n", "byte 32 (0xe9)", "--encoding NAME"),
        (b"title\nA\0B\n", "binary", "--encoding"),
        ("title\nCafé\n".encode("utf-16")[:-1], "the bytes 0a mean nothing in UTF-16", "copy the file again"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel workbook", "Save it as .xlsx"),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML><html><table><tr><td>title", "an HTML page", "save it as .xlsx"),
        (b"<table border=1><tr><th>title</th></tr></table>", "an HTML page", "save it as .xlsx"),
        (b'<?xml version="1.0"?><Workbook><Worksheet/></Workbook>', "is XML", "save it as .xlsx"),
        (b"%PDF-1.7\n", "a PDF", "Export the table"),
        (b"SQLite format 3\0" + bytes(100), "a SQLite database", "as CSV"),
        (gzipped(TABLE.encode())[:-9], "the gzip is cut off", "download it again"),
        (gzipped(TABLE.encode())[:-8] + bytes(8), "the gzip is damaged", "copy it again"),
        (gzipped(TABLE.encode()) + b"more", "the gzip is damaged", "copy it again"),
        (gzipped(b""), "empty", "finished"),
        (gzipped(gzipped(gzipped(gzipped(b"a")))), "packed more than 3 times", "Unpack"),
        (zipped({"a.csv": TABLE, "b.csv": TABLE}), '2 files are in the ZIP ("a.csv", "b.csv")', "name one"),
        (zipped({}), "no file is in the ZIP", "manifest.json"),
        (zipped({"a.csv": TABLE})[:-30], "the ZIP cannot be opened", "copy it again"),
        (zipped({"a.csv": "title\n" + "x" * 50_000_000}), "ZIP bomb", "Unpack it yourself"),
        (gzipped(b"title\n" + b"x" * 50_000_000), "gzip bomb", "Unpack it yourself"),
        (b"title,price\n" + b"x" * 10_000_000, "a line has more than 8,388,608 characters", "Is this a sheet"),
        (b'title,price\n"' + b"x\n" * 200_000 + b'",5\n', "field larger than field limit", "quotes"),
        (b"title,price\n" + b"," * 4_000_000 + b"\n", "it has more than 200,000 cells", "Put cells"),
        (b"title" + b",c" * 300_000 + b"\n", "the header has more than 200,000 columns", "Is this a sheet"),
        (b"title" + b",c" * 20_000 + b"\n", "the header has 20,001 columns; at most 16,384 are read", "The header is"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_files(tmp_path: Path, catalog: Catalog, data: bytes, says: str, hint: str) -> None:
    """Torn, packed badly, of another kind, huge: an error with its place and what to do, in little memory."""
    tracemalloc.start()
    error = refused(tmp_path, catalog, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert says in error.message
    assert hint in str(error.hint)
    assert error.location is not None
    assert error.location.file == "in.txt"
    assert peak < 40 * 1024**2


def test_names_of_encodings(tmp_path: Path, catalog: Catalog) -> None:
    """One that there is not is refused; so is one of bytes and no text."""
    for name in ("windows1", "base64"):
        error = refused(tmp_path, catalog, TABLE.encode(), ReadAs(encoding=name))
        assert (type(error), "windows-1252" in str(error.hint)) == (UsageError, True)


def test_a_title_above_the_header(tmp_path: Path, catalog: Catalog) -> None:
    """The line that looks like the header is named, with the option that takes it; lines stay those of the file."""
    data = b"Library 2026,,\n\n" + TABLE.encode()
    assert "Line 3 looks like the header; if it is: --header 3." in str(refused(tmp_path, catalog, data).hint)
    source = opened(tmp_path, catalog, data, ReadAs(header=3))
    assert records(source) == RECORDS
    assert source.locate(0).line == 4
    assert notices(source) == ["the header is line 3, as was said"]


@pytest.mark.parametrize("line", [6, 7, 100])
def test_a_header_that_is_not_there(tmp_path: Path, catalog: Catalog, line: int) -> None:
    """A line behind the last one cannot be the header."""
    error = refused(tmp_path, catalog, TABLE.encode() + b"\n\n", ReadAs(header=line))
    assert f"--header {line}: in.txt has no such line" in error.message


def test_a_sheet_of_what_has_none(tmp_path: Path, catalog: Catalog) -> None:
    """`--sheet` is for workbooks."""
    assert "no workbook" in refused(tmp_path, catalog, TABLE.encode(), ReadAs(sheet="May")).message

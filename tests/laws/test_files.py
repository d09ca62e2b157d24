"""The law of files: one table gives the same operations, whatever kind of file it is in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.compiling import compiled_source
from support.market import MARKET, uid
from support.workbooks import gzipped, ods, xlsx, zipped

from bake.changeset.header import ReadAs
from bake.sources.detect import open_source

COLUMNS = ("uuid", "slug", "name", "city", "rating", "founded")
#: Letters that all of the encodings have, and what separators and quotes make of cells. An apostrophe that begins a
#: cell is no part of its text: spreadsheets mark texts by it.
TEXTS = st.text("abcXYZ éüñ,;|\"'\t\n.", min_size=3, max_size=12).map(lambda text: text.strip(" '\t\n"))
TEXTS = TEXTS.filter(lambda text: len(text) > 2)
ROW = st.fixed_dictionaries(
    {
        "slug": st.text("abc_", min_size=3, max_size=8).map("s{}".format),
        "name": TEXTS,
        "city": st.none() | TEXTS,
        "rating": st.none() | st.integers(1, 5),
        "founded": st.none() | st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    }
)
TABLES = st.lists(
    ROW, min_size=1, max_size=5, unique_by=(lambda row: row["slug"], lambda row: str(row["name"]).casefold())
)


def sheet(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    """A table as spreadsheet programs write it."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(COLUMNS)
    writer.writerows([[row[name] for name in COLUMNS] for row in rows])
    return written.getvalue()


def cells(rows: list[dict[str, Any]]) -> dict[str, list[list[Any]]]:
    """A table as the only sheet of a workbook."""
    return {"Shops": [list(COLUMNS), *([row[name] for name in COLUMNS] for row in rows)]}


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A table as JSON; what is empty is left out, as in a sheet."""
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def as_json(value: object) -> bytes:
    """A value as JSON."""
    return json.dumps(value, default=str).encode()


FILES: Mapping[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "semicolons": lambda rows: sheet(rows, ";").encode(),
    "tabs, UTF-16": lambda rows: sheet(rows, "\t").encode("utf-16"),
    "bars, with a mark": lambda rows: sheet(rows, "|").replace("\r\n", "\n").encode("utf-8-sig"),
    "Windows-1252": lambda rows: sheet(rows).encode("cp1252"),  # said, as a few letters may be of any code page
    "carriage returns": lambda rows: sheet(rows).replace("\r\n", "\r").encode(),
    "xlsx": lambda rows: xlsx(cells(rows)),
    "ods": lambda rows: ods(cells(rows)),
    "gzip": lambda rows: gzipped(sheet(rows).encode()),
    "gzip of a workbook": lambda rows: gzipped(xlsx(cells(rows))),
    "ZIP": lambda rows: zipped({"shops.csv": sheet(rows)}),
    "a list": lambda rows: as_json(plain(rows)),
    "records": lambda rows: as_json({"records": plain(rows)}),
    "JSON Lines": lambda rows: b"\n".join(map(as_json, plain(rows))),
    "a fence": lambda rows: b"Here you are:\n\n```json\n" + as_json(plain(rows)) + b"\n```\n",
}


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES)
def test_one_table_in_any_file(tmp_path: Path, table: list[dict[str, Any]]) -> None:
    """A sheet in each encoding and with each separator, workbooks, JSON, packed or not: the same operations."""
    rows = [{"uuid": uid(n), **row} for n, row in enumerate(table)]
    path = tmp_path / "file"
    path.write_bytes(sheet(rows).encode())
    expected = compiled_source(open_source(path, MARKET, "shops"))
    assert len(expected.creates) == len(rows)
    for name, write in FILES.items():
        path.write_bytes(write(rows))
        said = ReadAs(encoding="windows-1252") if name == "Windows-1252" else None
        found = compiled_source(open_source(path, MARKET, "shops", said))
        assert found.operations == expected.operations, name
        assert len(found.questions) == len(expected.questions), name

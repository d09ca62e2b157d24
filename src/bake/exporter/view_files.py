"""Writes a view as a file: as JSON, or as a sheet (CSV) for spreadsheets, which `sheets.csv_table` reads back.

Sheets follow RFC 4180: commas, quotes where needed, CRLF. They are UTF-8 with a byte order mark, without which Excel
reads accents wrongly. The columns that identify a row come first, the id of the export and the base of the record last.
Null is an empty cell; texts that a spreadsheet would calculate or change are escaped (`bake.sources.sheets.cells`).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import IO, Any, TypeAlias

import msgspec

from bake.catalog.base_digest import BASE
from bake.catalog.column_types import column_type
from bake.catalog.field_types import Bytes, Choice, Document, FieldType, Reference, Text, Uuid
from bake.catalog.model import Catalog
from bake.catalog.values import Json
from bake.catalog.view import Column, Role, View
from bake.exporter.heading import Heading, envelope
from bake.exporter.records import exported
from bake.sources.sheets.cells import escaped
from bake.sources.sheets.csv_header import export_column

_ENCODER = msgspec.json.Encoder(decimal_format="number")
#: A value, not null, as a cell.
_Write: TypeAlias = Callable[[Json], str]


def write_csv(
    stream: IO[bytes], catalog: Catalog, view: View, heading: Heading, records: Iterable[dict[str, Json]]
) -> int:
    """Write a view as a sheet, a record at a time.

    Args:
        stream: where to.
        catalog: says what columns hold.
        view: what the records are.
        heading: which export it is.
        records: canonical values by column, and the base of each.

    Returns:
        How many records there were.
    """
    columns = sheet_columns(view)
    writes = [(column.name, cell_writer(column_type(catalog, view, column), escaped)) for column in columns]
    stream.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerow([*(column.name for column in columns), export_column(view, incomplete=heading.incomplete), BASE])
    count = 0
    for record in records:
        count += 1
        cells = ["" if (value := record[name]) is None else write(value) for name, write in writes]
        sheet.writerow([*cells, heading.export_id or "", record[BASE]])
    text.detach()
    return count


def sheet_columns(view: View) -> list[Column]:
    """The columns that a sheet has, those that identify a row first."""
    return sorted(exported(view), key=lambda column: column.role is not Role.IDENTITY)


def cell_writer(type_: FieldType, kept: _Write) -> _Write:
    """What writes the values of a type as the text of a cell; `kept` protects a text from what reads the sheet."""
    match type_:
        case Text() | Choice() | Uuid() | Bytes():
            return kept
        case Document() | Reference():
            return lambda value: kept(_ENCODER.encode(value).decode())
        case _:
            return _plain


def _plain(value: Json) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def write_json(stream: IO[bytes], view: View, heading: Heading, records: Iterable[dict[str, Json]]) -> int:
    """Write a view as a JSON document of two-space indents, a record at a time.

    Args:
        stream: where to.
        view: what the records are.
        heading: which export it is.
        records: canonical values by column; decimals are written as numbers, digit for digit.

    Returns:
        How many records there were.
    """
    opening = _indented({**envelope(view, heading), "records": []}, 0)
    stream.write(opening.removesuffix(b"[]\n}") + b"[")
    count = 0
    for count, record in enumerate(records, 1):
        stream.write((b",\n    " if count > 1 else b"\n    ") + _indented(record, 4))
    stream.write(b"\n  ]\n}\n" if count else b"]\n}\n")
    return count


def _indented(value: Any, by: int) -> bytes:
    """A value as JSON; its further lines `by` spaces to the right. Texts in JSON have no line breaks of their own."""
    return msgspec.json.format(_ENCODER.encode(value), indent=2).replace(b"\n", b"\n" + b" " * by)

"""Workbooks, made by libraries and by hand; gzip and ZIP files."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from odf.namespaces import OFFICENS, TABLENS
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

#: Rows of cells: text, whole and other numbers, dates, or None for an empty cell.
Rows = Sequence[Sequence[Any]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def xlsx(sheets: Mapping[str, Rows], hidden: Sequence[str] = (), formats: Mapping[str, str] | None = None) -> bytes:
    """A workbook as openpyxl writes it; `formats` are number formats by cell, of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    for cell, code in (formats or {}).items():
        book.worksheets[0][cell].number_format = code
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def xlsx_by_hand(sheet: str, strings: str = "", sheet_name: str = "Sheet1") -> bytes:
    """A workbook with this XML in its sheet, and in its shared strings."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        f'<sheet name="{escape(sheet_name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{strings}</sst>'
    return zipped(parts)


def ods(sheets: Mapping[str, Rows]) -> bytes:
    """An OpenDocument spreadsheet as odfpy writes it."""
    document = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for value in row:
                line.addElement(_ods_cell(value))
            table.addElement(line)
        document.spreadsheet.addElement(table)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _ods_cell(value: Any) -> TableCell:
    match value:
        case None:
            return TableCell()
        case bool():
            cell = TableCell(valuetype="boolean", booleanvalue=str(value).lower())
        case int() | float():
            cell = TableCell(valuetype="float", value=repr(value))
        case str():
            cell = TableCell(valuetype="string")
        case _:
            cell = TableCell(valuetype="date", datevalue=value.isoformat())
    for line in str(value).split("\n"):
        cell.addElement(P(text=line))
    return cell


def ods_by_hand(table: str) -> bytes:
    """An OpenDocument spreadsheet with this XML in its only table."""
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    calc = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    content = (
        f'<office:document-content xmlns:office="{OFFICENS}" xmlns:table="{TABLENS}" xmlns:text="{text}" '
        f'xmlns:calcext="{calc}"><office:body><office:spreadsheet><table:table table:name="Sheet1">{table}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of these files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def gzipped(data: bytes) -> bytes:
    """A gzip of these bytes, the same each time."""
    return gzip.compress(data, mtime=0)

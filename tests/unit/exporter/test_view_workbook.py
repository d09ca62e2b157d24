"""Views as workbooks: what the cells are, what explains them, and what Excel cannot hold."""

from __future__ import annotations

import io
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from bake.catalog.base_digest import BASE
from bake.catalog.model import Catalog
from bake.catalog.reflect import reflect
from bake.catalog.view import Column, Role, View
from bake.errors import UsageError
from bake.exporter.heading import Heading
from bake.exporter.view_workbook import LONGEST, write_xlsx
from bake.sources.detect import open_source
from bake.sources.sheets.workbook import ABOUT, CHOICES

_METADATA = sa.MetaData()
sa.Table(
    "jars",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(40), nullable=False, unique=True),
    sa.Column("code", sa.String(20)),
    sa.Column("weight", sa.Numeric(30, 12)),
    sa.Column("unit", sa.Enum("g", "lb, troy", name="unit")),
    sa.Column("filled", sa.Date),
    sa.Column("sealed", sa.Boolean),
    sa.Column("notes", sa.Text),
)
JARS = View(
    "jars",
    "jars",
    envelope="jars_complete",
    purpose="Jars",
    columns=(
        Column("name", ("name",), Role.IDENTITY),
        *(Column(name, (name,)) for name in ("code", "weight", "unit", "filled")),
        Column("sealed", ("sealed",), Role.CONTEXT),
        Column("notes", ("notes",)),
    ),
)
HEADING = Heading("550e8400-e29b-41d4-a716-446655440000", "2026-02-28T10:00:00Z", 1)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """A shelf of jars, and the view of them."""
    reflected = reflect(_METADATA, name="shelf")
    return Catalog("shelf", reflected.metadata, reflected.entities, (JARS,))


def record(**values: Any) -> dict[str, Any]:
    """A record of a jar."""
    return {**dict.fromkeys(column.name for column in JARS.columns), "name": "Jam", BASE: "b1", **values}


def written(catalog: Catalog, *records: Mapping[str, Any]) -> bytes:
    """A workbook of these."""
    stream = io.BytesIO()
    write_xlsx(stream, catalog, JARS, HEADING, [dict(one) for one in records])
    return stream.getvalue()


def test_cells_are_what_they_hold(catalog: Catalog) -> None:
    """Codes are texts with the format of texts, numbers numbers, dates dates; grey is what may only be read."""
    values = {"code": "0071", "weight": Decimal("0.5"), "unit": "g", "filled": "2026-01-13", "sealed": True}
    book = openpyxl.load_workbook(io.BytesIO(written(catalog, record(**values, notes="=1+1"))))
    assert [(sheet.title, sheet.sheet_state) for sheet in book.worksheets] == [
        (ABOUT, "visible"),
        ("jars", "visible"),
        (CHOICES, "hidden"),
    ]
    sheet = book["jars"]
    titles = ["name", "code", "weight", "unit", "filled", "sealed", "notes", "export_id:jars_complete", BASE]
    assert [cell.value for cell in sheet[1]] == titles
    cells = dict(zip(titles, sheet[2], strict=True))
    assert [cells[name].data_type for name in titles[:7]] == ["s", "s", "n", "s", "d", "b", "s"]
    assert cells["code"].number_format == cells["notes"].number_format == "@"
    assert cells["filled"].number_format == "yyyy-mm-dd"
    grey = {name for name, cell in cells.items() if cell.fill.fgColor.rgb == "FFEDEDED"}
    assert grey == {"name", "sealed", "export_id:jars_complete", BASE}
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:I2")


def test_choices_are_lists(catalog: Catalog) -> None:
    """A column of choices has its options as a list, also where one has a comma in it, down to where rows are added."""
    book = openpyxl.load_workbook(io.BytesIO(written(catalog)))
    [rule] = book["jars"].data_validations.dataValidation
    assert (rule.type, str(rule.sqref), rule.formula1) == ("list", "D2:D1048576", f"'{CHOICES}'!$A$1:$A$2")
    assert [cell.value for cell in book[CHOICES]["A"]] == ["g", "lb, troy"]


def test_the_first_sheet_explains(catalog: Catalog) -> None:
    """It names each column, whether it may be edited, and what it holds."""
    about = openpyxl.load_workbook(io.BytesIO(written(catalog)))[ABOUT]
    rows = {row[0]: row[1:] for row in about.iter_rows(values_only=True)}
    assert rows["unit"] == ("may be edited", "one of g, lb, troy")
    assert rows["sealed"][0] == rows["name"][0] == "to be read"


@pytest.mark.parametrize(
    "values",
    [
        {"notes": "<r><t>markup</t></r>"},
        {"notes": "'=1"},
        {"notes": ""},
        {"notes": " _x000D_\r\n\ufffe\x01 "},
        {"weight": Decimal("123456789012345678.123456789012")},
        {"weight": Decimal("0.000000000001")},
        {"weight": Decimal(2**60)},
        {"filled": "1850-05-01"},
        {"filled": "1900-02-28"},
        {"filled": "9999-12-31"},
    ],
)
def test_what_is_written_is_read(catalog: Catalog, tmp_path: Path, values: dict[str, Any]) -> None:
    """Markup, escapes, digits beyond a double and early dates come back as they were, with nothing to notice."""
    path = tmp_path / "jars.xlsx"
    path.write_bytes(written(catalog, record(**values)))
    source = open_source(path, catalog)
    assert (source.view, source.export_id, source.notices) == ("jars", HEADING.export_id, ())
    [read] = source.records(source.sections[0])
    assert read.value == record(**values)


def test_what_no_cell_holds_is_refused(catalog: Catalog) -> None:
    """A text that Excel would cut off is named with its record; nothing is written."""
    stream = io.BytesIO()
    with pytest.raises(UsageError) as caught:
        write_xlsx(stream, catalog, JARS, HEADING, [record(), record(notes="x" * (LONGEST + 1))])
    assert "notes of record 1 has more than 32,767 characters" in caught.value.message
    assert stream.getvalue() == b""

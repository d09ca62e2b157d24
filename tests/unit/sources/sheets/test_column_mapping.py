"""Sources read by a mapping: names of the view, values for all records, dates of points in time, own locations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bake.catalog.bakery import BAKERY
from bake.sources.detect import recognise
from bake.sources.model import SourceFile
from bake.sources.sheets.column_mapping import ColumnMapping, only_date
from bake.sources.texts.text import text_of

MAPPING = ColumnMapping({"Shop": "supplier_name", "At": "purchase_date", "Colour": None}, {"notes": "none"})
RECORDS: list[dict[str, Any]] = [
    {"Shop": "Costco", "At": "2025-12-20T08:15:00Z", "Colour": "red", "notes": None},
    {"Shop": "Aldi", "At": "soon", "Colour": "blue", "notes": "dry"},
]
READ = [
    {"supplier_name": "Costco", "purchase_date": "2025-12-20", "notes": "none"},
    {"supplier_name": "Aldi", "purchase_date": "soon", "notes": "dry"},
]


def sheet() -> SourceFile:
    """The records as a sheet."""
    rows = [[record[name] or "" for name in RECORDS[0]] for record in RECORDS]
    text = "\n".join(",".join(row) for row in [[*RECORDS[0]], *rows])
    return recognise(text_of(Path("receipts.csv"), text.encode()), BAKERY, "purchases", MAPPING)


def listed() -> SourceFile:
    """The records as a list in JSON."""
    return recognise(text_of(Path("receipts.json"), json.dumps(RECORDS).encode()), BAKERY, "purchases", MAPPING)


@pytest.mark.parametrize("source", [sheet(), listed()], ids=["sheet", "list"])
def test_records_have_the_names_of_the_view(source: SourceFile) -> None:
    """Renamed, left out, filled where nothing is said; one by one and in batches of any size."""
    [section] = source.sections
    assert [record.value for record in source.records(section)] == READ
    for size in (1, 2, 1000):
        batches = source.batches(section, size)
        tables = [table for batch in batches for table in batch.tables()]
        assert [dict(zip(t.names, row, strict=True)) for t in tables for row in t.rows] == READ


def test_locations_are_those_of_the_source() -> None:
    """The cell of the own column; the own member; of a value for all, the record."""
    assert str(sheet().locate(1, "purchase_date")) == "receipts.csv:3:2"
    assert str(listed().locate(1, "supplier_name")).endswith("(/1/Shop)")
    assert str(listed().locate(1, "notes")).endswith("(/1)")


def test_batches_can_still_be_read_in_any_order() -> None:
    """Workers take the batches of a list as they come."""
    [section] = listed().sections
    batches = listed().batches(section, 1)
    assert len(batches) == 2  # type: ignore[arg-type]  # a sequence, which this asserts
    assert [table.rows for table in batches[1].tables()] == [[("Aldi", "soon", "dry")]]  # type: ignore[index]


@pytest.mark.parametrize(
    ("raw", "date"),
    [
        ("2025-12-20T08:15:00Z", "2025-12-20"),
        ("2025-12-20 08:15", "2025-12-20"),
        ("2025-12-20T08:15:00.123+01:00", "2025-12-20"),
        ("2025-12-20", "2025-12-20"),
        ("20:15", "20:15"),
        (5, 5),
        (None, None),
    ],
)
def test_of_a_point_in_time_the_date_is_taken(raw: object, date: object) -> None:
    """As it stands there; anything else stays as it is."""
    assert only_date(raw) == date

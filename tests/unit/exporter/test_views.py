"""Rows as records of a view, files that are whole or not there, and what is said of views."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.memory import MILL

from bake.catalog.base_digest import BASE
from bake.catalog.checked import checked
from bake.catalog.model import ID, Catalog, Column, Joined, Latest, Role, Total, View
from bake.database.aggregates import count, totals
from bake.database.snapshot import DatabaseSnapshot
from bake.errors import UsageError
from bake.exporter.atomic_file import atomic_file
from bake.exporter.heading import Heading
from bake.exporter.records import Records
from bake.exporter.schema import schema
from bake.exporter.template import template
from bake.exporter.views import write_json

BAGS = View(
    "bags",
    "bags",
    envelope="bags_complete",
    purpose="Bags",
    columns=(
        Column("bag_id", (ID,), Role.IDENTITY),
        Column("bag_slug", ("slug",), Role.IDENTITY),
        Column("family", ("grain", "family", "name"), Role.CONTEXT),
        Column("title", (), Role.COMPUTED, Joined((("brand",), ("grain", "name")))),
        Column("last_price", (), Role.COMPUTED, Latest("sales", "bag", "price", "day")),
        Column("sold", (), Role.COMPUTED, Total("sales", "bag", "price")),
        Column("lost", (), Role.COMPUTED),
        Column("weight", ("weight",)),
        Column("note", ("note",)),
        Column("barcode", ("note",), Role.CONTEXT, exported=False),
    ),
)
CATALOG = checked(Catalog("mill", MILL.metadata, MILL.entities, (BAGS,)))
ID_OF = "550e8400-e29b-41d4-a716-44665544000{}"


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    """A mill: rye and its family, two bags, and three sales of the first, one of them without a day."""
    engine = sa.create_engine("sqlite://")
    MILL.metadata.create_all(engine)
    tables = MILL.metadata.tables
    rows: dict[str, list[dict[str, Any]]] = {
        "shops": [{"id": 1, "slug": "s", "name": "Shop"}],
        "grains": [
            {"id": 1, "slug": "g", "name": "Grain", "family_id": None},
            {"id": 2, "slug": "r", "name": "Rye", "family_id": 1},
        ],
        "bags": [
            {"id": 5, "slug": "b", "grain_id": 2, "brand": None, "weight": Decimal("0.10"), "note": ""},
            {"id": 9, "slug": "a", "grain_id": 1, "brand": "A", "weight": Decimal(20), "note": None},
        ],
        "sales": [
            {"id": n, "bag_id": 5, "shop_id": 1, "price": Decimal(price), "day": day}
            for n, (price, day) in enumerate(
                [("0.1", datetime(2025, 3, 1, tzinfo=UTC)), ("0.2", datetime(2025, 1, 1, tzinfo=UTC)), ("0.3", None)]
            )
        ],
    }  # fmt: skip
    with engine.begin() as connection:
        for name, values in rows.items():
            for row in values:
                connection.execute(tables[name].insert().values(uuid=f"{name}{row['id']}", **row))
        yield connection
    engine.dispose()


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_records_of_a_view(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    """References are followed, computed columns made, numbers exact, and pages do not show."""
    monkeypatch.setattr("bake.exporter.records._PAGE", page)
    monkeypatch.setattr("bake.exporter.records._KEPT", 0)
    first, second = Records(DatabaseSnapshot(connection, CATALOG), BAGS)
    assert list(first.values()) == [5, "b", "Grain", "Rye", Decimal("0.1"), Decimal("0.6"), None, Decimal("0.1"), ""]
    assert list(second.values()) == [9, "a", None, "A Grain", None, 0, None, Decimal(20), None]
    assert list(first) == [column.name for column in BAGS.columns if column.exported]


def test_counts_and_totals(connection: sa.Connection) -> None:
    """Sums are those of decimals, not of binary fractions; rows that nothing refers to have none."""
    sales = CATALOG.entities["sales"]
    assert count(connection, sales) == 3
    assert totals(connection, sales, "price", "bag", [5, 9]) == {5: Decimal("0.6")}


def test_json_is_written_digit_for_digit() -> None:
    """The document is one JSON value, its numbers as exact as the database's, its lists readable line by line."""
    stream = io.BytesIO()
    write_json(stream, BAGS, Heading(ID_OF.format(0), "2025-12-24T12:00:00Z", 1), [{"n": Decimal("0.10"), "t": "a\nb"}])
    assert stream.getvalue().endswith(b'"records": [\n    {\n      "n": 0.10,\n      "t": "a\\nb"\n    }\n  ]\n}\n')
    assert json.loads(stream.getvalue())["record_count"] == 1
    empty = io.BytesIO()
    write_json(empty, BAGS, Heading(ID_OF.format(0), "2025-12-24T12:00:00Z", 0), [])
    assert json.loads(empty.getvalue())["records"] == []


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """What fails half-way leaves the file as it was and nothing beside it; what succeeds replaces it."""
    path = tmp_path / "new" / "file"
    with atomic_file(path) as stream:
        stream.write(b"first")
    with pytest.raises(TypeError), atomic_file(path) as stream:
        stream.writelines([b"second", None])  # type: ignore[list-item]
    assert path.read_bytes() == b"first"
    with pytest.raises(UsageError), atomic_file(path / "below"):
        pytest.fail("there is no such folder")
    assert list(path.parent.iterdir()) == [path]


def test_the_schema_says_what_each_column_takes() -> None:
    """Types, bounds and nullability come from the catalog, along the whole path; understood columns are in it too."""
    properties = schema(CATALOG, BAGS)["properties"]["records"]["items"]["properties"]
    assert list(properties) == [*(column.name for column in BAGS.columns), BASE]
    assert properties["weight"] == {
        "description": "A number with at most 2 decimals, more than 0.",
        "type": "number",
        "exclusiveMinimum": Decimal(0),
    }
    assert properties["note"]["type"] == ["string", "null"]
    assert properties["note"]["maxLength"] == 100
    assert properties["family"]["type"] == ["string", "null"]
    assert properties["bag_id"]["type"] == "integer"
    assert properties["sold"]["type"] == "number"
    assert properties["last_price"]["type"] == ["number", "null"]


def test_a_template_without_a_declared_example() -> None:
    """The example then has a value of the right type for each column that can be edited, and says what is needed."""
    documentation = template(CATALOG, BAGS)["documentation"]
    assert documentation["example"] == {"weight": Decimal(1), "note": "…"}
    assert documentation["example_comments"]["weight"].endswith("; needed")
    assert documentation["example_comments"]["note"].endswith("; may be null or left out")

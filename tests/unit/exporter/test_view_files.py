"""Rows as records of a view, files that are whole or not there, and what is said of views."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.memory import MILL

from bake.catalog.base_digest import BASE
from bake.catalog.checked import checked
from bake.catalog.entity import ID
from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    Integer,
    Range,
    Real,
    ScalarType,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.model import Catalog
from bake.catalog.values import parse
from bake.catalog.view import Column, Joined, Latest, Role, Total, View
from bake.database.reading.aggregates import count, totals
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import UsageError
from bake.exporter.atomic_file import atomic_file
from bake.exporter.heading import Heading
from bake.exporter.records import Records
from bake.exporter.schema import schema
from bake.exporter.template import template
from bake.exporter.view_files import write_json

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
TODAY = date(2026, 2, 28)
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
    assert list(properties) == [*(column.name for column in BAGS.columns), BASE, "_evidence"]
    assert list(properties["_evidence"]["properties"]) == ["weight", "note"]
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
    documentation = template(CATALOG, BAGS, TODAY)["documentation"]
    assert documentation["example"] == {"family": "Example family", "weight": Decimal(1), "note": "Example note"}
    assert documentation["needed_in_new_records"] == ["family", "weight"]
    assert documentation["how_to"].endswith("New records need these: family, weight.")
    assert documentation["example_comments"]["weight"].endswith("; needed")
    assert documentation["example_comments"]["note"].endswith("; may be null or left out")


@pytest.mark.parametrize(
    ("columns", "given"),
    [
        (("grain_id", "grain_name", "grain_slug", "family"), ["grain_slug"]),
        (("family", "grain_name", "grain_id"), ["grain_name"]),
        (("family", "grain"), ["grain"]),
        (("grain_id",), []),
    ],
)
def test_the_example_names_what_is_referred_to(columns: tuple[str, ...], given: list[str]) -> None:
    """By the first key that the view has, else by a name, else as a whole; never by an id of this database."""
    paths = {
        "grain_id": ("grain", ID),
        "grain_slug": ("grain", "slug"),
        "grain_name": ("grain", "name"),
        "grain": ("grain",),
        "family": ("grain", "family", "name"),
    }
    context = tuple(Column(name, paths[name], Role.CONTEXT) for name in columns)
    documentation = template(CATALOG, replace(BAGS, columns=(*context, Column("weight", ("weight",)))), TODAY)
    assert documentation["documentation"]["needed_in_new_records"] == [*given, "weight"]


def test_a_declared_example_is_completed() -> None:
    """What it says stands; what it leaves out is a sample, and a reference that it has in its own way is not added."""
    view = replace(BAGS, example={"family": "Wheats", "weight": Decimal("2.5")})
    example = template(CATALOG, view, TODAY)["documentation"]["example"]
    assert example == {"family": "Wheats", "weight": Decimal("2.5"), "note": "Example note"}


@pytest.mark.parametrize(
    ("type_", "sample"),
    [
        (Text(5), "Examp"),
        (Integer(), 1),
        (Integer(Range(Decimal(1900), Decimal(9999))), 2026),
        (Integer(Range(above=Decimal(5000))), 5001),
        (Integer(Range(Decimal(-9), Decimal(-2))), -9),
        (Exact(2, 2, Range(above=Decimal(0))), Decimal("0.01")),
        (Real(), 1),
        (Boolean(), False),
        (Date(), "2026-02-28"),
        (Timestamp(), "2026-02-28T10:00:00Z"),
        (Choice(("g", "kg")), "g"),
        (Uuid(), "00000000-0000-4000-8000-000000000001"),
        (Bytes(3), ""),
        (Document(), {}),
    ],
)
def test_a_sample_of_each_type_fits_it(type_: ScalarType, sample: Any) -> None:
    """Also where 1 is out of range; a year is this one."""
    note = replace(MILL.entities["bags"].fields["note"], type=type_)
    bags = replace(MILL.entities["bags"], fields={**MILL.entities["bags"].fields, "note": note})
    catalog = replace(CATALOG, entities={**CATALOG.entities, "bags": bags})
    assert template(catalog, BAGS, TODAY)["documentation"]["example"]["note"] == sample
    assert parse(type_, sample) == sample


@pytest.mark.parametrize("nullable", [True, False])
def test_a_sample_that_would_look_wrong_is_left_null(nullable: bool) -> None:
    """Nobody can make up a code that its checks pass; null stands for it where null may be stored."""
    declared = MILL.entities["bags"]
    note = replace(declared.fields["note"], checks=(lambda value: f"{value} is no code",), nullable=nullable)
    bags = replace(declared, fields={**declared.fields, "note": note})
    catalog = replace(CATALOG, entities={**CATALOG.entities, "bags": bags})
    example = template(catalog, BAGS, TODAY)["documentation"]["example"]
    assert example["note"] == (None if nullable else "Example note")


def test_an_example_of_columns_that_are_not_read_is_refused() -> None:
    """A declared example can be imported: it says nothing in a column that is unknown or computed."""
    for name in ("colour", "sold"):
        with pytest.raises(TypeError, match=f"its example has '{name}', which is no column that is read"):
            checked(Catalog("mill", MILL.metadata, MILL.entities, (replace(BAGS, example={name: 1}),)))

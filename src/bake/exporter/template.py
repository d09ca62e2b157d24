"""An empty view file, with one record as an example and a word on each of its fields, to be filled in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, assert_never

from bake.catalog.column_types import column_type
from bake.catalog.model import Catalog, Column, Role, View
from bake.catalog.values import (
    Boolean,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Json,
    Real,
    Reference,
    Text,
    Timestamp,
    Uuid,
    describe,
)
from bake.exporter.heading import VERSION, documentation


def template(catalog: Catalog, view: View) -> dict[str, Any]:
    """The document of a view without records. JSON has no comments: they stand under `documentation`."""
    example = dict(view.example) or _example(catalog, view)
    return {
        "export_type": "denormalized_view",
        "view_name": view.envelope,
        "view_version": VERSION,
        "documentation": {
            **documentation(view),
            "how_to": "Write records like `example` into `records`, from a receipt, a voice note or a barcode.",
            "example": example,
            "example_comments": {name: _comment(catalog, view, view.by_name[name]) for name in example},
        },
        "records": [],
    }


def _example(catalog: Catalog, view: View) -> dict[str, Json]:
    """A record of everything that can be edited."""
    editable = [column for column in view.columns if column.role is Role.EDITABLE]
    return {column.name: _sample(column_type(catalog, view, column)) for column in editable}


def _comment(catalog: Catalog, view: View, column: Column) -> str:
    """What a field says, what fits, and whether a new row needs it."""
    name, *rest = column.path
    declared = catalog.entities[view.entity].fields[name]
    what = describe(column_type(catalog, view, column))
    if declared.target:
        what = f"{what}; the {' '.join(rest).replace('_', ' ')} by which the {name} is found"
    return f"{what}; needed" if declared.required else f"{what}; may be null or left out"


def _sample(type_: FieldType) -> Json:
    match type_:
        case Text() | Reference():
            return "…"
        case Integer() | Exact() | Real():
            return Decimal(1)
        case Boolean():
            return False
        case Date():
            return "2025-12-20"
        case Timestamp():
            return "2025-12-20T10:00:00Z"
        case Choice(options):
            return options[0]
        case Uuid() | Document():
            return None
        case _:
            assert_never(type_)

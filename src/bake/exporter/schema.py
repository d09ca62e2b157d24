"""The JSON Schema of a view file (draft 2020-12), by which the output of an AI can be constrained.

It describes exports, and records with fewer columns: no column is required, since a missing one changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, assert_never

from bake.catalog.base_digest import BASE
from bake.catalog.column_types import column_type
from bake.catalog.entity import ID
from bake.catalog.field_types import (
    ANY,
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Range,
    Real,
    Reference,
    Sensitive,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.model import Catalog
from bake.catalog.type_words import describe
from bake.catalog.values import INT64_MAX, INT64_MIN
from bake.catalog.view import Column, Joined, Latest, Role, Total, View
from bake.exporter.heading import VERSION
from bake.sources.evidence import EVIDENCE

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ROLES = {
    Role.IDENTITY: "Says which row the record is about; not to be changed, and left out in a new record.",
    Role.CONTEXT: "Context. It cannot be edited here.",
    Role.COMPUTED: "Computed. It is not read back.",
}


def schema(catalog: Catalog, view: View) -> dict[str, Any]:
    """The JSON Schema of a file of this view."""
    return {
        "$schema": DRAFT,
        "title": view.envelope,
        "description": view.purpose,
        "type": "object",
        "properties": {
            "export_type": {"const": "denormalized_view"},
            "view_name": {"const": view.envelope},
            "view_version": {"const": VERSION},
            "exported_at": {"type": "string", "format": "date-time"},
            "database": {"type": "string", "description": "Which database it came from. Keep it as it is."},
            "export_id": {"type": "string", "format": "uuid", "description": "Keep it as it is."},
            "record_count": {"type": "integer", "minimum": 0},
            "part": {"type": "string", "description": "Which of the records there are. Keep it as it is."},
            "left_out": {"type": "integer", "minimum": 0, "description": "How many rows could not be read."},
            "documentation": {"type": "object"},
            "records": {"type": "array", "items": _record(catalog, view)},
        },
        "required": ["export_type", "view_name", "records"],
        "additionalProperties": False,
    }


def _record(catalog: Catalog, view: View) -> dict[str, Any]:
    properties = {column.name: _property(catalog, view, column) for column in view.columns}
    kept = "What the record was exported with. Keep it as it is; leave it out in a new record."
    for name, line, _ in catalog.lines_of(view):
        properties[name] = {"type": "array", "items": _record(catalog, line)}
    properties[BASE] = {"type": "string", "readOnly": True, "description": kept}
    properties[EVIDENCE] = _evidence(view)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _evidence(view: View) -> dict[str, Any]:
    """What a record may say of where its values come from."""
    said = {
        "type": "object",
        "properties": {
            "source": {"type": "string", "description": "The name of the source, such as that of an image."},
            "url": {"type": "string", "description": "The address at which it was found."},
            "quote": {"type": "string", "description": "What stands there, word for word."},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "additionalProperties": False,
    }
    editable = [column.name for column in view.columns if column.role is Role.EDITABLE]
    return {
        "type": "object",
        "description": "By column, where the value comes from.",
        "properties": {name: {"anyOf": [{"type": "string"}, said]} for name in editable},
        "additionalProperties": False,
    }


def _property(catalog: Catalog, view: View, column: Column) -> dict[str, Any]:
    type_ = column_type(catalog, view, column)
    if isinstance(column.computed, Total) and isinstance(type_, Integer | Exact | Real):
        type_ = replace(type_, range=ANY)  # a sum may be 0 where nothing that is added up is
    described = _ROLES.get(column.role, f"{describe(type_)[:1].upper()}{describe(type_)[1:]}.")
    declared = {"description": described, **_or_null(_type(type_), nullable=_nullable(catalog, view, column))}
    return declared if column.role is Role.EDITABLE else {**declared, "readOnly": True}


def _or_null(declared: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    if not nullable or "type" not in declared:
        return declared
    also = {"enum": [*declared["enum"], None]} if "enum" in declared else {}
    return {**declared, "type": [declared["type"], "null"], **also}


def _nullable(catalog: Catalog, view: View, column: Column) -> bool:
    match column.computed:
        case Total():
            return False
        case Latest() | Joined():
            return True
        case None:
            return not column.path or _path_nullable(catalog, view.entity, column.path)
        case _:
            assert_never(column.computed)


def _path_nullable(catalog: Catalog, entity: str, path: tuple[str, ...]) -> bool:
    """Whether a path may lead to null: whether one of the fields on it may be null."""
    name, *rest = path
    if name == ID:
        return False
    declared = catalog.entities[entity].fields[name]
    return declared.nullable or bool(rest and _path_nullable(catalog, declared.target or "", tuple(rest)))


def _type(type_: FieldType) -> dict[str, Any]:
    """The JSON Schema of the values of a field type, as they stand in a file."""
    match type_:
        case Text(max_length=None):
            return {"type": "string"}
        case Text(length):
            return {"type": "string", "maxLength": length}
        case Integer():
            return {"type": "integer", "minimum": INT64_MIN, "maximum": INT64_MAX, **_bounds(type_.range)}
        case Exact() | Real():
            return {"type": "number", **_bounds(type_.range)}
        case Boolean():
            return {"type": "boolean"}
        case Date():
            return {"type": "string", "format": "date"}
        case Timestamp():
            return {"type": "string", "format": "date-time"}
        case Choice(options):
            return {"type": "string", "enum": list(options)}
        case Uuid():
            return {"type": "string", "format": "uuid"}
        case Bytes():
            return {"type": "string", "contentEncoding": "base64"}
        case Document():
            return {}
        case Sensitive():
            return {"type": "string"}
        case Reference():
            return {"type": "object"}
        case _:
            assert_never(type_)


def _bounds(bounds: Range) -> dict[str, int | Decimal]:
    named = {"minimum": bounds.minimum, "exclusiveMinimum": bounds.above, "maximum": bounds.maximum}
    return {name: bound for name, bound in named.items() if bound is not None}

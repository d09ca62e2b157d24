"""How the canonical values of each field are passed to SQLAlchemy, and read back.

field      SQLAlchemy's type                      driver side
Exact      ExactDecimal(precision, scale)         Decimal
Real       the column's                           float
Integer, Reference, id
           BigInteger, so that a number too large for the column finds nothing instead of failing
Date       the column's                           date
Timestamp  the column's                           datetime, naive (UTC) unless the column keeps time zones
Choice     text to read, the column's to write    str
Uuid       the column's                           UUID or str
Document   the column's, its null SQL's NULL      any JSON value
others     the column's                           str, bool
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa

from bake.catalog.columns import ExactDecimal
from bake.catalog.entity import ID, Entity, Field
from bake.catalog.field_types import Choice, Date, Document, Exact, FieldType, Integer, Real, Reference, Timestamp, Uuid
from bake.catalog.values import Json, canonical_double, canonical_instant, exact

Conversion: TypeAlias = Callable[[Any], Any]

#: How many numbers are remembered.
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Binding:
    """How one field is read and written.

    Attributes:
        field: its name, or `id`.
        column: the column of the table.
        read: the column as an expression to select, of the type that gives what `inward` takes.
        compared: the column as an expression to compare with what `outward` gives.
        inward: from the driver's value, never None, to the canonical one; None where they are the same.
        outward: from the canonical value, never None, to the driver's; None where they are the same.
    """

    field: str
    column: sa.Column[Any]
    read: sa.ColumnElement[Any]
    compared: sa.ColumnElement[Any]
    inward: Conversion | None = None
    outward: Conversion | None = None

    def bound(self, value: Json) -> Any:
        """The driver's form of a canonical value."""
        return value if value is None or self.outward is None else self.outward(value)


def bindings(entity: Entity) -> dict[str, Binding]:
    """The bindings of an entity by field name, in the order of the catalog, `id` first."""
    identifier = entity.table.c[ID]
    whole = sa.type_coerce(identifier, sa.BigInteger())
    return {ID: Binding(ID, identifier, whole, whole)} | {
        field.name: _binding(field, entity.table.c[field.column]) for field in entity.fields.values()
    }


def binder(type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Conversion | None:
    """Converts a value of a type to what the driver takes; None if they are the same. Numbers are cached."""
    process = type_.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(_REMEMBERED, typed=True)(process) if process and isinstance(type_, ExactDecimal) else process


def _binding(field: Field, column: sa.Column[Any]) -> Binding:
    read, compared = (sa.type_coerce(column, type_) for type_ in _types(field.type, column))
    inward, outward = _conversions(field.type, column)
    return Binding(field.name, column, read, compared, inward, outward)


def _types(type_: FieldType, column: sa.Column[Any]) -> tuple[sa.types.TypeEngine[Any], sa.types.TypeEngine[Any]]:
    """The types to read as and to compare and write as."""
    match type_:
        case Exact() if not isinstance(column.type, ExactDecimal):
            decimal = ExactDecimal(type_.precision, type_.scale)
            return decimal, decimal
        case Integer() | Reference():
            return sa.BigInteger(), sa.BigInteger()
        case Choice():
            return sa.String(), column.type
        case Document() if isinstance(column.type, sa.JSON):
            document = column.type.adapt(type(column.type), none_as_null=True)
            return document, document
        case _:
            return column.type, column.type


def _conversions(type_: FieldType, column: sa.Column[Any]) -> tuple[Conversion | None, Conversion | None]:
    """Inward and outward."""
    match type_:
        case Exact():
            return exact, None
        case Real():
            return _real, float
        case Date():
            return date.isoformat, date.fromisoformat
        case Timestamp():
            return canonical_instant, _aware if getattr(column.type, "timezone", False) else _naive
        case Uuid():
            return canonical_uuid, UUID if isinstance(column.type, sa.Uuid) and column.type.as_uuid else None
        case _:
            return None, None


def _real(value: Any) -> Any:
    double = float(value)
    if not math.isfinite(double):
        raise ValueError(f"{double} is no number")
    return canonical_double(double)


def canonical_uuid(value: Any) -> str:
    """A uuid as text, however it is stored; any other text in lower case."""
    text = str(value).lower()
    if len(text) == 36:
        return text
    try:
        return str(UUID(text))
    except ValueError:
        return text


def is_text_of_uuid(binding: Binding) -> bool:
    """Whether a field holds uuids in a text column, which may have them in any spelling."""
    return binding.inward is canonical_uuid and not isinstance(binding.column.type, sa.Uuid)


def _aware(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


def _naive(instant: str) -> datetime:
    return datetime.fromisoformat(instant).replace(tzinfo=None)

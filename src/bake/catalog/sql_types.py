"""The type of a field, from the column that it is read from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bake.catalog.field_types import (
    Boolean,
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

#: The digits in all, and after the point, of a NUMERIC that is declared without them.
_ANY_DECIMAL = 38, 9

#: Types that SQLAlchemy derives from those of texts and times, and whose values are neither.
_NO_VALUE = frozenset({"SET", "INTERVAL"})


def scalar_type(column: sa.Column[Any]) -> ScalarType:
    """What the values of a column are, references aside; its `info` may say more (`bake.catalog.declaring.entity`).

    Raises:
        TypeError: Bake has no value for the type.
    """
    info, type_ = column.info, column.type
    impl = type_.impl_instance if isinstance(type_, sa.types.TypeDecorator) else type_
    bounds = Range(*(_decimal(info.get(name)) for name in ("minimum", "maximum", "above")))
    match impl:
        case _ if "options" in info:
            options = tuple(info["options"])
            spellings = info.get("spellings", {}).items()
            return Choice(options, tuple((written, meant) for written, meant in spellings if meant in options))
        case _ if info.get("uuid"):
            return Uuid()
        case _ if type_.__class__.__name__.upper() in _NO_VALUE:
            raise TypeError(_without_value(column))
        case sa.Boolean():
            return Boolean()
        case sa.Integer():
            return Integer(bounds)
        case sa.Float():
            return Real(bounds)
        case sa.Numeric():
            return Exact(impl.precision, impl.scale or 0, bounds) if impl.precision else Exact(*_ANY_DECIMAL, bounds)
        case sa.DateTime():
            return Timestamp()
        case sa.Date():
            return Date()
        case sa.JSON():
            return Document()
        case sa.Uuid():
            return Uuid()
        case sa.Enum():
            return Choice(tuple(impl.enums))
        case sa.String():
            return Text(impl.length)
        case _:
            raise TypeError(_without_value(column))


def _without_value(column: sa.Column[Any]) -> str:
    return f"{column}: Bake has no value for the type {column.type!r}"


def _decimal(bound: Any) -> Decimal | None:
    return None if bound is None else Decimal(str(bound))

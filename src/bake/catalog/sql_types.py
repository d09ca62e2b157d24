"""The type of a field, from the column that it is read from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.sqltypes import _Binary  # of all types of bytes: MariaDB's LONGBLOB is of no other

from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    Integer,
    PlainType,
    Range,
    Real,
    Text,
    Timestamp,
    Uuid,
)

#: The digits in all, and after the point, of a NUMERIC that is declared without them.
_ANY_DECIMAL = 38, 9

#: Types that SQLAlchemy derives from those of texts and times, and whose values are neither.
_NEITHER = frozenset({"SET", "INTERVAL"})


def is_opaque(type_: sa.types.TypeEngine[Any]) -> bool:
    """Whether the values of a type are read and written as the text that the database makes of them.

    So are those of all types that Bake has no value of its own for, but for what is made for searching, and columns
    without a type.
    """
    impl = _plain(type_)
    if type(impl).__name__ in _NEITHER:
        return True
    return not (
        type(impl).__name__ == "TSVECTOR" or whole_numbers(type_) or isinstance(impl, (sa.types.NullType, *_KNOWN))
    )


def whole_numbers(type_: sa.types.TypeEngine[Any]) -> Range | None:
    """Which whole numbers the values of MariaDB's BIT and YEAR are; None for any other type."""
    impl = _plain(type_)
    match type(impl).__name__ if "mysql" in type(impl).__module__ else "":
        case "BIT":
            bits = getattr(impl, "length", None) or 1
            return Range(Decimal(0), Decimal(min(2**bits, 2**63) - 1))
        case "YEAR":
            return Range(Decimal(1901), Decimal(2155))
        case _:
            return None


def _plain(type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """The type of which another one is made: PostgreSQL's domains are of one, too."""
    if isinstance(type_, sa.types.TypeDecorator) and not isinstance(type_, sa.Interval):
        return type_.impl_instance
    below = getattr(type_, "data_type", None)
    return _plain(below) if isinstance(below, sa.types.TypeEngine) else type_


#: Types of which nothing else has to be known.
_SIMPLE: tuple[tuple[type[sa.types.TypeEngine[Any]], type[Boolean | Timestamp | Date | Document | Uuid]], ...] = (
    (sa.Boolean, Boolean),
    (sa.DateTime, Timestamp),
    (sa.Date, Date),
    (sa.JSON, Document),
    (sa.Uuid, Uuid),
)

#: Types that have values here.
_KNOWN = (*(of for of, _ in _SIMPLE), sa.Integer, sa.Numeric, sa.Float, sa.Enum, sa.String, _Binary)


def scalar_type(column: sa.Column[Any]) -> PlainType:
    """What the values of a column are, references aside; its `info` may say more (`bake.catalog.declaring.entity`).

    Raises:
        TypeError: Bake has no value for the type.
    """
    info, impl = column.info, _plain(column.type)
    bounds = Range(*(_decimal(info.get(name)) for name in ("minimum", "maximum", "above")))
    match impl:
        case _ if "options" in info:
            options = tuple(info["options"])
            spellings = info.get("spellings", {}).items()
            return Choice(options, tuple((written, meant) for written, meant in spellings if meant in options))
        case _ if info.get("uuid"):
            return Uuid()
        case _ if is_opaque(column.type):
            return Text()
        case _ if numbers := whole_numbers(column.type):
            return Integer(numbers)
        case _ if simple := next((made for of, made in _SIMPLE if isinstance(impl, of)), None):
            return simple()
        case sa.Integer():
            return Integer(bounds)
        case sa.Float():
            return Real(bounds)
        case sa.Numeric():
            return Exact(impl.precision, impl.scale or 0, bounds) if impl.precision else Exact(*_ANY_DECIMAL, bounds)
        case sa.Enum():
            return Choice(tuple(impl.enums))
        case sa.String():
            return Text(impl.length)
        case _Binary():
            return Bytes(impl.length)
        case _:
            raise TypeError(_without_value(column))


def _without_value(column: sa.Column[Any]) -> str:
    return f"{column}: Bake has no value for the type {column.type!r}"


def _decimal(bound: Any) -> Decimal | None:
    return None if bound is None else Decimal(str(bound))

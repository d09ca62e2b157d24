"""How a canonical value becomes what the driver takes, and how what it gives becomes a canonical value."""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa

from bake.catalog.columns import ExactDecimal
from bake.catalog.field_types import (
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    Integer,
    Real,
    ScalarType,
    Timestamp,
    Uuid,
)
from bake.catalog.values import canonical_double, canonical_instant, exact

Conversion: TypeAlias = Callable[[Any], Any]


SqlType: TypeAlias = sa.types.TypeEngine[Any]


def types_of(type_: ScalarType, stored: SqlType) -> tuple[SqlType, SqlType]:
    """The types to read as, and to compare and write as."""
    match type_:
        case Exact() if not isinstance(stored, ExactDecimal):
            decimal = ExactDecimal(type_.precision, type_.scale)
            return decimal, decimal
        case Integer():
            return sa.BigInteger(), sa.BigInteger()
        case Choice():
            return sa.String(), stored
        case Document() if isinstance(stored, sa.JSON):
            document = stored.adapt(type(stored), none_as_null=True)
            return document, document
        case _:
            return stored, stored


def conversions_of(type_: ScalarType, stored: SqlType) -> tuple[Conversion | None, Conversion | None]:
    """From what the driver gives to the canonical value, and back; None where they are the same."""
    match type_:
        case Exact():
            return exact, None
        case Real():
            return _real, float
        case Date():
            return date.isoformat, date.fromisoformat
        case Timestamp():
            return canonical_instant, _aware if getattr(stored, "timezone", False) else _naive
        case Bytes():
            return _base64, b64decode
        case Uuid():
            return canonical_uuid, UUID if isinstance(stored, sa.Uuid) and stored.as_uuid else None
        case _:
            return None, None


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


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


def _aware(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


def _naive(instant: str) -> datetime:
    return datetime.fromisoformat(instant).replace(tzinfo=None)

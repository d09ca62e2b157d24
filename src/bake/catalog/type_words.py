"""What values of a type look like, in words, for errors and prompts."""

from __future__ import annotations

from typing import assert_never

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


def describe(type_: FieldType) -> str:
    """What a person is asked to type for a field of this type."""
    match type_:
        case Text(max_length):
            return "text" if max_length is None else f"text of at most {max_length} characters"
        case Integer():
            return _bounded("a whole number", type_.range)
        case Exact():
            return _bounded(f"a number with at most {type_.scale} decimals", type_.range)
        case Real():
            return _bounded("a number", type_.range)
        case Boolean():
            return "true or false"
        case Date():
            return "a date such as 2025-12-20"
        case Timestamp():
            return "a time such as 2025-12-20T10:00:00Z"
        case Choice():
            return "one of " + ", ".join(type_.options)
        case Uuid():
            return "a UUID"
        case Bytes(max_length=None):
            return "bytes in base64"
        case Bytes():
            return f"at most {type_.max_length} bytes in base64"
        case Document():
            return "a JSON value"
        case Sensitive():
            return f"{describe(type_.inner)}, which is shown to nobody; or the token of a known value"
        case Reference():
            return f"one of the {type_.entity}"
        case _:
            assert_never(type_)


def _bounded(noun: str, bounds: Range) -> str:
    return f"{noun}, {bounds}" if bounds != ANY else noun

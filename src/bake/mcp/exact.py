"""Numbers on their way between JSON of the protocol, which knows binary floating point alone, and exact values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def exact(value: Any) -> Any:
    """A value from the protocol, its numbers as they were written: `3.99` and not what is nearest to it in binary."""
    match value:
        case float():
            return Decimal(repr(value))
        case Mapping():
            return {name: exact(part) for name, part in value.items()}
        case list() | tuple():
            return [exact(part) for part in value]
        case _:
            return value


def plain(value: Any) -> Any:
    """A value for the protocol: a number stays one if a reader gets the same digits back, else it is a text."""
    match value:
        case Decimal():
            return _number(value)
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(part) for part in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _number(value: Decimal) -> int | float | str:
    if value == value.to_integral_value() and abs(value) < 1 << 53:
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)

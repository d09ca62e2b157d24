"""JSON columns: how a Document goes to the database and back without its numbers changing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from bake.catalog.values import Json, exact, shown
from bake.errors import UnreadableValue

_T = TypeVar("_T", list[Any], dict[str, Any])

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(document: Json) -> str:
    """A canonical JSON value as text; decimals stay the digits they are."""
    return _ENCODER.encode(document).decode()


def encode_all(documents: Sequence[Json]) -> list[str]:
    """The texts of many values at once."""
    return _ENCODER.encode_lines(documents).decode().split("\n")[:-1]


def decode(text: str | bytes) -> Json:
    """A canonical JSON value; numbers with a fraction or exponent become `Decimal`."""
    return json.loads(text, parse_float=_decimal)


def _decimal(digits: str) -> Decimal:
    return exact(Decimal(digits))


_OWN = msgspec.json.Decoder(float_hook=_decimal)


def decode_own(text: str | bytes, kind: type[_T]) -> _T:
    """A canonical JSON value from text that `encode` wrote into one of Bake's own tables; five times as fast.

    Args:
        text: what stands there.
        kind: what it is to be, a list or an object.

    Raises:
        UnreadableValue: somebody else wrote there: it is no JSON, or of another kind.
    """
    try:
        value = _OWN.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = None
    if not isinstance(value, kind):
        raise UnreadableValue(
            f"Bake's own tables hold {shown(str(text))}, which Bake did not write; expected JSON",
            hint="restore the tables bake_changesets and bake_changes from a backup",
        )
    return value


#: What every engine is created with, so that columns of type JSON use these two.
ENGINE_OPTIONS: dict[str, Any] = {"json_serializer": encode, "json_deserializer": decode}

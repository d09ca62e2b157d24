"""JSON whose numbers stay exact."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from bake.changeset.model import Json

_decoder: msgspec.json.Decoder[Json] = msgspec.json.Decoder(float_hook=Decimal)
#: What may not be printable.
_UNCOMMON = re.compile(r"[^ -~\n]")
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode_json(raw: bytes) -> Json:
    """The value that JSON text stands for; fractions become `Decimal`.

    Raises:
        msgspec.DecodeError: it is not JSON.
        RecursionError: it nests too deep.
    """
    return _decoder.decode(raw)


def parsed_object(text: str) -> dict[str, Json] | None:
    """The JSON object that a text is, or None if it is something else."""
    try:
        value = decode_json(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def encode_json(value: Json) -> bytes:
    """A value as JSON text without white space."""
    return _encoder.encode(value)


def indented(value: Json) -> str:
    """A value as JSON text for people; what is not printable is written by its number."""
    text = msgspec.json.format(encode_json(value), indent=2).decode()
    return _UNCOMMON.sub(_printable, text)


def _printable(found: re.Match[str]) -> str:
    char = found.group()
    if char.isprintable():
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))

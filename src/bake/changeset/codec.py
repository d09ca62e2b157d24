"""One line of a changeset to bytes and back.

The canonical form: UTF-8 JSON, one value a line, no insignificant space, keys in the order of the structs, defaults
left out. `decode(encode(line)) == line`, and `encode(decode(raw)) == raw` for every line that Bake wrote.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from bake.changeset.model import (
    Answered,
    Applied,
    Asked,
    Built,
    Create,
    Delete,
    Failed,
    Header,
    Line,
    Operation,
    Question,
    Skip,
    Update,
)

OPERATION = b'{"type":"operation",'

_encoder = msgspec.json.Encoder(decimal_format="number")
_operations: msgspec.json.Decoder[Operation] = msgspec.json.Decoder(Create | Update | Delete | Skip, float_hook=Decimal)
_others: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Header | Question | Built | Asked | Answered | Applied | Failed, float_hook=Decimal
)


def encode(line: Line) -> bytes:
    """The canonical bytes of a line, its newline included."""
    match line:
        case Create() | Update() | Delete() | Skip():
            return OPERATION + _encoder.encode(line)[1:] + b"\n"
        case _:
            return _encoder.encode(line) + b"\n"


def decode(raw: bytes) -> Line:
    """The line that these bytes (with or without the newline) stand for.

    Raises:
        msgspec.DecodeError: they are no JSON, or none of the known lines.
    """
    if raw.startswith(OPERATION):
        return _operations.decode(raw)
    line: Line = _others.decode(raw)
    return line

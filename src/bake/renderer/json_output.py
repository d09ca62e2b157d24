"""A document as JSON: the same parts under the same keys, values exact, for programs."""

from __future__ import annotations

import re

import msgspec

from bake.renderer.document_parts import Document
from bake.renderer.printable import UNSAFE

FORMAT = "bake.document/1"

_encoder = msgspec.json.Encoder(decimal_format="number")


def to_json(document: Document) -> bytes:
    r"""The document as one JSON object, indented, in UTF-8, ended by a new line.

    Characters that would steer a terminal are written as `\u` escapes: a program reads them back as they were.
    """
    plain = b'{"format":"' + FORMAT.encode() + b'",' + _encoder.encode(document)[1:]
    return UNSAFE.sub(_escaped, msgspec.json.format(plain, indent=2).decode()).encode() + b"\n"


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    units = char.encode("utf-16-be")
    return char if char == "\n" else "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))

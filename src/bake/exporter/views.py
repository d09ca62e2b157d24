"""A view written as JSON: the envelope, then each record as it is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

import msgspec

from bake.catalog.values import Json
from bake.catalog.view import View
from bake.exporter.heading import Heading, envelope

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def write_json(stream: IO[bytes], view: View, heading: Heading, records: Iterable[dict[str, Json]]) -> None:
    """Write a view as a JSON document of two-space indents, a record at a time.

    Args:
        stream: where to.
        view: what the records are.
        heading: which export it is.
        records: canonical values by column; decimals are written as numbers, digit for digit.
    """
    opening = _indented({**envelope(view, heading), "records": []}, 0)
    stream.write(opening.removesuffix(b"[]\n}") + b"[")
    separator = b"\n    "
    for record in records:
        stream.write(separator + _indented(record, 4))
        separator = b",\n    "
    stream.write(b"\n  ]\n}\n" if separator.startswith(b",") else b"]\n}\n")


def _indented(value: Any, by: int) -> bytes:
    """A value as JSON; its further lines `by` spaces to the right. Texts in JSON have no line breaks of their own."""
    return msgspec.json.format(_ENCODER.encode(value), indent=2).replace(b"\n", b"\n" + b" " * by)

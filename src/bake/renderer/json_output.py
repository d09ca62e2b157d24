"""A changeset as JSON, for programs: the parts of its document under the same keys, values exact, and nothing left out.

The JSON Schema is in `document.schema.json`. The operations come last, a line each, and wait in a temporary file while
the others stream past.
"""

from __future__ import annotations

import re
import shutil
from tempfile import TemporaryFile
from typing import IO

import msgspec

from bake.changeset.file import Changeset
from bake.renderer.document import gathered
from bake.renderer.document_builder import Gathering, Some
from bake.renderer.document_parts import Step
from bake.renderer.printable import UNSAFE
from bake.renderer.selection import EVERYTHING, Selection

FORMAT = "bake.document/2"

_NOTHING = '"items": []'
_BETWEEN = ",\n      "

_encoder = msgspec.json.Encoder(decimal_format="number")


def write_json(file: Changeset, stream: IO[bytes], selected: Selection = EVERYTHING) -> None:
    r"""Write a changeset as one JSON object in UTF-8, ended by a new line.

    Characters that would steer a terminal are written as `\u` escapes: a program reads them back as they were.

    Args:
        file: as it was read, damaged or not.
        stream: where to.
        selected: what of it.
    """
    with TemporaryFile() as kept:
        steps = _Written(selected, kept)
        gathering = Gathering(selected.end, selected, steps)
        for operation in file.effective():
            gathering.add(operation)
        plain = b'{"format":"' + FORMAT.encode() + b'",' + _encoder.encode(gathered(file, gathering, selected))[1:]
        before, _, after = _safe(msgspec.json.format(plain, indent=2)).rpartition(_NOTHING.encode())
        stream.write(before)
        if kept.tell():
            kept.seek(0)
            stream.write(b'"items": [')
            stream.write(kept.read(1).replace(b",", b""))
            shutil.copyfileobj(kept, stream)
            stream.write(b"\n    ]")
        else:
            stream.write(_NOTHING.encode())
        stream.write(after + b"\n")


class _Written(Some[Step]):
    """Operations that are written as they come, and not held."""

    def __init__(self, selected: Selection, stream: IO[bytes]) -> None:
        super().__init__(selected.end, selected.before)
        self._stream = stream

    def keep(self, item: Step) -> None:
        """Write the one that was counted last."""
        self._stream.write(_BETWEEN.encode() + _safe(_encoder.encode(item)))


def _safe(raw: bytes) -> bytes:
    return UNSAFE.sub(_escaped, raw.decode()).encode()


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    units = char.encode("utf-16-be")
    return char if char == "\n" else "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))

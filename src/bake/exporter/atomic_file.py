"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bake.destination import followed, is_stream, open_stream
from bake.errors import UsageError
from bake.unfinished import unfinished


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file: under another name at first, then moved into its place over what is there.

    If the block fails, what was there stays. A link is followed; what is no regular file is written to (see
    `bake.destination`).

    Raises:
        UsageError: it cannot be written to; also where writing fails within the block.
    """
    try:
        if is_stream(path):
            with open_stream(path) as stream:
                yield stream
            return
        place = followed(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(place.parent) as file:
            yield file.stream
            file.replace(place)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise UsageError(f"{path} cannot be written: {reason}", hint="Choose another place with --output.") from None

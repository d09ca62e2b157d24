"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bake.errors import UsageError
from bake.unfinished import unfinished


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file: under another name at first, then moved into its place over what is there.

    If the block fails, what was there stays.

    Raises:
        UsageError: it cannot be written to; also where writing fails within the block.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(path.parent) as file:
            yield file.stream
            file.replace(path)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise UsageError(f"{path} cannot be written: {reason}", hint="Choose another place with --output.") from None

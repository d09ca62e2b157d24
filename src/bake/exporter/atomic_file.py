"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import IO

from bake.errors import UsageError


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file: under another name at first, then moved into its place over what is there.

    If the block fails, what was there stays.

    Raises:
        UsageError: it cannot be written to; also where writing fails within the block.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise UsageError(f"{path} cannot be written: {reason}", hint="Choose another place with --output.") from None
    finally:
        with suppress(OSError):
            temporary.unlink()

"""Files that are there whole or not at all: written under a name that nobody else has, then given their own."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

#: What files are called that are being written, and the seconds after which nobody is writing them any more.
_START, _END = ".bake-", ".part"
_FORGOTTEN = 24 * 60 * 60


class Unfinished(NamedTuple):
    """A file that is being written.

    Attributes:
        stream: what is written to.
        path: where it is as yet.
    """

    stream: IO[bytes]
    path: Path

    def put(self, path: Path) -> None:
        """Give the file its name, now that it is whole.

        Raises:
            FileExistsError: there is a file of that name, which stays as it is.
            OSError: it cannot be written.
        """
        self._flush()
        os.link(self.path, path)

    def replace(self, path: Path) -> None:
        """Give the file its name, now that it is whole, in place of what has that name.

        Raises:
            OSError: it cannot be written; what was there stays.
        """
        self._flush()
        self.path.replace(path)

    def _flush(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())


@contextmanager
def unfinished(folder: Path) -> Iterator[Unfinished]:
    """Open a file that is there only once it is put where it belongs; else nothing is left of it.

    Its name is drawn at random, and it is opened only if it is new: process ids are no names, since those of two
    containers are the same. Its permissions are those of any new file, which `tempfile` would narrow to the owner.

    Args:
        folder: where it will be; it has to be there. What killed programs left there is removed.

    Raises:
        OSError: it cannot be written.
    """
    _clear(folder)
    path = folder / f"{_START}{secrets.token_hex(16)}{_END}"
    try:  # around the opening, too: an interruption may come as soon as the file is there
        with path.open("x+b") as stream:
            yield Unfinished(stream, path)
    finally:
        with suppress(OSError):
            path.unlink()


def _clear(folder: Path) -> None:
    """Remove what was left by programs that were killed: nobody has written to it for a day."""
    for left in folder.glob(f"{_START}*{_END}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _FORGOTTEN:
                left.unlink()

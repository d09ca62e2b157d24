"""Sources that can be read only once: standard input and pipes, copied to a temporary file that lasts for a command.

    named as                          called     read
    - or /dev/stdin                   stdin      standard input; a terminal is refused, as nobody types a source
    /dev/fd/63, as `<( … )` gives     pipe       the pipe
    a named pipe, a device            its name   what comes out of it
    anything else                     its name   where it stands

After this, every source is a file that can be opened again and read from any offset: it is recognised by its first
bytes, digested, read, and read once more for the log of skipped records.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bake.errors import InvalidSource, UsageError

STDIN = Path("-")
_STDIN_NAMES = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_DESCRIPTORS = frozenset({"/dev/fd", "/proc/self/fd"})
_BLOCK = 256 * 1024


@contextmanager
def as_file(path: Path) -> Iterator[Path]:
    """A path at which a source can be read as often as needed; within the block only, if it had to be copied.

    Args:
        path: as somebody typed it.

    Raises:
        UsageError: it is standard input, and that is a terminal.
        InvalidSource: it cannot be read.
    """
    if not _is_stream(path):
        yield path
        return
    if path == STDIN and sys.stdin.isatty():
        hint = "Pipe a source into it (cat sheet.csv | bake …), or name a file."
        raise UsageError("- is standard input, and that is a terminal", hint=hint)
    with TemporaryDirectory(prefix="bake-") as folder:
        copy = Path(folder) / _name(path)
        try:
            _copy(path, copy)
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise InvalidSource(f"{path} cannot be read: {reason}", hint="Check what writes into it.") from None
        yield copy


def _is_stream(path: Path) -> bool:
    """Whether what a path names can be read only once."""
    return path == STDIN or (path.exists() and not path.is_file() and not path.is_dir())


def _name(path: Path) -> str:
    if str(path) in _STDIN_NAMES:
        return "stdin"
    return "pipe" if str(path.parent) in _DESCRIPTORS else path.name


def _copy(path: Path, copy: Path) -> None:
    opened = os.fdopen(os.dup(0), "rb") if path == STDIN else path.open("rb")
    with opened as stream, copy.open("wb") as written:
        shutil.copyfileobj(stream, written, _BLOCK)

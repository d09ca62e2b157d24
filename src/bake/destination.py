"""Where output goes: a regular file is replaced whole, links are followed, anything else is written to and stays.

the path                                      what is done
- , /dev/stdout, /dev/fd/1                    written to standard output (`-` only by the command line)
a named pipe, a device, /dev/fd/63            written to
a symbolic link                               what it leads to, by these rules
any other path                                a file that is there whole or not at all
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

STDOUT = Path("-")
_STDOUT_NAMES = frozenset({"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})


def followed(path: Path) -> Path:
    """The path to which a symbolic link leads; another path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() and not _is_stdout(path) else path


def is_stream(path: Path) -> bool:
    """Whether a path is written to and never replaced: standard output, a pipe, a device."""
    there = followed(path)
    return _is_stdout(path) or (there.exists() and not there.is_file() and not there.is_dir())


def open_stream(path: Path) -> IO[bytes]:
    """Open what `is_stream` says is one.

    Raises:
        OSError: it cannot be opened.
    """
    return os.fdopen(os.dup(1), "wb") if path == STDOUT or _is_stdout(path) else followed(path).open("wb", buffering=0)


def _is_stdout(path: Path) -> bool:
    return str(path) in _STDOUT_NAMES

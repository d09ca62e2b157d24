"""Changing a file that is replaced as a whole: one process after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from bake.changeset.file_lock import patiently


@contextmanager
def exclusive(path: Path, wait: float) -> Iterator[None]:
    """Keep out, until the block ends, everybody else who changes a file in this way.

    Where the system has advisory locks, the file itself is locked, and made if it is not there; a lock ends with its
    process. Elsewhere a lock file beside it is made, which only one process can.

    Args:
        path: the file; its folder has to be there.
        wait: for how many seconds others are waited for.

    Raises:
        UsageError: others held it for longer.
        OSError: it cannot be opened or made.
    """
    refused = partial(_refusal, path, wait)
    try:
        import fcntl
    except ImportError:
        lock = path.with_name(f".{path.name}.lock")
        patiently(lambda: lock.open("xb").close(), wait, refused)
        try:
            yield
        finally:
            lock.unlink()
    else:
        stream = patiently(
            lambda: _lock(path, lambda it: fcntl.flock(it, fcntl.LOCK_EX | fcntl.LOCK_NB)), wait, refused
        )
        with stream:
            yield


def _lock(path: Path, lock: Callable[[IO[bytes]], None]) -> IO[bytes]:
    """Open and lock what has the name now: whoever held it may have put another file in its place."""
    stream = path.open("ab")
    try:
        lock(stream)
        if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return stream
        raise BlockingIOError
    except BaseException:
        stream.close()
        raise


def _refusal(path: Path, wait: float) -> str:
    return f"{path} has been locked by another program for more than {wait:g} seconds"

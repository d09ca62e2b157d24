"""Changing a file that is replaced as a whole: one process after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from bake.errors import UsageError

_PAUSE = 0.02
_Held = TypeVar("_Held")


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
    try:
        import fcntl
    except ImportError:
        lock = path.with_name(f".{path.name}.lock")
        _patiently(path, wait, lambda: lock.open("xb").close())
        try:
            yield
        finally:
            lock.unlink()
    else:
        stream = _patiently(path, wait, lambda: _lock(path, lambda it: fcntl.flock(it, fcntl.LOCK_EX | fcntl.LOCK_NB)))
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


def _patiently(path: Path, wait: float, attempt: Callable[[], _Held]) -> _Held:
    """What an attempt gives, made again and again while others hold the file."""
    until = time.monotonic() + wait
    while True:
        try:
            return attempt()
        except (BlockingIOError, FileExistsError):
            if time.monotonic() > until:
                raise UsageError(
                    f"{path} has been locked by another program for more than {wait:g} seconds",
                    hint="wait until that is done, or end it, then try again",
                ) from None
            time.sleep(_PAUSE)

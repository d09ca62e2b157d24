"""The lock on a changeset file: one process at a time decides in it, applies it, or appends to it.

Who decides holds it from the first look at the file and the ledger to the event; an application, through its
transaction. It is an advisory lock of the operating system, so that it ends with its process; where there is none, only
the digest of the event before, which each event has, tells that somebody else has written.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TypeAlias, TypeVar

from bake.errors import UsageError

#: Seconds for which a file is waited for that another program holds.
WAIT = 5.0
_PAUSE = 0.02
_Held = TypeVar("_Held")

_LOCKS = Path("/proc/locks")
#: What is told of a command line: its first words, but no options, paths or addresses, which may hold a password.
_WORD = re.compile(r"[A-Za-z][\w.-]{0,30}")

#: Device and inode of a file.
_FileId: TypeAlias = tuple[int, int]

#: The files that this thread holds.
_HELD: ContextVar[frozenset[_FileId]] = ContextVar("held", default=frozenset())


@contextmanager
def held(path: Path, wait: float = WAIT) -> Iterator[IO[bytes]]:
    """The file, open for changing, with all others kept out until the end of the block; a block may stand in another.

    Args:
        path: the file.
        wait: for how many seconds others are waited for.

    Raises:
        UsageError: there is no such file, it cannot be written to, or others held it for longer; it names them.
    """
    with _opened(path) as stream:
        found = os.fstat(stream.fileno())
        file = found.st_dev, found.st_ino
        if file in _HELD.get():
            yield stream
            return
        _lock(stream, path, wait)
        if not _is_at(path, file):  # it was built again while it was waited for, and what is there now is another file
            with held(path, wait) as other:
                yield other
            return
        token = _HELD.set(_HELD.get() | {file})
        try:
            yield stream
        finally:
            _HELD.reset(token)


def _is_at(path: Path, file: _FileId) -> bool:
    """Whether this file still has that path; if it is gone, the next one to open it reports that."""
    try:
        found = path.stat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == file


def _lock(stream: IO[bytes], path: Path, wait: float) -> None:
    try:
        import fcntl
    except ImportError:  # no advisory locks on this system
        return
    patiently(
        lambda: fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB),
        wait,
        lambda: f"{path} has been locked by {_holder(path)} for more than {wait:g} seconds; nothing was done",
    )


def patiently(attempt: Callable[[], _Held], wait: float, refusal: Callable[[], str]) -> _Held:
    """The result of an attempt, which is made again and again while others hold a file.

    Args:
        attempt: raises `BlockingIOError` or `FileExistsError` while it cannot succeed.
        wait: for how many seconds.
        refusal: the message if it has not succeeded by then.

    Raises:
        UsageError: others held the file for longer.
    """
    until = time.monotonic() + wait
    while True:
        try:
            return attempt()
        except (BlockingIOError, FileExistsError):
            if time.monotonic() > until:
                raise UsageError(refusal(), hint="wait until that is done, or end it, then try again") from None
            time.sleep(_PAUSE)


def _holder(path: Path) -> str:
    """Who has locked a file, as far as the system tells (proc_locks(5))."""
    try:
        inode = str(path.stat().st_ino)
        lines = [line.split() for line in _LOCKS.read_text(encoding="ascii").splitlines()]
        [pid] = {line[4] for line in lines if line[1] == "FLOCK" and line[5].rpartition(":")[2] == inode}
        arguments = Path(f"/proc/{int(pid)}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except (OSError, ValueError, IndexError):
        return "another program"
    words = [Path(arguments[0]).name, *map(_last_part, arguments[1:2]), *arguments[2:4]]
    known = words[: next((n for n, word in enumerate(words) if not _WORD.fullmatch(word)), len(words))]
    return f"process {pid} ({' '.join(known)})" if known else f"process {pid}"


def _last_part(argument: str) -> str:
    """The name of a program that is given to an interpreter by its path."""
    return Path(argument).name if argument.startswith("/") else argument


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("r+b")
    except FileNotFoundError:
        raise UsageError(f"there is no changeset {path}", hint="bake changeset list") from None
    except OSError as error:
        hint = "check the permissions of the file"
        raise UsageError(f"{path} cannot be written to: {error.strerror}", hint=hint) from None

"""Runs `bake` and kills it, as a power cut would, at the n-th time that it comes to a point.

    python killed.py POINT N ARGUMENTS …

POINT is one of `POINTS`. The process sends itself SIGKILL: no handler runs, no buffer is flushed. SQLite gets a cache
of one page, so that a transaction writes to the database file, and to its journal, long before it is committed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

POINTS = ("statement", "executed", "commit", "committed", "fsync", "synced", "torn", "exit")

#: How much of what was written last is missing in a torn file.
_MISSING = 40


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Countdown:
    def __init__(self, n: int) -> None:
        self._left = n

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            _die()


def _around(owner: Any, name: str, *, before: Callable[..., None] | None, after: Callable[..., None] | None) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any) -> Any:
        if before:
            before(*arguments)
        result = original(*arguments)
        if after:
            after(*arguments)
        return result

    setattr(owner, name, wrapped)


def _torn(countdown: _Countdown) -> Callable[[int], None]:
    """Cut the end off a file that is being written, and then die."""

    def cut(descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        os.ftruncate(descriptor, size - _MISSING)
        countdown()
        os.ftruncate(descriptor, size)

    return cut


def arm(point: str, n: int) -> None:
    """Make this process die at the n-th time that it comes to the point."""
    countdown = _Countdown(n)
    sa.event.listen(sa.Engine, "connect", lambda connection, _: connection.execute("PRAGMA cache_size = 1"))
    match point:
        case "statement":
            sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: countdown())
        case "executed":
            sa.event.listen(sa.Engine, "after_cursor_execute", lambda *_: countdown())
        case "commit":
            _around(DefaultDialect, "do_commit", before=countdown, after=None)
        case "committed":
            _around(DefaultDialect, "do_commit", before=None, after=countdown)
        case "fsync":
            _around(os, "fsync", before=countdown, after=None)
        case "synced":
            _around(os, "fsync", before=None, after=countdown)
        case "torn":
            _around(os, "fsync", before=_torn(countdown), after=None)
        case "exit":
            _around(sys, "exit", before=countdown, after=None)
        case _:
            raise SystemExit(f"{point} is not one of {', '.join(POINTS)}")


if __name__ == "__main__":
    from bake.cli.main import main

    arm(sys.argv[1], int(sys.argv[2]))
    sys.argv[1:] = sys.argv[3:]
    main()

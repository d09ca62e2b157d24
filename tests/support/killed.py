"""Runs `bake` and kills it, as a power cut would, at the n-th time that it comes to a point.

    python killed.py POINT N ARGUMENTS …

POINT is one of `POINTS`. The process sends itself SIGKILL: no handler runs, no buffer is flushed. Commits count only
where something was written. For `within`, N are the microseconds since such a commit began; for `time`, those since the
first statement.

    python killed.py count FILE ARGUMENTS …

kills nothing, and writes to FILE how often the run came by: `{"statement": …, "commit": …, "fsync": …, "time": …}`.

SQLite gets a cache of one page, so that a transaction writes to the database file, and to its journal, long before it
is committed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

POINTS = ("statement", "executed", "commit", "within", "committed", "fsync", "synced", "torn", "exit", "time")

#: How much of what was written last is missing in a torn file.
_MISSING = 40

_WRITES = ("INSERT", "UPDATE", "DELETE")


#: What the process sends itself: with SIGINT it is interrupted there, as by Ctrl-C, and may tidy up.
_SIGNAL = signal.Signals[os.environ.get("BAKE_TEST_SIGNAL", "SIGKILL")]


def _die(*_: object) -> None:
    os.kill(os.getpid(), _SIGNAL)


class _Countdown:
    def __init__(self, n: int, act: Callable[[], None] = _die) -> None:
        self.left = n
        self._act = act

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            self._act()


def _die_in(microseconds: int) -> None:
    """Die soon, whatever the run does by then: drivers let other threads run while they wait for disk or network."""

    def wait() -> None:
        time.sleep(microseconds / 1_000_000)
        _die()

    threading.Thread(target=wait, daemon=True).start()


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
        if countdown.left == 1:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - _MISSING)
        countdown()

    return cut


def _around_commits(*, before: Callable[[], None] | None = None, after: Callable[[], None] | None = None) -> None:
    """Do something before or after the commits of transactions that have written."""
    written = threading.Event()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(_WRITES):
            written.set()

    def begin(*_: object) -> None:
        if written.is_set() and before:
            before()

    def end(*_: object) -> None:
        if written.is_set() and after:
            after()
        written.clear()

    sa.event.listen(sa.Engine, "after_cursor_execute", note)
    _around(DefaultDialect, "do_commit", before=begin, after=end)


def _small_cache(connection: Any, _record: object) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA cache_size = 1")


def arm(point: str, n: int) -> None:
    """Make this process die at the n-th time that it comes to the point."""
    countdown = _Countdown(n)
    match point:
        case "statement":
            sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: countdown())
        case "executed":
            sa.event.listen(sa.Engine, "after_cursor_execute", lambda *_: countdown())
        case "commit":
            _around_commits(before=countdown)
        case "within":
            _around_commits(before=lambda: _die_in(n))
        case "committed":
            _around_commits(after=countdown)
        case "fsync":
            _around(os, "fsync", before=countdown, after=None)
        case "synced":
            _around(os, "fsync", before=None, after=countdown)
        case "torn":
            _around(os, "fsync", before=_torn(countdown), after=None)
        case "exit":
            _around(sys, "exit", before=countdown, after=None)
        case "time":
            first = _Countdown(1, lambda: _die_in(n))
            sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: first())
        case _:
            raise SystemExit(f"{point} is not one of {', '.join(POINTS)}")


def count(file: Path) -> None:
    """Count how often this process comes by, until it exits."""
    passed: Counter[str] = Counter()
    began: list[float] = []

    def statement(*_: object) -> None:
        passed["statement"] += 1
        began.append(time.perf_counter())

    def write(*_: object) -> None:
        lasted = time.perf_counter() - began[0] if began else 0
        file.write_text(json.dumps(passed | {"time": round(lasted * 1_000_000)}), encoding="utf-8")

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)
    _around_commits(before=lambda: passed.update(["commit"]))
    _around(os, "fsync", before=lambda *_: passed.update(["fsync"]), after=None)
    _around(sys, "exit", before=write, after=None)


if __name__ == "__main__":
    from bake.cli.main import main

    sa.event.listen(sa.Engine, "connect", _small_cache)
    if sys.argv[1] == "count":
        count(Path(sys.argv[2]))
    else:
        arm(sys.argv[1], int(sys.argv[2]))
    sys.argv[1:] = sys.argv[3:]
    main()

"""Telling from a file's dates that nobody has written to it, without reading it."""

from __future__ import annotations

import os
import time
from typing import IO, TypeAlias

#: What differs once a file is written to or replaced.
Stamp: TypeAlias = tuple[int, ...]

#: Nanoseconds for which a file has to be at rest: what is written within one tick of the clock has one date.
_MIN_AGE_NS = 2_000_000_000


def stamp(found: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def lasting_stamp(stream: IO[bytes]) -> Stamp | None:
    """The stamp of an open file, if any later change will show in it; None of one that was changed a moment ago."""
    found = os.fstat(stream.fileno())
    return stamp(found) if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > _MIN_AGE_NS else None

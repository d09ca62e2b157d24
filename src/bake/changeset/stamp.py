"""Detects that a file was changed, from its metadata and without reading it."""

from __future__ import annotations

import os
import time
from typing import IO, TypeAlias

#: Device, inode, size and times of a file: at least one of them differs after it is written to or replaced.
Stamp: TypeAlias = tuple[int, ...]

#: Nanoseconds since the last change after which a stamp can be relied on. File systems keep time in coarse steps: two
#: writes within one step leave the same times.
_MIN_AGE_NS = 2_000_000_000


def stamp(found: os.stat_result) -> Stamp:
    """The stamp of a file, from the result of `os.stat`."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def lasting_stamp(stream: IO[bytes]) -> Stamp | None:
    """The stamp of an open file; None if the file changed so recently that a further change might leave it equal."""
    found = os.fstat(stream.fileno())
    return stamp(found) if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > _MIN_AGE_NS else None

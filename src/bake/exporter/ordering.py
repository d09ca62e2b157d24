"""Lines in the order of their keys, however many there are.

Databases disagree on how texts sort, and rows seldom lie in the order of their keys. So lines are sorted here, by the
bytes of their keys: as many as memory should hold at a time, then merged from temporary files. The order is the same
for every database that holds the same rows.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO

#: How many bytes of lines are sorted in memory.
RUN = 16 * 1024**2

#: What stands between a key and its line; sorts before all that either holds.
_END = b"\0"

_BLOCK = 2000


def in_order(pages: Iterable[tuple[list[bytes], list[bytes]]], folder: Path, run: int = RUN) -> Iterator[list[bytes]]:
    """Lines sorted by key, some at a time.

    Args:
        pages: keys, and the line of each; neither holds a line end or a zero byte.
        folder: where temporary files may stand.
        run: how many bytes are sorted in memory.

    Raises:
        OSError: the disk is full.
    """
    with ExitStack() as files:
        runs: list[IO[bytes]] = []
        lines: list[bytes] = []
        size = 0
        for keys, page in pages:
            keyed = [key + _END + line + b"\n" for key, line in zip(keys, page, strict=True)]
            lines += keyed
            size += sum(map(len, keyed))
            if size > run:
                runs.append(files.enter_context(tempfile.TemporaryFile(dir=folder)))
                _write(runs[-1], lines)
                lines, size = [], 0
        lines.sort()
        merged = heapq.merge(*runs, lines) if runs else iter(lines)
        while block := list(islice(merged, _BLOCK)):
            yield [line[line.index(_END) + 1 : -1] for line in block]


def _write(stream: IO[bytes], lines: list[bytes]) -> None:
    """Write a run, and go back to its beginning."""
    lines.sort()
    stream.writelines(lines)
    stream.seek(0)

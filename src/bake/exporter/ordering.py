"""External sorting: sort any number of lines by their keys in bounded memory.

Databases sort texts differently, so lines are sorted here, by the bytes of their keys: every database that holds the
same rows gives the same order. Runs that fit into memory are sorted, written to temporary files, and merged.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO

#: The size of a run in bytes: about how much is sorted in memory.
RUN = 16 * 1024**2

#: Separates a key from its line. It sorts before any byte of a key, so that `a` comes before `ab`.
_END = b"\0"

#: How many sorted lines are given at a time.
_BLOCK = 2000


def in_order(pages: Iterable[tuple[list[bytes], list[bytes]]], folder: Path, run: int = RUN) -> Iterator[list[bytes]]:
    """Sort lines by their keys.

    Args:
        pages: pages of keys, and of the lines that belong to them; neither may contain a line end or a zero byte.
        folder: the folder for temporary files.
        run: the size of a run in bytes.

    Yields:
        Blocks of lines, without their keys, in order.

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
    """Sort lines, write them to a stream, and rewind it for reading."""
    lines.sort()
    stream.writelines(lines)
    stream.seek(0)

"""Helpers for work that is too much for one processor: processes that do parts of it, and hand in what comes of them.

They are forked, so that all that was read so far is theirs, too, and takes memory once. Of as many parts as there are
workers, the first is done by whoever has the helpers, and each of the others by one of them. Whatever happens to a
helper costs time and nothing else: what it does not hand in is to be done like the first.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import cycle
from types import TracebackType
from typing import NoReturn, TypeAlias

#: How many helpers there are if nobody says anything else. Each takes memory.
USUAL = 1

#: Does the share of one helper, given its turn, from 1, and how many workers there are; yields what it hands in.
Share: TypeAlias = Callable[[int, int], Iterator[bytes]]

#: Bytes of the length that comes before each part.
_LENGTH = 8

#: What would end a command.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: How many bytes may be handed in and not yet taken.
_PIPE = 1 << 20


def hands() -> int:
    """How many helpers are of use: a processor for each; none where processes cannot well be forked."""
    return len(os.sched_getaffinity(0)) - 1 if sys.platform == "linux" else 0


class Crew:
    """Some helpers, within a block at whose end they are gone."""

    def __init__(self, share: Share, size: int) -> None:
        """Fork them. There must be no other threads, nor anything open that must not be shared.

        Args:
            share: what each does.
            size: how many helpers.
        """
        self._size = size
        self._helpers: list[_Helper] = []
        with _uninterrupted(), suppress(OSError):  # there may be no room for another process
            for turn in range(1, size + 1):
                self._helpers.append(_Helper(partial(share, turn, size + 1), self._helpers))

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in self._helpers:
            helper.dismiss()

    def begin(self) -> None:
        """Let them begin."""
        for helper in self._helpers:
            helper.begin()

    def parts(self, _section: object = None) -> Iterator[bytes | None]:
        """What is handed in, part by part; None for the first of each round, and for those of a helper that is gone."""
        lacking = self._size - len(self._helpers)
        return (helper.part() if helper else None for helper in cycle((None, *self._helpers, *[None] * lacking)))


class _Helper:
    """A process that waits for its beginning, does its share and ends."""

    def __init__(self, share: Callable[[], Iterator[bytes]], others: list[_Helper]) -> None:
        import fcntl

        waiting, self._beginning = os.pipe()
        handed, handing = os.pipe()
        with suppress(OSError):  # some systems allow less: then it waits more often
            fcntl.fcntl(handing, fcntl.F_SETPIPE_SZ, _PIPE)
        self._pid = os.fork()
        if self._pid == 0:
            _serve(share, waiting, handing, [self._beginning, handed, *(fd for other in others for fd in other.fds)])
        os.close(waiting)
        os.close(handing)
        self._parts = os.fdopen(handed, "rb", 1 << 18)

    @property
    def fds(self) -> tuple[int, int]:
        """This side of its pipes."""
        return self._beginning, self._parts.fileno()

    def begin(self) -> None:
        """Let it begin."""
        with suppress(BrokenPipeError):
            os.write(self._beginning, b"!")

    def part(self) -> bytes | None:
        """The next part that it hands in; None once it is gone."""
        size = self._parts.read(_LENGTH)
        part = self._parts.read(int.from_bytes(size)) if len(size) == _LENGTH else b""
        return part if part and len(part) == int.from_bytes(size) else None

    def dismiss(self) -> None:
        """End it, if it has not ended."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._beginning)
        self._parts.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals wait until the block is over: in the middle of a fork, Python would pass one over in silence."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(share: Callable[[], Iterator[bytes]], waiting: int, handing: int, foreign: list[int]) -> NoReturn:
    """Be a helper. Nothing of what the parent has open is tidied up at the end: it is the parent's."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the parent's to say that all ends
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for fd in foreign:
            os.close(fd)
        if os.read(waiting, 1):
            with os.fdopen(handing, "wb", 1 << 18) as stream:
                for part in share():
                    stream.write(len(part).to_bytes(_LENGTH) + part)
                    stream.flush()
            status = 0
    finally:
        os._exit(status)

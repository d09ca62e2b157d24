"""Helpers for work that is too much for one processor: processes that do tasks, and hand in what comes of them.

They are forked, so that all that was read so far is theirs, too, and takes memory once. Tasks are dealt to them as they
get done, and whoever deals does one whenever there is nothing else to do. Whatever happens to a helper costs time and
nothing else: of what it does not hand in, that is said.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import chain
from pathlib import Path
from select import select
from typing import NoReturn, TypeAlias, TypeVar

#: How many helpers there are if nobody says anything else. Each takes memory.
USUAL = 1

#: How many tasks a helper has at a time, so that it need not wait for the next one; and how many results may wait for
#: those before them.
_DEALT, _WAITING = 2, 2

#: Two numbers; and the bytes of a number.
Task: TypeAlias = tuple[int, int]
_BYTES = 8

#: Makes a helper ready to do tasks, once there is one.
Start: TypeAlias = Callable[[], AbstractContextManager[Callable[[Task], bytes]]]

#: What would end a command.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: How many bytes may be handed in and not yet taken.
_PIPE = 1 << 20

_Result = TypeVar("_Result")


def usable_cpus() -> int:
    """How many helpers are of use: a processor for each; none where processes cannot well be forked."""
    return len(os.sched_getaffinity(0)) - 1 if sys.platform == "linux" else 0


def has_threads() -> bool:
    """Whether this process has other threads, Python's or a library's: their locks would stay taken in a fork."""
    return len(list(Path("/proc/self/task").iterdir())) > 1


class WorkerPool:
    """Some helpers, within a block at whose end they are gone."""

    def __init__(self, start: Start, size: int) -> None:
        """Fork them. There must be no other threads, nor anything open that must not be shared.

        Args:
            start: how each begins, when its first task has come.
            size: how many helpers.
        """
        self._helpers: list[_WorkerProcess] = []
        with _uninterrupted(), suppress(OSError):  # there may be no room for another process
            for _ in range(size):
                self._helpers.append(_WorkerProcess(start, self._helpers))

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_exception: object) -> None:
        for helper in self._helpers:
            helper.dismiss()

    def results(self, tasks: Sequence[Task], here: Callable[[Task], _Result]) -> Iterator[_Result | bytes | None]:
        """What comes of tasks, in their order: handed in by a helper, or done here; None of what a helper lost.

        Args:
            tasks: what is to be done.
            here: does a task in this process.
        """
        ready: dict[int, _Result | bytes | None] = {}
        following = 0
        for n in range(len(tasks)):
            while n not in ready:
                following = self._deal(tasks, following)
                can_be_done = following < len(tasks) and (following == n or len(ready) < _WAITING)
                for helper in self._with_results(wait=not can_be_done):
                    ready.update(helper.handed_in())
                if n not in ready and can_be_done:
                    ready[following] = here(tasks[following])
                    following += 1
            yield ready.pop(n)

    def _deal(self, tasks: Sequence[Task], following: int) -> int:
        """Deal tasks from one on to the helpers; the first that is left."""
        for helper in self._helpers:
            while following < len(tasks) and helper.deal(following, tasks[following]):
                following += 1
        return following

    def _with_results(self, *, wait: bool) -> list[_WorkerProcess]:
        working = [helper for helper in self._helpers if helper.tasks]
        return select(working, (), (), None if wait else 0)[0] if working else []


class _WorkerProcess:
    """A process that does tasks until there are no more.

    Attributes:
        tasks: the places of those that it has.
    """

    def __init__(self, start: Start, others: Sequence[_WorkerProcess]) -> None:
        import fcntl

        given, self._giving = os.pipe()
        handed, handing = os.pipe()
        with suppress(OSError):  # some systems allow less: then it waits more often
            fcntl.fcntl(handing, fcntl.F_SETPIPE_SZ, _PIPE)
        self._pid = os.fork()
        if self._pid == 0:
            _serve(start, given, handing, [self._giving, handed, *(fd for other in others for fd in other.fds)])
        os.close(given)
        os.close(handing)
        self._parts = os.fdopen(handed, "rb", 0)
        self._is_gone = False
        self.tasks: deque[int] = deque()

    @property
    def fds(self) -> tuple[int, int]:
        """This side of its pipes."""
        return self._giving, self._parts.fileno()

    def fileno(self) -> int:
        """What tells that it has handed something in."""
        return self._parts.fileno()

    def deal(self, position: int, task: Task) -> bool:
        """Give it a task, if it has room for one."""
        if self._is_gone or len(self.tasks) == _DEALT:
            return False
        with suppress(BrokenPipeError):
            os.write(self._giving, b"".join(number.to_bytes(_BYTES) for number in task))
        self.tasks.append(position)
        return True

    def handed_in(self) -> dict[int, bytes | None]:
        """The result of its first task; None for all that it has, if it is gone."""
        size = self._read(_BYTES)
        part = self._read(int.from_bytes(size)) if size else None
        if part is not None:
            return {self.tasks.popleft(): part}
        lost, self.tasks, self._is_gone = self.tasks, deque(), True
        return dict.fromkeys(lost)

    def _read(self, size: int) -> bytes | None:
        """So many bytes; None if it ended before."""
        data = bytearray()
        while len(data) < size:
            if not (more := self._parts.read(size - len(data))):
                return None
            data += more
        return bytes(data)

    def dismiss(self) -> None:
        """End it, if it has not ended."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._giving)
        self._parts.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals wait until the block is over: in the middle of a fork, Python would pass one over in silence."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(start: Start, given: int, handing: int, foreign: list[int]) -> NoReturn:
    """Be a helper. Nothing of what the parent has open is tidied up at the end: it is the parent's."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the parent's to say that all ends
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for fd in foreign:
            os.close(fd)
        with os.fdopen(given, "rb", 0) as tasks, os.fdopen(handing, "wb") as parts:
            if first := tasks.read(2 * _BYTES):
                with start() as do:
                    for task in chain((first,), iter(lambda: tasks.read(2 * _BYTES), b"")):
                        part = do((int.from_bytes(task[:_BYTES]), int.from_bytes(task[_BYTES:])))
                        parts.write(len(part).to_bytes(_BYTES) + part)
                        parts.flush()
    finally:
        os._exit(0)

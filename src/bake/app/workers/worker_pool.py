"""A pool of forked worker processes that run tasks beside the main process and send back the results as bytes.

Workers are forked so that they share what the main process has already read, which then takes memory only once. The
main process sends them tasks as they finish earlier ones, and runs a task itself when it has nothing else to do. A
worker that dies costs time, but no correctness: the results that it owed are reported as None.
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

#: The default number of workers. Each takes memory.
USUAL = 1

#: How many tasks a worker holds at a time, so that it never waits for the next one.
_TASKS_PER_WORKER = 2

#: How many finished results may wait for the results of earlier tasks.
_WAITING = 2

#: A task is two numbers, whose meaning is the caller's.
Task: TypeAlias = tuple[int, int]

#: How many bytes a number takes in a pipe.
_BYTES = 8

#: Called in a worker when its first task arrives; its context gives the function that runs tasks.
Start: TypeAlias = Callable[[], AbstractContextManager[Callable[[Task], bytes]]]

#: The signals that end a command.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: The size of the pipe for results, in bytes: a worker waits when it is full.
_PIPE = 1 << 20

_Result = TypeVar("_Result")


def usable_cpus() -> int:
    """How many workers can run at once: one for each processor but one; 0 on systems where forking is not safe."""
    return len(os.sched_getaffinity(0)) - 1 if sys.platform == "linux" else 0


def has_threads() -> bool:
    """Whether this process has other threads, Python's or a library's: in a fork, the locks they hold stay locked."""
    return len(list(Path("/proc/self/task").iterdir())) > 1


class WorkerPool:
    """A context manager that runs tasks in worker processes, and ends these when it is left."""

    def __init__(self, start: Start, size: int) -> None:
        """Fork the workers. The process must have no other threads, and no open connection that a fork must not share.

        If the system allows no more processes, there are fewer workers.

        Args:
            start: called in each worker when its first task arrives.
            size: how many workers to fork.
        """
        self._workers: list[_WorkerProcess] = []
        with _uninterrupted(), suppress(OSError):  # there may be no room for another process
            for _ in range(size):
                self._workers.append(_WorkerProcess(start, self._workers))

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_exception: object) -> None:
        for worker in self._workers:
            worker.kill()

    def results(self, tasks: Sequence[Task], here: Callable[[Task], _Result]) -> Iterator[_Result | bytes | None]:
        """Run tasks in the workers and in this process.

        Args:
            tasks: what to run.
            here: runs a task in this process.

        Yields:
            The results, in the order of the tasks: bytes from a worker, or what `here` returned; None for a task whose
            worker died.
        """
        ready: dict[int, _Result | bytes | None] = {}
        following = 0
        for n in range(len(tasks)):
            while n not in ready:
                following = self._send(tasks, following)
                can_be_done = following < len(tasks) and (following == n or len(ready) < _WAITING)
                for worker in self._with_results(wait=not can_be_done):
                    ready.update(worker.receive())
                if n not in ready and can_be_done:
                    ready[following] = here(tasks[following])
                    following += 1
            yield ready.pop(n)

    def _send(self, tasks: Sequence[Task], following: int) -> int:
        """Send tasks, from position `following` on, to workers that have room; the position of the first not sent."""
        for worker in self._workers:
            while following < len(tasks) and worker.send(following, tasks[following]):
                following += 1
        return following

    def _with_results(self, *, wait: bool) -> list[_WorkerProcess]:
        """The workers that have sent a result, or died; if `wait`, there is at least one unless none has a task."""
        working = [worker for worker in self._workers if worker.tasks]
        return select(working, (), (), None if wait else 0)[0] if working else []


class _WorkerProcess:
    """The main process's side of one worker: sends it tasks, receives its results.

    Attributes:
        tasks: the positions of the tasks that it was sent and has not answered, oldest first.
    """

    def __init__(self, start: Start, others: Sequence[_WorkerProcess]) -> None:
        import fcntl

        task_reader, self._task_writer = os.pipe()
        result_reader, result_writer = os.pipe()
        with suppress(OSError):  # some systems allow less: then it waits more often
            fcntl.fcntl(result_writer, fcntl.F_SETPIPE_SZ, _PIPE)
        self._pid = os.fork()
        if self._pid == 0:
            _serve(
                start,
                task_reader,
                result_writer,
                [self._task_writer, result_reader, *(fd for other in others for fd in other.fds)],
            )
        os.close(task_reader)
        os.close(result_writer)
        self._results = os.fdopen(result_reader, "rb", 0)
        self._has_died = False
        self.tasks: deque[int] = deque()

    @property
    def fds(self) -> tuple[int, int]:
        """The file descriptors of the main process's ends of its two pipes."""
        return self._task_writer, self._results.fileno()

    def fileno(self) -> int:
        """The descriptor that becomes readable when it has sent a result, or died; for `select`."""
        return self._results.fileno()

    def send(self, position: int, task: Task) -> bool:
        """Send it a task, if it is alive and has room for one; whether it was sent."""
        if self._has_died or len(self.tasks) == _TASKS_PER_WORKER:
            return False
        with suppress(BrokenPipeError):
            os.write(self._task_writer, b"".join(number.to_bytes(_BYTES) for number in task))
        self.tasks.append(position)
        return True

    def receive(self) -> dict[int, bytes | None]:
        """Receive the result of its oldest task, by the task's position; if it died, None for each task it holds."""
        size = self._read(_BYTES)
        result = self._read(int.from_bytes(size)) if size else None
        if result is not None:
            return {self.tasks.popleft(): result}
        lost, self.tasks, self._has_died = self.tasks, deque(), True
        return dict.fromkeys(lost)

    def _read(self, size: int) -> bytes | None:
        """Receive exactly `size` bytes; None if the worker ended before."""
        data = bytearray()
        while len(data) < size:
            if not (more := self._results.read(size - len(data))):
                return None
            data += more
        return bytes(data)

    def kill(self) -> None:
        """Kill the process if it still runs, wait for its end, and close the pipes."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._task_writer)
        self._results.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back signals until the block ends: one that arrives in the middle of a fork would be lost in Python."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(start: Start, task_reader: int, result_writer: int, foreign: list[int]) -> NoReturn:
    """Run tasks until the pipe of tasks closes: the body of a worker process, which never returns.

    It ends by `os._exit`, so that no cleanup runs for files and connections that belong to the main process.

    Args:
        start: prepares the worker, and gives the function that runs a task.
        task_reader: the descriptor to read tasks from.
        result_writer: the descriptor to write results to.
        foreign: descriptors to close, since only the main process may use them.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process; the main one decides what ends
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for fd in foreign:
            os.close(fd)
        with os.fdopen(task_reader, "rb", 0) as tasks, os.fdopen(result_writer, "wb") as results:
            if first := tasks.read(2 * _BYTES):
                with start() as do:
                    for task in chain((first,), iter(lambda: tasks.read(2 * _BYTES), b"")):
                        result = do((int.from_bytes(task[:_BYTES]), int.from_bytes(task[_BYTES:])))
                        results.write(len(result).to_bytes(_BYTES) + result)
                        results.flush()
    finally:
        os._exit(0)

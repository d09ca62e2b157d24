"""Helpers do tasks, and whatever happens to one of them, whoever waits for it knows."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bake.app.workers.worker_pool import Task, WorkerPool, usable_cpus

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="helpers are forked, which is for Linux"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),  # what runs the tests has threads
]

TASKS: list[Task] = [(7, n) for n in range(40)]


def doing(do: Callable[[Task], bytes]) -> Callable[[], AbstractContextManager[Callable[[Task], bytes]]]:
    """How a helper begins that does tasks in this way."""

    @contextmanager
    def start() -> Iterator[Callable[[Task], bytes]]:
        yield do

    return start


def named(task: Task) -> bytes:
    """What comes of a task: its numbers, and by which process it was done."""
    time.sleep(0.001)
    return f"{task} {os.getpid()}".encode()


@pytest.mark.parametrize("size", [0, 1, 3])
def test_results_come_in_the_order_of_the_tasks(size: int) -> None:
    """Whoever does them: helpers get as many as they can do, and the rest is done here."""
    with WorkerPool(doing(named), size) as crew:
        results = [bytes(result or b"").decode() for result in crew.results(TASKS, named)]
    assert [result.rpartition(" ")[0] for result in results] == list(map(str, TASKS))
    workers = {int(result.rpartition(" ")[2]) for result in results}
    assert (os.getpid() in workers, len(workers)) == (True, size + 1)


def test_a_slow_helper_is_not_waited_for_while_there_is_something_to_do() -> None:
    """What comes after its task is done here meanwhile, as far as results may wait."""

    def slow(_task: Task) -> bytes:
        time.sleep(0.3)
        return b"slow"

    done: list[float] = []

    def here(_task: Task) -> bytes:
        done.append(time.monotonic())
        return b"here"

    with WorkerPool(doing(slow), 1) as crew:
        results = crew.results(TASKS[:8], here)
        first, at = next(results), time.monotonic()
        assert (first, len(done), done[-1] < at - 0.1) == (b"slow", 2, True)
        assert list(results)[:3] == [b"slow", b"here", b"here"]


def test_a_helper_begins_with_its_first_task(tmp_path: Path) -> None:
    """One that gets none never begins, and leaves nothing behind."""

    @contextmanager
    def start() -> Iterator[Callable[[Task], bytes]]:
        (tmp_path / "begun").touch()
        yield named

    with WorkerPool(start, 1):
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []
    with WorkerPool(start, 1) as crew:
        assert len(list(crew.results(TASKS[:3], named))) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["begun"]


def _raise(_task: Task) -> bytes:
    raise ValueError("a bug, or a source that cannot be read")


def _die(_task: Task) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


@contextmanager
def _unable() -> Iterator[Callable[[Task], bytes]]:
    open(os.devnull + "/no such file").close()  # noqa: PTH123 - it cannot be opened
    yield named


@pytest.mark.parametrize("start", [doing(_raise), doing(_die), _unable])
def test_what_a_helper_loses_is_said(start: Callable[[], AbstractContextManager[Callable[[Task], bytes]]]) -> None:
    """The tasks of one that fails, is killed, or cannot even begin are None; all others are done here."""
    with WorkerPool(start, 1) as crew:
        results = list(crew.results(TASKS, named))
    assert results[:2] == [None, None]
    assert None not in results[2:]


def test_results_of_any_size_come_whole() -> None:
    """One may be larger than what a pipe holds, or empty."""
    sizes = [5_000_000, 0, 1]
    with WorkerPool(doing(lambda task: b"x" * sizes[task[1] % 3]), 1) as crew:
        results = list(crew.results(TASKS[:9], lambda task: b"x" * sizes[task[1] % 3]))
    assert [len(result or b"") for result in results] == sizes * 3


def test_helpers_are_gone_at_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    """However the block ends, no helper is left, no pipe is, and none of them has said anything."""
    before = len(list(Path("/proc/self/fd").iterdir()))

    def interrupted() -> None:
        with WorkerPool(doing(lambda _task: b"x" * 2_000_000), 3) as crew:
            next(crew.results(TASKS, named))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert capfd.readouterr() == ("", "")


def test_where_no_more_can_be_forked_the_others_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be no room for another process."""
    fork, forked = os.fork, iter([True, False])

    def forks() -> int:
        if not next(forked):
            raise BlockingIOError("too many processes")
        return fork()

    monkeypatch.setattr(os, "fork", forks)
    with WorkerPool(doing(named), 2) as crew:
        workers = {bytes(result or b"").rpartition(b" ")[2] for result in crew.results(TASKS, named)}
    assert len(workers) == 2


def test_there_are_no_more_hands_than_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """One processor is for whoever has the helpers; where nobody can fork, there are none."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    assert usable_cpus() == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert usable_cpus() == 0
    monkeypatch.setattr(sys, "platform", "darwin")
    assert usable_cpus() == 0

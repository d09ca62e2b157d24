"""Helpers do their share, and whatever happens to one of them, whoever waits for it knows."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from bake.app.crew import Crew, hands

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="helpers are forked, which is for Linux"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),  # what runs the tests has threads
]


def counting(turn: int, of: int) -> Iterator[bytes]:
    """A share: the numbers whose turn it is."""
    return (str(n).encode() for n in range(turn, 10, of))


def test_the_first_of_each_round_is_left_to_do() -> None:
    """Of two helpers' parts each comes in its place, and the place of whoever has them is empty."""
    with Crew(counting, 2) as crew:
        crew.begin()
        assert list(islice(crew.parts(), 12)) == [
            *(None, b"1", b"2", None, b"4", b"5", None, b"7", b"8", None),  # and then there is nothing more
            *(None, None),
        ]


def test_nobody_begins_before_it_is_time(tmp_path: Path) -> None:
    """A helper waits for its beginning, and one that never begins leaves nothing behind."""

    def share(turn: int, _of: int) -> Iterator[bytes]:
        (tmp_path / str(turn)).touch()
        yield b"done"

    with Crew(share, 1):
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []
    with Crew(share, 1) as crew:
        crew.begin()
        assert list(islice(crew.parts(), 2)) == [None, b"done"]
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_what_a_helper_does_not_hand_in_is_none() -> None:
    """One that fails, and one that is killed in the middle of a part, give what they had given, and then None."""

    def failing(_turn: int, _of: int) -> Iterator[bytes]:
        yield b"one"
        raise ValueError("a bug, or a source that cannot be read")

    def killed(_turn: int, _of: int) -> Iterator[bytes]:
        yield b"one"
        os.kill(os.getpid(), signal.SIGKILL)
        yield b"two"

    for share in (failing, killed):
        with Crew(share, 1) as crew:
            crew.begin()
            assert list(islice(crew.parts(), 5)) == [None, b"one", None, None, None]


def test_parts_of_any_size_come_whole() -> None:
    """A part may be larger than what a pipe holds, and be taken late."""
    with Crew(lambda _turn, _of: iter([b"x" * 5_000_000, b"", b"y"]), 1) as crew:
        crew.begin()
        time.sleep(0.05)
        sizes = [part and len(part) for part in islice(crew.parts(), 6)]
    assert sizes == [None, 5_000_000, None, None, None, 1]


def test_helpers_are_gone_at_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    """However the block ends, no helper is left, no pipe is, and none of them has said anything."""
    before = len(list(Path("/proc/self/fd").iterdir()))

    def endless(_turn: int, _of: int) -> Iterator[bytes]:
        while True:
            yield b"x" * 10_000

    def interrupted() -> None:
        with Crew(endless, 3) as crew:
            crew.begin()
            assert len(list(islice(crew.parts(), 4))) == 4
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert capfd.readouterr() == ("", "")


def test_where_no_more_can_be_forked_the_others_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper that could not come hands nothing in; the others keep their turns."""
    fork, forked = os.fork, iter([True, False])

    def forks() -> int:
        if not next(forked):
            raise BlockingIOError("too many processes")
        return fork()

    monkeypatch.setattr(os, "fork", forks)
    with Crew(counting, 2) as crew:
        crew.begin()
        assert list(islice(crew.parts(), 6)) == [None, b"1", None, None, b"4", None]


def test_there_are_no_more_hands_than_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """One processor is for whoever has the helpers; where nobody can fork, there are none."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    assert hands() == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert hands() == 0
    monkeypatch.setattr(sys, "platform", "darwin")
    assert hands() == 0

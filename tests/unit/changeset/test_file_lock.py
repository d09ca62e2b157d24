"""The lock on a changeset file: one holder at a time, who may hold it again, and is named."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bake.changeset.file import Changeset
from bake.changeset.file_lock import held
from bake.errors import UsageError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="advisory locks are for POSIX")


def test_who_holds_it_may_hold_it_again(lived: Changeset) -> None:
    """Blocks may stand in each other; the lock lasts until the end of the outermost, and no longer."""
    with held(lived.path, 0), held(lived.path, 0):
        pass
    with held(lived.path, 0), ThreadPoolExecutor(1) as other:
        assert isinstance(other.submit(_try, lived.path).exception(), UsageError)
    with ThreadPoolExecutor(1) as other:
        assert other.submit(_try, lived.path).exception() is None


def test_a_file_that_was_put_in_its_place_meanwhile_is_what_is_held(lived: Changeset, tmp_path: Path) -> None:
    """Whoever waited while a changeset was built again holds the new file, and not the one that is gone."""
    fresh = tmp_path / "fresh"
    fresh.write_bytes(b"new")
    with ThreadPoolExecutor(1) as other:
        with held(lived.path, 0):
            waiting = other.submit(_held, lived.path)
            time.sleep(0.2)
            fresh.replace(lived.path)
        assert waiting.result() == b"new"


def _held(path: Path) -> bytes:
    with held(path, 5) as stream:
        return stream.read()


def _try(path: Path) -> None:
    with held(path, 0):
        pass


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux tells who has locked a file")
def test_the_error_names_the_process(lived: Changeset) -> None:
    """It has the number of the process, and no argument of it that could hold a password."""
    with held(lived.path, 0), ThreadPoolExecutor(1) as other:
        error = other.submit(_try, lived.path).exception()
    assert f"has been locked by process {os.getpid()}" in str(error)
    assert "/" not in str(error).partition(" has been ")[2]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As where it is read."""
    with pytest.raises(UsageError, match="there is no changeset"):
        _try(tmp_path / "none.changeset.jsonl")

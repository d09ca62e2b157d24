"""A large source is compiled by several processes, and nobody can tell but by the clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import workload
from support.shell import Shell, command

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="helpers are forked, which is for Linux"),
    pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one processor, nobody helps"),
]

RECORDS = 21_000


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A bakery with a view that somebody edited; once what the export wrote is known."""
    folder = tmp_path_factory.mktemp("bakery")
    workload.make(folder, RECORDS, request.param)
    return folder


def building(folder: Path, output: str) -> subprocess.Popen[str]:
    """A build that runs."""
    arguments = command("changeset", "build", "view_products.json", "--output", output)
    pipe = subprocess.PIPE
    return subprocess.Popen(arguments, cwd=folder, env=Shell(folder).environment(), stdout=pipe, stderr=pipe, text=True)


def helpers(process: subprocess.Popen[str]) -> list[int]:
    """The processes that help it, as soon as there are some."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        try:
            if found := children.read_text().split():
                return [int(pid) for pid in found]
        except OSError:
            break
        time.sleep(0.001)
    return []


def operations(folder: Path, name: str) -> list[bytes]:
    """The lines of a changeset, but for the header and the digest."""
    return [line for line in (folder / name).read_bytes().splitlines()[1:] if b'"built"' not in line]


@pytest.mark.parametrize("bakery", ["mixed", pytest.param("exported", marks=pytest.mark.everywhere)], indirect=True)
def test_the_changeset_is_the_same(bakery: Path) -> None:
    """With a helper, without one, and with one that is killed at once, or a little later."""
    (bakery / "bake.toml").write_text("helpers = 0\n")
    with building(bakery, "alone.changeset.jsonl") as alone:
        assert helpers(alone) == []
        assert alone.wait(60) == 0
    (bakery / "bake.toml").unlink()
    for delay in (None, 0, 0.1):
        name = f"{delay}.changeset.jsonl"
        with building(bakery, name) as process:
            (helper,) = helpers(process)
            if delay is not None:
                time.sleep(delay)
                os.kill(helper, signal.SIGKILL)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, ""), out
        assert operations(bakery, name) == operations(bakery, "alone.changeset.jsonl")


@pytest.mark.parametrize("bakery", ["mixed"], indirect=True)
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_when_a_build_ends_its_helpers_do(bakery: Path, by: signal.Signals) -> None:
    """Interrupted or killed, it leaves no process behind."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    try:
        with building(bakery, f"{by.name}.changeset.jsonl") as process:
            (helper,) = helpers(process)
            process.send_signal(by)
            _, err = process.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == (-by if by == signal.SIGKILL else 130)
    assert err == ("" if by == signal.SIGKILL else "interrupted; nothing was written\n")
    until = time.monotonic() + 20
    while _runs(helper):
        assert time.monotonic() < until, "the helper goes on"
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] not in "ZX"
    except OSError:
        return False

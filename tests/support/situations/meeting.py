"""Others are at work at the same time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.kitchen import Edit, Kitchen
from support.shell import Said
from support.situations.watching import Outcome, Situation, Watch, is_told_once, reported, whole

from bake.app.apply import apply
from bake.app.apply_changeset import apply_changeset
from bake.app.progress import Progress
from bake.app.project import Project
from bake.catalog.bakery import BAKERY
from bake.changeset.file import read
from bake.database.engine import connect
from bake.errors import DatabaseLocked

_THEIRS = "UPDATE products SET upc_code = '1' WHERE slug = 'king'"
_APPLY = ("changeset", "apply", "c.changeset.jsonl", "--format", "json")


def _two_processes(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    watch = Watch(kitchen)
    with kitchen.started(*_APPLY) as one, kitchen.started(*_APPLY) as other:
        texts = [process.communicate(timeout=60) for process in (one, other)]
    both = [Said(process.returncode, *text) for process, text in zip((one, other), texts, strict=True)]
    outcome = watch.outcome(both[0], whole(twin))
    is_told_once(kitchen, twin)
    statuses, states = (str(said.status) for said in both), sorted(_state(said) for said in both)
    return outcome._replace(exit=", ".join(statuses), reports=", ".join(states))


def _state(said: Said) -> str:
    """Which of the two gets to tell the file is a matter of luck."""
    return reported(said).removesuffix(", file brought in line")


def _another_changeset(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    source = kitchen.shell.write("other.json", {"products": [{"slug": "king", "upc_code": "041220576036"}]})
    assert kitchen.apply(file=kitchen.shell.built(source)).status == 0
    watch = Watch(kitchen)
    return watch.outcome(kitchen.apply(), whole(twin))


def _waiting_for(*edits: Edit, keep: bool) -> Situation:
    """Others are in the middle of a transaction when it begins, and end that while it waits."""

    def act(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        if keep:
            twin.edit(*edits)
        watch = Watch(kitchen, twin.contents())
        with kitchen.editing(*edits, keep=keep):
            process = kitchen.started(*_APPLY)
            time.sleep(1.5)
            assert process.poll() is None, "it did not wait"
        out, err = process.communicate(timeout=60)
        return watch.outcome(Said(process.returncode, out, err), {} if keep else whole(twin))

    return act


def _writer_comes(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    """What it has looked at, nobody else can change before it is done; then the other one can."""
    with connect(kitchen.url) as mine, mine.writing(keep=False) as connection:
        assert not apply_changeset(read(kitchen.changeset), connection, BAKERY).conflicts
        with connect(kitchen.url, wait=0.2) as theirs, pytest.raises(DatabaseLocked), theirs.writing() as another:
            another.exec_driver_sql(_THEIRS)
    watch = Watch(kitchen)
    said = kitchen.apply()
    kitchen.edit(_THEIRS)
    return watch.outcome(said, whole(twin, _THEIRS))


def _locked(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    kitchen.shell.write("bake.toml", "wait = 0.3")
    watch = Watch(kitchen)
    with kitchen.editing(_THEIRS, keep=False):
        began = time.monotonic()
        said = kitchen.apply()
        assert 0.2 < time.monotonic() - began < 3
    return watch.outcome(said, whole(twin))


def _file_locked(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    import fcntl

    watch = Watch(kitchen)
    kitchen.shell.write("bake.toml", "wait = 0.2")
    with kitchen.changeset.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        said = kitchen.apply()
    assert kitchen.entries() == []
    return watch.outcome(said, whole(twin))


def _created_meanwhile(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    """The first one is in its transaction, and has seen that nobody has the key, when the second one is typed."""
    rows = {"suppliers": [{"slug": "another", "name": "Wilson's Farm"}]}
    other = kitchen.shell.built(kitchen.shell.write("other.json", rows))
    watch = Watch(kitchen)
    within, may_go_on = threading.Event(), threading.Event()

    def pause(progress: Progress) -> None:
        if progress.step == "applying":
            within.set()
            assert may_go_on.wait(60)

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(apply, Project(kitchen.url, BAKERY, folder=kitchen.folder, progress=pause), other)
        assert within.wait(60)
        process = kitchen.started(*_APPLY)
        while not _is_held(kitchen.changeset):
            time.sleep(0.05)
        may_go_on.set()
        first.result()
        said = Said(process.wait(60), *process.communicate(timeout=60))
    before = twin.contents()
    added = {uuid: row for uuid, row in kitchen.contents()["suppliers"].items() if row["slug"] == "another"}
    before["suppliers"] |= added
    assert len(added) == 1
    return watch.outcome(said, {"what was added": lambda: before})


def _is_held(path: Path) -> bool:
    import fcntl

    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _amended_meanwhile(kitchen: Kitchen, twin: Kitchen) -> Outcome:
    """The application waits for a lock of the database, and holds the file; the other one is told who holds it."""
    kitchen.shell.write("bake.toml", "wait = 30")
    watch = Watch(kitchen)
    with kitchen.editing(_THEIRS, keep=False):
        process = kitchen.started(*_APPLY)
        while not _is_held(kitchen.changeset):
            assert process.poll() is None, "it did not wait"
            time.sleep(0.05)
        kitchen.shell.write("bake.toml", "wait = 0.2")
        said = kitchen.shell.bake("changeset", "amend", kitchen.changeset, "--note", "late", "--format", "json")
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
    if Path("/proc/locks").exists():
        assert f"locked by process {process.pid} (" in str(said.document["message"])
    return watch.outcome(said, whole(twin))


AT_THE_SAME_TIME: dict[str, Situation] = {
    "two processes apply it": _two_processes,
    "another changeset on the same rows was applied": _another_changeset,
    "an outside writer commits what it depends on while it waits": _waiting_for(_THEIRS, keep=True),
    "an outside writer takes it back while it waits": _waiting_for(_THEIRS, keep=False),
    "an outside writer comes while it is being applied": _writer_comes,
    "another changeset that creates the same row is being applied": _created_meanwhile,
    "a lock is held elsewhere for longer than `wait`": _locked,
    "the file is locked elsewhere for too long": _file_locked,
    "an operation is amended while it is being applied": _amended_meanwhile,
}

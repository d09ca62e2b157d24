"""Ctrl-C, at any moment: one true line, exit status 130, nothing half done, and the next run works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import killed
from support.shell import Said, Shell, command, contents, lines, tables

from bake import unfinished
from bake.app import import_ as importing
from bake.changeset.events import Line
from bake.changeset.model import Built
from bake.sources.normalized.manifest import MANIFEST

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is for POSIX")

#: Enough to take a while.
MANY: dict[str, Any] = {
    "purchases": [
        {
            "product_slug": "bobs_rye_flour_20_oz",
            "supplier_slug": "costco_waltham_ma",
            "purchase_date": "2025-12-20",
            "unit_price": n,
            "quantity_purchased": 1,
        }
        for n in range(1500)
    ]
}
APPLY = ("changeset", "apply", "c.changeset.jsonl")
NOTHING = "interrupted; nothing was written\n"


def started(shell: Shell, arguments: list[str], **variables: str) -> subprocess.Popen[str]:
    """A command that runs in the folder."""
    environment = {**shell.environment(), **variables}
    pipe = subprocess.PIPE
    return subprocess.Popen(arguments, cwd=shell.folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def said(process: subprocess.Popen[str]) -> Said:
    """What it said, when it has ended."""
    out, err = process.communicate(timeout=60)
    return Said(process.returncode, out, err)


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """What a shell runs in the background ignores SIGINT, and all that it starts does, too; so tests begin anew."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(shell: Shell, there: Callable[[], bool], *arguments: str, by: signal.Signals = signal.SIGINT) -> Said:
    """Run `bake`, and interrupt it as soon as something is there."""
    with started(shell, command(*arguments)) as process:
        while not there() and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(by)
        return said(process)


def at(shell: Shell, point: str, n: int, *arguments: str) -> Said:
    """Run `bake`, which interrupts itself at a point (see `support.killed`)."""
    itself = [sys.executable, killed.__file__, point, str(n), *arguments]
    with started(shell, itself, BAKE_TEST_SIGNAL="SIGINT") as process:
        return said(process)


def files(shell: Shell) -> set[str]:
    """What is in the folder."""
    return {path.relative_to(shell.folder).as_posix() for path in shell.folder.rglob("*") if path.is_file()}


@pytest.fixture
def many(bakery: Shell) -> Shell:
    """The bakery, and a file of many purchases."""
    bakery.write("many.json", MANY)
    return bakery


@pytest.mark.parametrize("arguments", [("changeset", "build", "many.json"), ("import", "many.json")], ids=" ".join)
def test_a_build(many: Shell, arguments: tuple[str, ...]) -> None:
    """Interrupted while it writes: it says so in one line, leaves no part of a file, and the next build works."""
    before = files(many)
    ended = interrupted(many, lambda: any(many.folder.rglob("*.part")), *arguments)
    assert (ended.status, ended.out, ended.err) == (130, "", NOTHING)
    assert files(many) == before
    many.built("many.json")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_application(many: Shell, by: signal.Signals) -> None:
    """Interrupted while it writes to the database: all of it is taken back, and the next run applies all."""
    many.built("many.json", "--output", "c.changeset.jsonl")
    before, there = contents(many.database), files(many)
    changeset = (many.folder / "c.changeset.jsonl").read_bytes()
    ended = interrupted(many, (many.folder / "bake.db-journal").exists, *APPLY, by=by)
    assert (ended.status, ended.out, ended.err) == (130, "", NOTHING)
    assert contents(many.database) == before
    assert files(many) == there
    assert (many.folder / "c.changeset.jsonl").read_bytes() == changeset
    many.done(*APPLY)
    assert len(tables(many.database)["purchases"]) == 1 + len(MANY["purchases"])


@pytest.mark.parametrize(
    ("point", "n"),
    [
        *(("statement", n) for n in (1, 3, 8)),
        *(("executed", n) for n in (4, 9)),
        ("commit", 1),
        ("committed", 1),
        ("fsync", 1),
        ("synced", 1),
    ],
)
def test_what_is_said_of_an_application_is_true(bakery: Shell, point: str, n: int) -> None:
    """Wherever it is interrupted: it was applied if it says so, and the file has it; else nothing was written."""
    changeset = bakery.built("wilson.json", "--output", "c.changeset.jsonl")
    bakery.done("changeset", "resolve", changeset.name, "--map", "q1=costco_waltham_ma")
    before = tables(bakery.database)
    ended = at(bakery, point, n, *APPLY)
    applied = point in ("committed", "fsync", "synced")
    truth = "interrupted; it was applied all the same: c.changeset.jsonl\n" if applied else NOTHING
    assert (ended.status, ended.out, ended.err) == (130, "", truth)
    assert (tables(bakery.database) == before) == (not applied)
    assert len(lines(changeset, "applied")) == applied
    assert ("already" in bakery.done(*APPLY)) == applied
    assert len(lines(changeset, "applied")) == 1


@pytest.mark.parametrize(
    ("point", "truth"),
    [("statement", "nothing was recorded"), ("fsync", "1 event was recorded"), ("synced", "1 event was recorded")],
)
def test_what_is_said_of_answers_is_true(bakery: Shell, point: str, truth: str) -> None:
    """An answer was recorded, or not, as it says."""
    changeset = bakery.built("wilson.json", "--output", "c.changeset.jsonl")
    at_ = 5 if point == "statement" else 1
    ended = at(bakery, point, at_, "changeset", "resolve", changeset.name, "--skip", "q1")
    assert (ended.status, ended.err) == (130, f"interrupted; {truth}\n")
    assert len(lines(changeset, "answered")) == ("1" in truth)


@pytest.mark.parametrize("point", ["statement", "fsync"])
@pytest.mark.parametrize("arguments", [("complete", "--output", "out"), ("view", "products", "--output", "out")])
def test_an_export(bakery: Shell, arguments: tuple[str, ...], point: str) -> None:
    """It leaves nothing, and what was there before stays."""
    before = files(bakery)
    ended = at(bakery, point, 1, "export", *arguments)
    assert (ended.status, ended.err) == (130, NOTHING)
    assert files(bakery) == before
    bakery.done("export", *arguments)


def test_an_export_that_is_there(bakery: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted while it packs: the set is there, and it says so."""
    monkeypatch.setattr("bake.app.export.write_archive", _interrupt)
    ended = bakery.bake("export", "complete", "--output", "out", "--zip")
    assert (ended.status, ended.err) == (130, "interrupted; the set was written: out\n")
    assert (bakery.folder / "out" / MANIFEST).exists()


def test_a_build_that_is_there(bakery: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted after its file was written: it says where it is. One that was there before is not meant."""
    monkeypatch.setattr("bake.changeset.writing.changeset_of", _interrupt)
    ended = bakery.bake("changeset", "build", "wilson.json", "--output", "c.changeset.jsonl")
    assert (ended.status, ended.err) == (130, "interrupted; the changeset was written: c.changeset.jsonl\n")
    monkeypatch.setattr("bake.app.compilation.write", _placed)
    ended = bakery.bake("changeset", "build", "wilson.json", "--output", "c.changeset.jsonl")
    assert (ended.status, ended.err) == (130, NOTHING)


def test_an_import_that_was_built(bakery: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted between its steps: nothing was applied, and it says where the changeset is; so does JSON."""
    monkeypatch.setattr(importing, "reconcile_last", _interrupt)
    there = bakery.changesets
    ended = bakery.bake("import", "wilson.json", "--format", "json")
    [changeset] = [path for path in bakery.changesets if path not in there]
    place = changeset.relative_to(bakery.folder)
    document = {"error": "interrupted", "exit_status": 130}
    assert ended.status == 130
    assert ended.document == document | {"message": f"interrupted; nothing was applied; the changeset is {place}"}


def test_a_command_that_only_reads(bakery: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing more to say than that it was interrupted."""
    monkeypatch.setattr("bake.history", _interrupt)
    assert bakery.bake("history") == Said(130, "", "interrupted\n")


@pytest.mark.parametrize("milliseconds", [50, 100, 150, 250])
def test_while_it_loads(shell: Shell, milliseconds: int) -> None:
    """Interrupted at any moment of its start, from that on in which it begins to load, it ends in one line."""
    start = "import time\nfrom bake.__main__ import main\nprint('.', flush=True)\nmain()"
    with started(shell, [sys.executable, "-c", start, "changeset", "list"]) as process:
        assert process.stdout
        process.stdout.read(1)
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGINT)
        ended = said(process)
    assert (ended.status, ended.err) in ((130, "interrupted\n"), (2, ended.err))


def test_what_killed_builds_left_is_removed(bakery: Shell) -> None:
    """A build takes away what was not written to for a day, and leaves what somebody may be writing."""
    changesets = bakery.folder / "changesets"
    changesets.mkdir(exist_ok=True)
    old, new = (changesets / f".bake-{name}.part" for name in ("old", "new"))
    for part in (old, new):
        part.write_bytes(b"{")
    then = time.time() - unfinished._FORGOTTEN - 60  # noqa: SLF001
    os.utime(old, (then, then))
    bakery.built("wilson.json")
    assert not old.exists()
    assert new.exists()


def _placed(written: Iterable[Line], place: Callable[[Built], Path]) -> Path:
    place(next(line for line in written if isinstance(line, Built)))
    raise KeyboardInterrupt


def _interrupt(*_: object, **__: object) -> Any:
    raise KeyboardInterrupt

"""Odd URLs, settings, names and terminals: each is an error that says what is wrong, and never a traceback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.alarm import within
from support.shell import Said, Shell, command, query

URLS = [
    "postgresql://postgres@127.0.0.1/postgres?nope=1",
    "mysql://root@127.0.0.1/mysql?charset=foo",
    "mysql://root@127.0.0.1/mysql?ssl_ca=/nope",
    "mysql://root@127.0.0.1/mysql?nope=1",
    "sqlite+aiosqlite:///bake.db",
    "postgresql+asyncpg://postgres@127.0.0.1/postgres",
    f"sqlite:///{'x' * 300}",
    "sqlite:////dev/null/x",
]


@pytest.mark.parametrize("url", URLS)
def test_an_odd_url_is_an_error(tmp_path: Path, url: str) -> None:
    """Whatever its driver raises, and whether or not the server is there."""
    assert Shell(tmp_path).bake("history", "--database", url).status in (2, 7)


@pytest.mark.parametrize("setting", ["wait = inf", "wait = nan", "wait = -1", 'catalog = ".x:y"', 'catalog = ":"'])
def test_an_odd_setting_is_named(tmp_path: Path, setting: str) -> None:
    """The file or what it names is in the message."""
    shell = Shell(tmp_path)
    shell.write("bake.toml", setting)
    said = shell.bake("init")
    assert said.status == 2
    assert "bake.toml" in said.err


def test_names_that_no_file_system_takes_are_named(tmp_path: Path) -> None:
    """A name of 300 bytes, and a folder that is a file."""
    shell = Shell(tmp_path)
    shell.done("init")
    source = shell.write("s.json", {"suppliers": [{"slug": "a", "name": "A"}]})
    for output in ("n" * 300, "s.json/x"):
        for typed in (("changeset", "build", source), ("export", "view", "products"), ("export", "complete")):
            said = shell.bake(*typed, "--output", output)
            assert said.status == 2, (typed, output, said)
            assert output[:6] in said.err
    shell.write("changesets", "a file")
    for arguments in (("changeset", "build", source), ("import", source)):
        assert shell.bake(*arguments).status == 2


def test_a_terminal_may_claim_any_width_and_know_few_letters(tmp_path: Path) -> None:
    """What it lacks is written as escapes."""
    shell = Shell(tmp_path, {"COLUMNS": str(10**12), "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"})
    shell.done("init")
    file = shell.built(shell.write("s.json", {"suppliers": [{"slug": "a", "name": "Snow \u2603"}]}))
    said = shell.process("changeset", "show", file)
    assert said.status == 0, said
    assert "\\u2603" in said.out


def test_an_argument_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """Nothing is written of it."""
    shell = Shell(tmp_path)
    shell.done("init")
    file = shell.built(shell.write("s.json", {"suppliers": [{"slug": "a", "name": "A"}]}))
    before = file.read_bytes()
    said = shell.bake("changeset", "amend", file, "--note", "x\udcff")
    assert said.status == 2
    assert "not UTF-8" in said.err
    assert file.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_ordinary_file_among_changesets_hangs_nothing(tmp_path: Path) -> None:
    """Named pipes, sockets, devices and folders with the name of a changeset are named; the others are listed."""
    shell = Shell(tmp_path)
    shell.done("init")
    source = shell.write("s.json", {"suppliers": [{"slug": "a", "name": "A"}]})
    good = shell.built(source)
    shell.done("changeset", "apply", good)
    source.unlink()
    for pipe in ("changesets/pipe.changeset.jsonl", "import_skipped_1.json", "s.json"):
        os.mkfifo(tmp_path / pipe)
    (tmp_path / "changesets/device.changeset.jsonl").symlink_to("/dev/zero")
    (tmp_path / "changesets/folder.changeset.jsonl").mkdir()
    with socket.socket(socket.AF_UNIX) as bound, within(60):
        with contextlib.chdir(tmp_path / "changesets"):
            bound.bind("socket.changeset.jsonl")
        listed = shell.process("changeset", "list", "--format", "json")
        assert listed.status == 0, listed
        errors = {Path(one["path"]).name.partition(".")[0]: one.get("problem") for one in listed.document}
        assert {name for name, error in errors.items() if error} == {"pipe", "device", "folder", "socket"}
        shell.done("history")
        shell.done("history", "suppliers", "a")
        for verb in ("show", "check", "apply", "seal"):
            for name in ("pipe", "device", "socket", *(() if verb == "check" else ("folder",))):
                said = shell.bake("changeset", verb, f"changesets/{name}.changeset.jsonl")
                assert (said.status, name in said.err) == (2, True), (verb, name, said)
        checked = shell.bake("changeset", "check", "changesets")  # which takes a folder, too
        assert checked.status == 2, checked
        os.mkfifo(tmp_path / "changesets/answers.toml")
        assert shell.bake("changeset", "build", "more.json").status == 2
        other = shell.write("more.json", {"suppliers": [{"slug": "b", "name": "B"}]})
        built = shell.built(other)
        os.mkfifo(tmp_path / "bake-policy.toml")
        assert (said := shell.bake("changeset", "apply", built)).status == 2, said
        assert "bake-policy.toml is no ordinary file" in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs the limits of POSIX systems")
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A build, an answer, an export or a conversion that finds no room is an error; what was there stays as it was."""
    shell = Shell(tmp_path)
    shell.done("init")
    suppliers = [{"slug": f"s{n}", "name": f"N {n}", "city": "c", "state": "MA"} for n in range(200)]
    source = shell.write("s.json", {"suppliers": suppliers})
    file = shell.built(source)
    before = file.read_bytes()
    for room, *arguments in (
        (1_000, "changeset", "build", source, "--output", "out.changeset.jsonl"),
        (len(before) + 10, "changeset", "amend", file, "--drop", "1"),
        (len(before) + 10, "changeset", "apply", file),
        (1_000, "convert", source, "--to", "set", "--output", "out"),
    ):
        said = _with_room(shell, room, *arguments)
        assert said.status in (2, 7), said
        assert "File too large" in said.err or "disk I/O error" in said.err
        assert file.read_bytes() == before
        assert {path.name for path in tmp_path.iterdir()} <= {"bake.db", "bake.toml", "s.json", "changesets"}
    assert query(shell.database, "SELECT count(*) FROM suppliers") == [(0,)]
    shell.done("changeset", "apply", file)
    assert _with_room(shell, 3_000, "export", "complete", "--output", "out").status == 2
    assert not (tmp_path / "out").exists()


def _with_room(shell: Shell, room: int, *arguments: object) -> Said:
    """Run `bake` where no file can have more bytes; bytecode, which Python would cut off, is not written."""
    limits = "import resource, signal, sys, runpy; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limits += (
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); runpy.run_module('bake', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-c", limits, *map(str, arguments)],
        cwd=shell.folder,
        env=shell.environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert "Traceback" not in run.stderr
    return Said(run.returncode, run.stdout, run.stderr)


def test_a_ledger_that_is_no_json_is_named(tmp_path: Path) -> None:
    """Somebody edited Bake's own tables: each command that reads them says so, without a traceback."""
    shell = Shell(tmp_path)
    shell.done("init")
    file = shell.built(shell.write("s.json", {"suppliers": [{"slug": "a", "name": "A"}]}))
    shell.done("changeset", "apply", file)
    shell.done("export", "view", "products", "--output", "v.json")
    for statement in (
        "UPDATE bake_changes SET key = '{', after = '[', records = '{}'",
        "UPDATE bake_changesets SET counts = '[1'",
    ):
        query(shell.database, statement)
        for arguments in (
            ("history", "suppliers", "a"),
            ("changeset", "revert", file, "--output", "out.changeset.jsonl"),
        ):
            said = shell.bake(*arguments)
            assert said.status == 7, (statement, arguments, said)
            assert "Bake's own tables hold" in said.err
    assert shell.bake("history").status == 7


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs the permissions of POSIX systems")
def test_a_folder_without_permissions_is_named(tmp_path: Path) -> None:
    """Whatever is read there or written: exit status 2, and no traceback. Root is tried without its privileges."""
    shell = Shell(tmp_path)
    shell.done("init")
    source = shell.write("s.json", {"suppliers": [{"slug": "a", "name": "A"}]})
    shell.built(source)
    closed = tmp_path / "changesets"
    closed.chmod(0)
    try:
        for arguments in (
            ("changeset", "list"),
            ("changeset", "build", source),
            ("changeset", "show", "changesets/x.changeset.jsonl"),
            ("export", "complete", "--output", "changesets/x"),
            ("export", "view", "products", "--output", "changesets/x.json"),
        ):
            run = _unprivileged(shell, *arguments)
            assert (run.status, "changesets" in run.err, "Traceback" in run.err) == (2, True, False), run
    finally:
        closed.chmod(0o755)


def _unprivileged(shell: Shell, *arguments: object) -> Said:
    """Run `bake` without the right of root to pass over permissions."""
    before: list[str] = []
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root passes over permissions, and there is no setpriv")
        lacking = "-dac_override,-dac_read_search"
        before = ["setpriv", f"--bounding-set={lacking}", f"--inh-caps={lacking}"]
    run = subprocess.run(
        [*before, *command(*arguments)],
        cwd=shell.folder,
        env=shell.environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Said(run.returncode, run.stdout, run.stderr)

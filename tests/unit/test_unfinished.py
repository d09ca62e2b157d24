"""Files that are written under a name of nobody else, and then given theirs: whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bake.unfinished import unfinished

#: A writer in a container: its process id is 7, as in all of them. Writes as long as it is let, then puts its file.
_CONTAINED = """
import os, sys
os.getpid = lambda: 7
from pathlib import Path
from bake.changeset.model import Built, Skip
from bake.changeset.header import CatalogStamp, Header, Source
from bake.changeset.writing import write

name, folder = sys.argv[1], Path(sys.argv[2])

def lines():
    source = Source(name=name, sha256="0" * 64, kind="entity", records=1)
    stamp = CatalogStamp(name="c", fingerprint="f")
    yield Header(format="bake.changeset/1", source=source, catalog=stamp, mode="merge", built_at="t", built_by=name)
    print("begun", flush=True)
    sys.stdin.readline()
    yield Skip(n=1, entity=name, reason="r", from_=(0,))
    yield Built(counts={}, digest="")

write(lines(), lambda _: folder / f"{name}.changeset.jsonl")
"""


def _writer(name: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CONTAINED, name, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_two_builds_of_one_process_id(tmp_path: Path) -> None:
    """Two processes that have the same id and thread, as in containers, build at once: each file is its own."""
    with _writer("mary", tmp_path) as mary, _writer("otto", tmp_path) as otto:
        for process in (mary, otto):
            assert process.stdout
            assert process.stdout.readline() == "begun\n"
        for process in (mary, otto):
            process.communicate("\n")
    assert (mary.returncode, otto.returncode) == (0, 0)
    for name, other in (("mary", "otto"), ("otto", "mary")):
        text = (tmp_path / f"{name}.changeset.jsonl").read_text()
        assert name in text
        assert other not in text
    assert len(list(tmp_path.iterdir())) == 2


def test_what_has_the_name_stays_or_goes_as_asked(tmp_path: Path) -> None:
    """`put` never takes a name from another file, `replace` does; nothing else is left in the folder."""
    path = tmp_path / "it"
    path.write_text("old")
    with unfinished(tmp_path) as file:
        file.stream.write(b"new")
        with pytest.raises(FileExistsError):
            file.put(path)
        assert path.read_text() == "old"
        file.replace(path)
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_of_what_fails(tmp_path: Path) -> None:
    """An error while it is written leaves no file under any name."""

    def fail() -> None:
        with unfinished(tmp_path) as file:
            file.stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_permissions_are_those_of_any_file(tmp_path: Path) -> None:
    """Who may read it is decided by the umask, as for a file that is written in place."""
    (tmp_path / "usual").write_text("")
    with unfinished(tmp_path) as file:
        file.put(tmp_path / "it")
    assert (tmp_path / "it").stat().st_mode == (tmp_path / "usual").stat().st_mode

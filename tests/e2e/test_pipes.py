"""Sources that come through standard input and pipes, which can be read only once."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.shell import Said, Shell, command, lines, query

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are the pipes of POSIX")

NOTES = "product_slug,notes\nking_arthur_bread_flour_5_lb,top shelf\n"
_NOTES = "SELECT notes FROM products WHERE slug = 'king_arthur_bread_flour_5_lb'"


def typed(shell: Shell, line: str) -> Said:
    """What becomes of a line that is typed into bash; `bake` in it is this one."""
    script = f'bake() {{ {shlex.join(command())} "$@"; }}\nset -o pipefail\n{line}'
    run = subprocess.run(
        ["bash", "-c", script],
        cwd=shell.folder,
        env=shell.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Said(run.returncode, run.stdout, run.stderr)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("cat notes.csv | bake import - --view products", "stdin"),
        ("cat notes.csv | bake import /dev/stdin --view products", "stdin"),
        ("bake import /dev/stdin --view products < notes.csv", "stdin"),
        ("bake import - --view products < notes.csv", "stdin"),
        ("gzip -c notes.csv | gunzip -c | bake import /dev/fd/0 --view products", "stdin"),
        ("bake import <(cat notes.csv) --view products", "pipe"),
    ],
    ids=["dash", "dev-stdin", "redirected", "dash-redirected", "decompressed", "process-substitution"],
)
def test_what_comes_through_a_pipe_is_imported(bakery: Shell, line: str, name: str) -> None:
    """Whatever the shell offers for giving a program some text; the changeset says where it came from."""
    bakery.write("notes.csv", NOTES)
    said = typed(bakery, line)
    assert (said.status, query(bakery.database, _NOTES)) == (0, [("top shelf",)]), said
    source = lines(bakery.changesets[-1], "header")[0]["source"]
    assert (source["name"], source["records"]) == (name, 1)


def test_a_named_pipe_is_a_source(bakery: Shell) -> None:
    """It keeps its name."""
    pipe = bakery.folder / "notes.pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(NOTES,))
    writer.start()
    built = bakery.built("notes.pipe", "--view", "products")
    writer.join()
    assert lines(built, "header")[0]["source"]["name"] == "notes.pipe"


def test_a_set_can_come_through_a_pipe(bakery: Shell) -> None:
    """A ZIP is read from its end; what came is a file by then."""
    bakery.done("export", "complete", "--output", "backup", "--zip")
    said = typed(bakery, "cat archives/backup.zip | bake changeset build - --format json")
    assert said.status == 0, said
    assert lines(bakery.folder / said.document["changeset"], "header")[0]["source"]["kind"] == "set"


def test_skipped_records_of_a_pipe_are_logged(bakery: Shell) -> None:
    """The log needs the source a second time, when the pipe has long been empty."""
    said = typed(bakery, "cat wilson.json | bake import - --skip-on-error")
    assert said.status == 0, said
    [log] = bakery.folder.glob("import_skipped_*.json")
    document = json.loads(log.read_text(encoding="utf-8"))
    assert (document["source_file"], [one["record_data"]["supplier_name"] for one in document["records"]]) == (
        "stdin",
        ["Wilson's Farm"],
    )


def test_a_pipe_is_converted(bakery: Shell) -> None:
    """Also without a database."""
    said = typed(bakery, "cat bakery.json | bake convert - --to set --output out")
    assert (said.status, (bakery.folder / "out" / "manifest.json").exists()) == (0, True), said


def test_nobody_is_asked_through_a_pipe(bakery: Shell) -> None:
    """The source takes standard input, so that answers cannot come from there: said before anything is read."""
    said = typed(bakery, "cat wilson.json | bake import - --interactive")
    assert said.status == 2
    assert "nobody can be asked" in said.err
    assert "Traceback" not in said.err


def test_an_empty_pipe_is_an_empty_source(bakery: Shell) -> None:
    """Where nothing comes, that is what is said."""
    said = typed(bakery, "bake import - < /dev/null")
    assert (said.status, "the file is empty" in said.err, "stdin:1:1" in said.err) == (5, True, True), said


def test_nothing_is_left_behind(bakery: Shell, tmp_path: Path) -> None:
    """The copy goes with the command."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    bakery.write("notes.csv", NOTES)
    typed(bakery, f"export TMPDIR={folder}; cat notes.csv | bake import - --view products")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_a_changeset_goes_to_standard_output(bakery: Shell, name: str) -> None:
    """All of it and nothing else; what is said of it goes to stderr, and no file is left."""
    bakery.write("notes.csv", NOTES)
    said = typed(bakery, f"bake changeset build notes.csv --view products --output {name} | head -c 1000000")
    assert [json.loads(line)["type"] for line in said.out.splitlines()] == ["header", "operation", "built"]
    assert (said.status, said.err) == (0, f"wrote {name}\n  products: 1 to update\n")
    assert not (bakery.folder / "-").exists()
    assert len(bakery.changesets) == 1


def test_an_export_goes_to_standard_output_and_back(bakery: Shell) -> None:
    """A view in a pipe is the file that it would be: what comes back is unchanged."""
    said = typed(bakery, "bake export view products --format csv --output - | bake changeset build - --format json")
    assert said.status == 0, said
    assert said.document["planned"]["products"] == {"unchanged": 2} | said.document["planned"]["products"]
    assert "wrote -\n  2 records\n" in said.err


@pytest.mark.parametrize("command_", ["export view products --format csv", "changeset build notes.csv --view products"])
def test_what_is_no_regular_file_is_never_replaced(bakery: Shell, command_: str) -> None:
    """A named pipe and a device are written to, and stay what they are."""
    bakery.write("notes.csv", NOTES)
    said = typed(bakery, f"mkfifo p; cat p > got & bake {command_} --output p; wait; test -p p")
    assert said.status == 0, said
    assert (bakery.folder / "got").stat().st_size > 100
    assert typed(bakery, f"bake {command_} --output /dev/null && test -c /dev/null").status == 0
    full = typed(bakery, f"bake {command_} --output /dev/full")
    assert (full.status, "/dev/full cannot be written: no space left" in full.err) == (2, True), full


def test_links_are_followed(bakery: Shell) -> None:
    """An export replaces the file to which a link leads, and the link stays; a changeset is never overwritten."""
    (bakery.folder / "link").symlink_to("real")
    for _ in range(2):
        bakery.done("export", "view", "products", "--format", "csv", "--output", "link")
        assert (bakery.folder / "link").is_symlink()
        assert not (bakery.folder / "real").is_symlink()
    bakery.write("notes.csv", NOTES)
    (bakery.folder / "link.jsonl").symlink_to("real.jsonl")
    built = ("changeset", "build", "notes.csv", "--view", "products", "--output", "link.jsonl")
    bakery.done(*built)
    assert (bakery.folder / "real.jsonl").is_file()
    assert (bakery.folder / "link.jsonl").is_symlink()
    bakery.write("notes.csv", NOTES.replace("top", "other"))
    assert "is there already" in bakery.bake(*built).err

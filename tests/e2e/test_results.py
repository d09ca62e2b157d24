"""What commands say of what they did: warnings, reverts, ways to answer; and what happens if nobody can be told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.session import Session
from support.shell import Shell, command, query

FULL = Path("/dev/full")
DEAR = {
    "purchases": [
        {
            "product_slug": "king_arthur_bread_flour_5_lb",
            "supplier_slug": "wegmans_burlington_ma",
            "purchase_date": "2025-12-20",
            "unit_price": 549,
            "quantity_purchased": 1,
        }
    ]
}
NOTED = {"products": [{"slug": "king_arthur_bread_flour_5_lb", "notes": "ours"}]}


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_an_import_tells_what_looks_wrong(bakery: Shell, options: tuple[str, ...]) -> None:
    """A price a hundred times the last one is said with the result, for people and for programs, of a dry run too."""
    bakery.write("dear.json", DEAR)
    said = bakery.done("import", "dear.json", "--dry-run")
    assert "1 warning (" in said
    assert "100 times more than the last" in said
    assert "bake changeset show" in said
    [warning] = bakery.bake("import", "dear.json", "--format", "json", *options).document["warnings"]
    assert (warning["entity"], warning["field"]) == ("purchases", "unit_price")
    assert "100 times more" in warning["message"]


def test_an_import_without_warnings_says_nothing_of_them(bakery: Shell) -> None:
    """Nobody is told of no warnings; a program gets an empty list."""
    bakery.write("noted.json", NOTED)
    assert "warning" not in bakery.done("import", "noted.json", "--dry-run")
    assert bakery.bake("import", "noted.json", "--format", "json").document["warnings"] == []


def test_applying_what_was_reverted(bakery: Shell) -> None:
    """It is applied again, and what happened in between is said; the first time, nothing is."""
    changeset = bakery.built(bakery.write("noted.json", NOTED))
    assert "reverted" not in bakery.done("changeset", "apply", changeset)
    bakery.done("changeset", "revert", changeset, "--output", "undo.changeset.jsonl")
    bakery.done("changeset", "apply", "undo.changeset.jsonl")
    assert "it was reverted 20" in bakery.done("changeset", "apply", changeset)
    assert query(bakery.database, "SELECT notes FROM products WHERE id = 1") == [("ours",)]


def test_each_way_to_answer_a_conflict(bakery: Shell) -> None:
    """The options that `show` offers for a conflict can be typed: one takes the file's value, one keeps ours."""
    for option, notes in (("file", "theirs"), ("database", "ours")):
        bakery.done("export", "view", "products", "--output", f"{option}.json")
        document = json.loads((bakery.folder / f"{option}.json").read_text(encoding="utf-8"))
        document["records"][0]["notes"] = "theirs"
        query(bakery.database, "UPDATE products SET notes = 'ours' WHERE id = 1")
        changeset = bakery.built(bakery.write(f"{option}.json", document))
        assert f"--take q1={option}" in bakery.done("changeset", "show", changeset)
        bakery.done("changeset", "resolve", changeset, "--take", f"q1={option}")
        bakery.done("changeset", "apply", changeset)
        assert query(bakery.database, "SELECT notes FROM products WHERE id = 1") == [(notes,)]
        query(bakery.database, "UPDATE products SET notes = NULL WHERE id = 1")


def test_the_record_that_counts_is_taken_by_its_number(bakery: Shell) -> None:
    """Of records that contradict one another the chosen one stays; an operation that does not ask is refused."""
    product = NOTED["products"][0]
    twice = {"products": [product, product | {"notes": "theirs"}]}
    changeset = bakery.built(bakery.write("twice.json", twice))
    assert "--take q1=2" in bakery.done("changeset", "show", changeset)
    assert bakery.bake("changeset", "resolve", changeset, "--take", "q1=7").status == 5
    assert bakery.bake("changeset", "resolve", changeset, "--take", "q1=file").status == 5
    bakery.done("changeset", "resolve", changeset, "--take", "q1=2")
    bakery.done("changeset", "apply", changeset)
    assert query(bakery.database, "SELECT notes FROM products WHERE id = 1") == [("theirs",)]


def unheard(shell: Shell, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `bake` with a full stdout."""
    with FULL.open("w") as full:
        return subprocess.run(
            command(*arguments),
            cwd=shell.folder,
            env=shell.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("history", "--format", "json")], ids=" ".join)
def test_a_full_stdout(bakery: Shell, arguments: tuple[str, ...]) -> None:
    """One line on stderr, and exit status 1."""
    said = unheard(bakery, *arguments)
    assert (said.returncode, said.stderr) == (1, "error: the result cannot be written: no space left on device\n")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("format_", ["text", "json"])
def test_an_import_that_nobody_could_be_told_of(bakery: Shell, format_: str) -> None:
    """It says in its one line that it was applied, and where the record is; an error says what it is."""
    bakery.write("noted.json", NOTED)
    said = unheard(bakery, "import", "noted.json", "--format", format_)
    assert said.returncode == 1
    assert "it was applied all the same: changesets/" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert query(bakery.database, "SELECT notes FROM products WHERE id = 1") == [("ours",)]
    said = unheard(bakery, "import", "nothing.json", "--format", "json")
    assert "nothing.json" in said.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_no_stdout_at_all(bakery: Shell) -> None:
    """Nothing is done, and one line on stderr says why."""
    bakery.write("noted.json", NOTED)
    typed = ["sh", "-c", 'exec "$@" >&-', "sh", *command("import", "noted.json")]
    said = subprocess.run(
        typed, cwd=bakery.folder, env=bakery.environment(), stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert (said.returncode, said.stderr) == (1, "error: there is no stdout to write results to\n")
    assert query(bakery.database, "SELECT notes FROM products WHERE id = 1") == [(None,)]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_leaving_questions_open(bakery: Shell) -> None:
    """Who stops answering before the end is told by the exit status that questions are open."""
    session = Session(bakery.folder, "changeset", "resolve", bakery.built("wilson.json"), "--interactive")
    session.type("1 of 1", "q\r")
    assert "1 question open" in session.end()
    assert session.process.exitstatus == 3

"""What commands say of what they did: warnings, reverts, ways to answer; and what happens if nobody can be told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.session import Session
from support.shell import Shell, command, contents, query

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
    assert "  1 warning; bake changeset show " in said
    assert "100 times more than the last" in said
    assert "bake changeset show" in said
    [warning] = bakery.bake("import", "dear.json", "--format", "json", *options).document["warnings"]
    assert (warning["entity"], warning["field"], warning["code"]) == ("purchases", "unit_price", "outlier")
    assert "100 times more" in warning["message"]


def test_an_import_without_warnings_says_nothing_of_them(bakery: Shell) -> None:
    """Nobody is told of no warnings; a program gets an empty list."""
    bakery.write("noted.json", NOTED)
    assert "warning" not in bakery.done("import", "noted.json", "--dry-run")
    assert bakery.bake("import", "noted.json", "--format", "json").document["warnings"] == []


def test_a_plan_says_what_will_happen_and_a_result_what_has_happened(bakery: Shell) -> None:
    """One changeset: to be updated when built and shown, would be when tried, updated when applied and shown again."""
    changeset = bakery.built(bakery.write("noted.json", NOTED))
    path = changeset.relative_to(bakery.folder)
    again = bakery.done("changeset", "build", "noted.json", "--output", "again.changeset.jsonl")
    assert again.splitlines()[:2] == ["wrote again.changeset.jsonl", "  products: 1 to update"]
    assert "to update" in bakery.done("changeset", "show", path)
    assert "  products: 1 would be updated\n" in bakery.done("changeset", "apply", path, "--dry-run")
    assert "  products: 1 updated\n" in bakery.done("changeset", "apply", path)
    shown = bakery.done("changeset", "show", path)
    assert "updated" in shown
    assert "to update" not in shown
    document = bakery.bake("changeset", "show", path, "--format", "json").document
    assert document["summary"][0]["update"] == document["state"]["done"]["products"]["update"] == 1
    assert "  products: 1 to update\n" in bakery.done("changeset", "revert", path)
    built = bakery.bake("changeset", "build", "noted.json", "--format", "json").document
    assert built["planned"] == {"products": {"create": 0, "update": 0, "delete": 0, "unchanged": 1, "skipped": 0}}


def test_a_build_shows_first_what_matters_most(bakery: Shell) -> None:
    """Warnings and notices are counted, and the first few shown: a double, the largest jump, a smaller one."""
    dear, double = DEAR["purchases"][0], {"purchase_date": "2025-12-21", "unit_price": 5.49}
    records = [dear | {"unit_price": 60}, dear, dear | double, dear | double]
    bakery.write("many.json", {"purchases": [record | {"colour": "red"} for record in records]})
    said = bakery.done("changeset", "build", "many.json").splitlines()
    assert re.fullmatch(r"  3 warnings, \d+ notices?; bake changeset show \S+ lists them", said[2])
    assert ["same" in line for line in said[4:9:2]] == [True, False, False]
    assert [("100 times" in line, "11 times" in line) for line in said[6:9:2]] == [(True, False), (False, True)]
    assert "notice: " in said[9]


@pytest.mark.parametrize(
    ("records", "options", "why"),
    [
        pytest.param([{}, {}], (), "1 warning of a row that looks like another", id="a double"),
        pytest.param([{}], ("--mode", "mirror"), "to delete", id="deletes"),
    ],
)
def test_an_import_that_needs_a_yes(bakery: Shell, records: list[object], options: tuple[str, ...], why: str) -> None:
    """Without a terminal a double or a delete is applied only with --yes: else 3, what to type, nothing written."""
    usual = DEAR["purchases"][0] | {"unit_price": 5.49}
    bakery.write("usual.json", {"purchases": [usual for _ in records]})
    before = contents(bakery.database)
    refused = bakery.bake("import", "usual.json", *options)
    assert refused.status == 3
    assert why in refused.err
    assert "bake changeset show changesets/" in refused.err
    assert "--yes" in refused.err
    assert contents(bakery.database) == before
    assert "created" in bakery.done("import", "usual.json", *options, "--yes")


SHEET = "product_slug,notes\nking_arthur_bread_flour_5_lb,as bought\nbobs_rye_flour_20_oz,old\n"
NOTES = "SELECT notes FROM products WHERE notes IS NOT NULL ORDER BY slug DESC"


def _last(bakery: Shell) -> Path:
    """The changeset that was built last."""
    return max(bakery.changesets, key=lambda path: path.stat().st_mtime_ns)


@pytest.fixture
def once(bakery: Shell) -> Shell:
    """A bakery into which a sheet was imported, of which one line said what was so already; then both were edited."""
    query(bakery.database, "UPDATE products SET notes = 'old' WHERE slug = 'bobs_rye_flour_20_oz'")
    bakery.write("once.csv", SHEET)
    assert "1 updated" in bakery.done("import", "once.csv", "--view", "products")
    query(bakery.database, "UPDATE products SET notes = 'corrected' WHERE notes IS NOT NULL")
    return bakery


@pytest.mark.parametrize(("side", "notes"), [("database", ["corrected"] * 2), ("file", ["as bought", "old"])])
def test_a_file_that_was_applied_before_changes_nothing_back_unasked(once: Shell, side: str, notes: list[str]) -> None:
    """What was edited since the very same file was applied is a question, with a yes too; all are answered at once."""
    refused = once.bake("import", "once.csv", "--view", "products", "--yes", "--format", "json")
    assert refused.status == 3
    asked = [question["text"] for question in refused.document["questions"]]
    assert [('was "as bought"' in text, 'is now "corrected"' in text) for text in asked] == [
        (True, True),
        (False, True),
    ]
    assert f"products={side}" in refused.document["hint"]
    once.done("changeset", "resolve", _last(once), "--take", f"products={side}")
    once.done("changeset", "apply", _last(once))
    assert query(once.database, NOTES) == [(one,) for one in notes]


def test_a_file_that_was_reverted_can_be_imported_again(bakery: Shell) -> None:
    """Its rows are as before it: that it was reverted is said, and nothing is asked but of what others edited."""
    sheet = bakery.write("once.csv", SHEET)
    bakery.done("import", sheet, "--view", "products")
    query(bakery.database, "UPDATE products SET notes = 'corrected' WHERE notes = 'old'")
    bakery.done("changeset", "revert", _last(bakery), "--output", "undo.changeset.jsonl")
    bakery.done("changeset", "apply", "undo.changeset.jsonl")
    assert query(bakery.database, NOTES) == [("corrected",)]
    refused = bakery.bake("import", sheet, "--view", "products", "--yes", "--format", "json")
    assert [question["text"].count("corrected") for question in refused.document["questions"]] == [1]
    changeset = _last(bakery)
    assert "and reverted since" in bakery.done("changeset", "show", changeset)
    bakery.done("changeset", "resolve", changeset, "--take", "q1=database")
    bakery.done("changeset", "apply", changeset)
    assert query(bakery.database, NOTES) == [("as bought",), ("corrected",)]


def test_an_import_that_needs_no_yes(bakery: Shell) -> None:
    """Without a terminal an outlier does not stop an import; under --strict it is a question, which can be kept."""
    bakery.write("dear.json", DEAR)
    assert "100 times" in bakery.done("import", "dear.json")
    bakery.write(
        "twice.json", {"purchases": [DEAR["purchases"][0] | {"purchase_date": "2025-12-27", "unit_price": 5490}]}
    )
    assert bakery.bake("import", "twice.json", "--strict").status == 3
    [changeset] = [path for path in bakery.changesets if "twice" in path.name]
    assert "--keep q1" in bakery.done("changeset", "show", changeset)
    bakery.done("changeset", "resolve", changeset, "--keep", "q1")
    assert "1 created" in bakery.done("changeset", "apply", changeset)


@pytest.mark.parametrize(("typed", "rows"), [("y", [("ours",)]), ("", [(None,)])])
def test_an_import_at_a_terminal_asks_before_it_writes(bakery: Shell, typed: str, rows: list[object]) -> None:
    """The plan is shown, and applied only after a yes; Enter alone is no, which says what to type instead."""
    bakery.write("noted.json", NOTED)
    session = Session(bakery.folder, "import", "noted.json")
    session.type("[y/N]", typed + "\r")
    seen = session.end()
    assert "products: 1 to update" in seen
    assert ("products: 1 updated" in seen, "nothing was written" in seen) == (bool(typed), not typed)
    assert query(bakery.database, "SELECT notes FROM products WHERE id = 1") == rows


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
    assert "still open: q1" in session.end()
    assert session.process.exitstatus == 3

"""The commands, their options and exit statuses, as people and programs use them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from generated_pages import commands
from support.documents import PAGES, ROOT
from support.shell import Shell, changes, command, contents, lines, query, tables

from bake import __version__
from bake.cli import main

ESCAPE = "\x1b"

#: A new price of the purchase that the bakery knows.
CHEAPER = {"purchases": [{"uuid": "7a3b2a36-37a8-4f5a-9a53-0d8f0a1f4a01", "unit_price": 5.29}]}


COMMANDS = {path[1:]: command for path, command in commands(typer.main.get_command(main.bake))}


# Help


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_says_what_it_is_for(path: tuple[str, ...], shell: Shell) -> None:
    """`--help` succeeds and has a sentence for the command, for each option and for each argument."""
    this = COMMANDS[path]
    shown = shell.done(*path, "--help")
    assert this.help
    assert this.help.split()[0] in shown
    for parameter in this.params:
        assert getattr(parameter, "help", None), f"bake {' '.join(path)}: {parameter.name} has no help"
        for option in [name for name in parameter.opts if name.startswith("--")]:
            assert option in shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_the_documents_exists(page: Path) -> None:
    """A command or an option that a page names can be typed."""
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(r"(?:^|`|&& )(?:\.venv/bin/)?bake ([a-z][^`\n#|]*)", text, re.MULTILINE):
        words = match.group(1).split()
        path: tuple[str, ...] = ()
        while words and (*path, words[0]) in COMMANDS:
            path = (*path, words.pop(0))
        assert path, match.group()
        known = {option for parameter in COMMANDS[path].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, match.group()


def test_the_version(shell: Shell) -> None:
    """`bake --version` says it, run as a module in a process of its own."""
    said = shell.process("--version")
    assert (said.status, said.out, said.err) == (0, f"bake {__version__}\n", "")


# Init, and where the database is


def test_init_twice(shell: Shell) -> None:
    """The tables are made once; the second time nothing is done, and it is said."""
    first, before = shell.done("init"), shell.database.read_bytes()
    second = shell.bake("init", "--format", "json")
    assert re.fullmatch(r"sqlite:///bake.db: created \d+ tables\n", first)
    assert second.document == {"database": "sqlite:///bake.db", "created": [], "added": []}
    assert shell.database.read_bytes() == before


def test_which_database(shell: Shell) -> None:
    """--database counts before BAKE_DATABASE_URL, that before bake.toml, and that before sqlite:///bake.db."""
    spoken = Shell(shell.folder, {"BAKE_DATABASE_URL": "sqlite:///variable.db"})
    assert "sqlite:///bake.db" in shell.done("init")
    shell.write("bake.toml", 'database = "sqlite:///file.db"\n')
    assert "sqlite:///file.db" in shell.done("init")
    assert "sqlite:///variable.db" in spoken.done("init")
    assert "sqlite:///option.db" in spoken.done("init", "--database", "sqlite:///option.db")
    made = {path.name for path in shell.folder.glob("*.db")}
    assert made == {"bake.db", "file.db", "variable.db", "option.db"}


# Build


def test_building_again_gives_the_same_operations(bakery: Shell) -> None:
    """Two builds, in processes that hash differently, differ only in the second at which they were made."""
    built = [
        Shell(bakery.folder, {"PYTHONHASHSEED": seed}).process("changeset", "build", "wilson.json", "--output", name)
        for seed, name in (("1", "a.jsonl"), ("2", "b.jsonl"))
    ]
    one, other = ((bakery.folder / name).read_bytes().splitlines() for name in ("a.jsonl", "b.jsonl"))
    assert [said.status for said in built] == [0, 0]
    assert one[1:-1] == other[1:-1]
    headers = [json.loads(line[0]) for line in (one, other)]
    for header in headers:
        del header["built_at"]
    assert headers[0] == headers[1]


def test_building_reads_only(bakery: Shell) -> None:
    """A build leaves every byte of the database, and of the source, as it was."""
    before = bakery.database.read_bytes(), (bakery.folder / "wilson.json").read_bytes()
    bakery.built("wilson.json")
    assert (bakery.database.read_bytes(), (bakery.folder / "wilson.json").read_bytes()) == before


def test_building_twice_at_once(bakery: Shell) -> None:
    """The same source, built twice within a second, is one changeset and no error."""
    files = {bakery.built("wilson.json") for _ in range(3)}
    assert {path.name for path in files} <= {path.name for path in bakery.changesets}


def test_a_changeset_is_never_overwritten(bakery: Shell) -> None:
    """`--output` with a file that is there is refused, and the file stays."""
    path = bakery.write("kept.jsonl", "mine")
    said = bakery.bake("changeset", "build", "wilson.json", "--output", "kept.jsonl")
    assert said.status == 2
    assert "never overwritten" in said.err
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_hint_can_be_typed_as_it_is(bakery: Shell) -> None:
    """Also where a path has blanks: the command that it gives is the one that was meant."""
    source = bakery.write("my wilson.json", (bakery.folder / "wilson.json").read_bytes())
    bakery.bake("changeset", "build", source.name, "--output", "my changes.changeset.jsonl")
    source.rename(bakery.folder / "moved.json")
    refused = bakery.bake("changeset", "apply", "my changes.changeset.jsonl", "--skip-on-error", "--format", "json")
    typed = shlex.split(refused.document["hint"].partition("bake ")[2])
    assert typed[:3] == ["changeset", "apply", "my changes.changeset.jsonl"]
    source.with_name("moved.json").rename(source)
    assert bakery.bake(*typed).status == 0


def test_skip_existing(bakery: Shell) -> None:
    """`--mode skip-existing` creates and updates nothing."""
    changed = {"suppliers": [{"slug": "costco_waltham_ma", "notes": "x"}, {"slug": "corner", "name": "Corner"}]}
    bakery.write("new.json", changed)
    bakery.done("import", "new.json", "--mode", "skip-existing")
    assert [change["action"] for change in changes(bakery.changesets[-1])] == ["create"]
    assert query(bakery.database, "SELECT slug FROM suppliers WHERE notes IS NOT NULL") == []


def test_strict(bakery: Shell) -> None:
    """A price ten times the last one is a warning, and with `--strict` a question."""
    record = {
        "product_slug": "king_arthur_bread_flour_5_lb",
        "supplier_slug": "costco_waltham_ma",
        "purchase_date": "2025-12-20",
        "unit_price": 54.9,
        "quantity_purchased": 1,
    }
    bakery.write("dear.json", {"purchases": [record]})
    [warned] = changes(bakery.built("dear.json"))
    [asked] = lines(bakery.built("dear.json", "--strict"), "question")
    assert [warning["field"] for warning in warned["warnings"]] == ["unit_price"]
    assert (asked["kind"], asked["field"]) == ("invalid", "unit_price")


# Show and list


def test_show(bakery: Shell) -> None:
    """Text and Markdown have the question and both sides of a change; JSON has all of it, to be read by programs."""
    bakery.write("both.json", {**CHEAPER, "ingredients": [{"slug": "x", "display_name": "X", "parent_slug": "nope"}]})
    changeset = bakery.built("both.json")
    for format_ in ("text", "markdown"):
        shown = bakery.done("changeset", "show", changeset, "--format", format_)
        assert '"nope" is not among the ingredients' in shown
        assert re.search(r"unit_price.*5\.49.*→.*5\.29", shown)
    document = json.loads(bakery.done("changeset", "show", changeset, "--format", "json"))
    assert [item["question"]["id"] for item in document["questions"]["items"]] == ["q1"]


def test_a_large_changeset_is_summarised(bakery: Shell) -> None:
    """Of many operations the first are shown, with a word on how many more there are, unless all are asked for."""
    suppliers = [{"slug": f"shop_{n}", "name": f"Shop {n}"} for n in range(500)]
    changeset = bakery.built(bakery.write("many.json", {"suppliers": suppliers}))
    short = bakery.done("changeset", "show", changeset)
    whole = bakery.done("changeset", "show", changeset, "--all")
    assert "shop_499" not in short
    assert "--all" in short
    assert "shop_499" in whole


def test_list(bakery: Shell) -> None:
    """Every changeset with how far it is, and a folder without any."""
    wilson = bakery.built("wilson.json")
    text = bakery.done("changeset", "list")
    rows = bakery.bake("changeset", "list", "--format", "json").document
    (bakery.folder / "empty").mkdir()
    assert f"1 open     {wilson.name}" in text
    assert [row["state"] for row in rows] == ["applied", "1 open"]
    same = bakery.built("bakery.json")
    bakery.done("changeset", "resolve", wilson.relative_to(bakery.folder), "--skip", "q1")
    listed = bakery.bake("changeset", "list", "--format", "json").document
    states = {path.name: row["state"] for path, row in zip(bakery.changesets, listed, strict=True)}
    assert (states[same.name], states[wilson.name]) == ("nothing to change", "ready")
    assert f"nothing to change {same.name}" in bakery.done("changeset", "list")
    assert "no changesets here" in bakery.done("changeset", "list", "empty")


# Apply and import


def test_importing_what_is_there(bakery: Shell) -> None:
    """Nothing to change: it is said, the database is left alone, and the changeset is the record."""
    before = bakery.database.read_bytes()
    text = bakery.done("import", "bakery.json")
    document = bakery.bake("import", "bakery.json", "--format", "json").document
    assert "nothing to change" in text
    assert document["state"] == "nothing to change"
    assert changes(bakery.folder / document["changeset"]) == []
    assert bakery.database.read_bytes() == before


def test_applying_twice(bakery: Shell) -> None:
    """The second time nothing is done, and it is said; the rows are there once."""
    changeset = bakery.built(bakery.write("new.json", {"suppliers": [{"slug": "corner", "name": "Corner"}]}))
    bakery.done("changeset", "apply", changeset)
    before, file = bakery.database.read_bytes(), changeset.read_bytes()
    said = bakery.bake("changeset", "apply", changeset, "--format", "json").document
    assert said["state"] == "already applied"
    assert (bakery.database.read_bytes(), changeset.read_bytes()) == (before, file)


def test_a_copy_of_a_changeset_is_the_same_changeset(bakery: Shell) -> None:
    """Applied from another place, a changeset is still known to have been applied."""
    changeset = bakery.built(bakery.write("new.json", {"suppliers": [{"slug": "corner", "name": "Corner"}]}))
    copied = bakery.write("copied.jsonl", changeset.read_bytes())
    bakery.done("changeset", "apply", changeset)
    before = contents(bakery.database)
    assert "already" in bakery.done("changeset", "apply", copied)
    assert contents(bakery.database) == before
    assert len(lines(copied, "applied")) == 1


def test_one_changeset_for_two_databases(bakery: Shell) -> None:
    """What was reviewed once is applied to another database with other ids, and says both in its events."""
    other = ("--database", "sqlite:///other.db")
    bakery.done("init", *other)
    strangers = {"suppliers": [{"slug": f"stranger_{n}", "name": f"Stranger {n}"} for n in range(3)]}
    bakery.done("import", bakery.write("strangers.json", strangers), *other)
    bakery.done("import", "bakery.json", *other)
    changeset = bakery.built("wilson.json")
    bakery.done("changeset", "resolve", changeset, "--create", "suppliers:Wilson's Farm")
    bakery.done("changeset", "apply", changeset)
    bakery.done("changeset", "apply", changeset, *other)
    statement = """SELECT p.unit_price, s.name FROM purchases p JOIN suppliers s ON s.id = p.supplier_id ORDER BY 1"""
    expected = [(5.49, "Wegmans"), (6.49, "Costco"), (6.99, "Wilson's Farm")]
    assert query(bakery.database, statement) == query(bakery.folder / "other.db", statement) == expected
    assert len(lines(changeset, "applied")) == 2


@pytest.mark.parametrize("arguments", [("import", "both.json"), ("changeset", "apply", "c.jsonl")], ids=" ".join)
def test_a_dry_run_says_what_the_real_run_does(bakery: Shell, arguments: tuple[str, ...]) -> None:
    """The same counts and the same receipt; the database and the changeset keep every byte."""
    bakery.write("both.json", {**CHEAPER, "suppliers": [{"slug": "corner", "name": "Corner"}]})
    changeset = bakery.built("both.json", "--output", "c.jsonl")
    before, file = bakery.database.read_bytes(), changeset.read_bytes()
    dry = bakery.bake(*arguments, "--dry-run", "--format", "json").document
    assert (bakery.database.read_bytes(), changeset.read_bytes()) == (before, file)
    real = bakery.bake(*arguments, "--format", "json").document
    assert (dry["state"], real["state"]) == ("tried", "applied")
    assert dry["done"] == real["done"] == {"suppliers": {"create": 1}, "purchases": {"update": 1}}
    assert dry["receipt"] == real["receipt"]


def test_a_dry_run_finds_the_conflicts(bakery: Shell) -> None:
    """A dry run of what cannot be applied fails as the real run does, and records nothing."""
    changeset = bakery.built(bakery.write("cheaper.json", CHEAPER))
    query(bakery.database, "UPDATE purchases SET unit_price = 6")
    before, file = bakery.database.read_bytes(), changeset.read_bytes()
    assert bakery.bake("changeset", "apply", changeset, "--dry-run").status == 4
    assert (bakery.database.read_bytes(), changeset.read_bytes()) == (before, file)


def test_conflicts(bakery: Shell) -> None:
    """All conflicts are listed with both values; nothing is written, the try is recorded, and a later one succeeds."""
    change = {**CHEAPER, "suppliers": [{"slug": "costco_waltham_ma", "notes": "new"}, {"slug": "corner", "name": "C"}]}
    changeset = bakery.built(bakery.write("change.json", change))
    query(bakery.database, "UPDATE purchases SET unit_price = 6")
    query(bakery.database, "UPDATE suppliers SET notes = 'edited', city = 'Elsewhere' WHERE slug = 'costco_waltham_ma'")
    before = contents(bakery.database)
    said = bakery.bake("changeset", "apply", changeset)
    document = bakery.bake("changeset", "apply", changeset, "--format", "json").document
    assert said.status == 4
    assert "2 preconditions failed; nothing was written" in said.err
    assert re.search(r"changed: purchases .*unit_price .*expected 5.49, found 6", said.err)
    assert re.search(r"changed: suppliers costco_waltham_ma, notes .*expected null, found \"edited\"", said.err)
    assert {(c["kind"], c["field"]) for c in document["conflicts"]} == {("changed", "unit_price"), ("changed", "notes")}
    assert contents(bakery.database) == before
    assert [event["code"] for event in lines(changeset, "failed")] == ["conflicts", "conflicts"]
    query(bakery.database, "UPDATE purchases SET unit_price = 5.49")
    query(bakery.database, "UPDATE suppliers SET notes = NULL")
    bakery.done("changeset", "apply", changeset)
    assert query(bakery.database, "SELECT unit_price FROM purchases") == [(5.29,)]


def test_open_questions_stop_an_import(bakery: Shell) -> None:
    """Status 3 with each question and the command that answers it; the changeset is there and can be finished."""
    before = bakery.database.read_bytes()
    said = bakery.bake("import", "wilson.json")
    assert said.status == 3
    assert "Wilson's Farm" in said.err
    [changeset] = re.findall(r"bake changeset resolve (\S+) --interactive", said.err)
    assert bakery.database.read_bytes() == before
    bakery.done("changeset", "resolve", changeset, "--create", "suppliers:Wilson's Farm")
    bakery.done("changeset", "apply", changeset)
    assert len(tables(bakery.database)["purchases"]) == 3


def test_skipped_records_come_back(bakery: Shell) -> None:
    """Skipped records are logged; the log, edited, is imported as a source, and once more it changes nothing."""
    said = bakery.bake("import", "wilson.json", "--skip-on-error", "--format", "json").document
    log = bakery.folder / said["log"]
    document = json.loads(log.read_text(encoding="utf-8"))
    assert said["skipped"] == document["total_skipped"] == 1
    assert len(tables(bakery.database)["purchases"]) == 2
    [entry] = document["records"]
    assert "Wilson's Farm" in entry["skip_reason"]
    assert entry["location"].startswith("wilson.json:")
    entry["record_data"]["supplier_name"] = "Wegmans"
    log.write_text(json.dumps(document), encoding="utf-8")
    bakery.done("import", log.name)
    before = contents(bakery.database)
    assert "nothing to change" in bakery.done("import", log.name)
    assert contents(bakery.database) == before
    found = query(bakery.database, "SELECT unit_price, supplier_id FROM purchases ORDER BY unit_price")
    assert found == [(5.49, 2), (6.49, 1), (6.99, 2)]


def test_skipping_cascades(bakery: Shell) -> None:
    """What needs a skipped row is skipped with it: the product of an unknown ingredient, and the purchase of that."""
    product = {"slug": "moon", "ingredient_slug": "nope", "package_unit": "kg", "package_unit_quantity": 1}
    purchase = {
        "product_slug": "moon",
        "supplier_slug": "costco_waltham_ma",
        "purchase_date": "2025-12-20",
        "unit_price": 1,
        "quantity_purchased": 1,
    }
    corner = {"slug": "corner", "name": "Corner"}
    bakery.write("chain.json", {"products": [product], "purchases": [purchase], "suppliers": [corner]})
    said = bakery.bake("import", "chain.json", "--skip-on-error", "--format", "json").document
    assert (said["done"], said["skipped"]) == ({"suppliers": {"create": 1}}, 2)
    assert len(tables(bakery.database)["products"]) == 2
    log = json.loads((bakery.folder / said["log"]).read_text(encoding="utf-8"))
    assert [entry["section"] for entry in log["records"]] == ["products", "purchases"]


# Resolve


def test_answers_from_a_file(bakery: Shell) -> None:
    """The template has every open question and what fits; filled in, it answers them, and the chain is applied."""
    product = {"slug": "moon", "ingredient_slug": "moon_flour", "package_unit": "kg", "package_unit_quantity": 1}
    changeset = bakery.built(bakery.write("chain.json", {"products": [product]}))
    template = json.loads(bakery.done("changeset", "resolve", changeset, "--template"))
    [blank] = template["questions"]
    assert blank["answer"] is None
    blank["answer"] = {"choice": "create", "values": {"display_name": "Moon Flour"}}
    bakery.write("answers.json", template)
    said = bakery.bake("changeset", "resolve", changeset, "--answers", "answers.json")
    assert said.status == 0, said.err
    bakery.done("changeset", "apply", changeset)
    statement = "SELECT i.display_name, i.slug FROM products p JOIN ingredients i ON i.id = p.ingredient_id"
    assert ("Moon Flour", "moon_flour") in query(bakery.database, statement)


def test_answers_from_options(bakery: Shell) -> None:
    """--map, --skip and --value each answer their question; an answer can be revised until the changeset is applied."""
    records = [
        {
            "product_slug": "bobs_rye_flour_20_oz",
            "supplier_name": name,
            "purchase_date": "2025-12-20",
            "unit_price": price,
            "quantity_purchased": 1,
        }
        for name, price in (("Wegman", 1), ("Nobody", 2), ("Costco", "not on the receipt"))
    ]
    changeset = bakery.built(bakery.write("three.json", {"purchases": records}))
    by_kind = {(q["kind"], (q.get("lookup") or {}).get("name")): q["id"] for q in lines(changeset, "question")}
    invalid = by_kind["invalid", None]
    answers = (
        "--map",
        "suppliers:Wegman=costco_waltham_ma",
        "--skip",
        "suppliers:Nobody",
        "--value",
        f"{invalid}=3.99",
    )
    bakery.done("changeset", "resolve", changeset, *answers)
    bakery.done("changeset", "resolve", changeset, "--map", f"{by_kind['missing', 'Wegman']}=wegmans_burlington_ma")
    bakery.done("changeset", "apply", changeset)
    statement = "SELECT p.unit_price, s.name FROM purchases p JOIN suppliers s ON s.id = p.supplier_id ORDER BY 1"
    assert query(bakery.database, statement) == [(1.0, "Wegmans"), (3.99, "Costco"), (5.49, "Wegmans")]
    assert bakery.bake("changeset", "resolve", changeset, "--skip", "suppliers:Wegman").status == 2


def test_answers_that_do_not_fit(bakery: Shell) -> None:
    """Status 5 with each problem; what fits is kept, and the rest is still open."""
    changeset = bakery.built("wilson.json")
    unknown = bakery.bake("changeset", "resolve", changeset, "--map", "suppliers:Wilson's Farm=nowhere")
    nonsense = bakery.bake("changeset", "resolve", changeset, "--skip", "suppliers:Nobody")
    torn = bakery.bake("changeset", "resolve", changeset, "--answers", bakery.write("answers.json", "{"))
    assert [said.status for said in (unknown, nonsense, torn)] == [5, 5, 5]
    assert "nowhere" in unknown.err
    assert "q1" in nonsense.err
    assert "answers.json" in torn.err
    assert lines(changeset, "answered") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--interactive", "--map", "q1=x"),
        ("--answers", "answers.json", "--skip", "q1"),
        ("--template", "--interactive"),
        ("--accept", "all", "--keep", "q1"),
        ("--reason", "wrong", "--keep", "q1"),
    ],
    ids=" ".join,
)
def test_one_way_of_answering_a_call(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Options of two ways of answering are refused together: neither would be dropped without a word."""
    said = shell.bake("changeset", "resolve", "any.changeset.jsonl", *arguments)
    assert said.status == 2
    assert "cannot be used with" in said.err
    assert "in two calls" in said.err


def test_nobody_can_be_asked_in_a_pipe(bakery: Shell) -> None:
    """`--interactive` without a terminal is a usage error that says how else to answer; nothing hangs."""
    changeset = bakery.built("wilson.json")
    for arguments in (("changeset", "resolve", changeset), ("import", "wilson.json")):
        said = bakery.process(*arguments, "--interactive", text="")
        assert said.status == 2, said
        assert "not a terminal" in said.err
        assert "--template" in said.err


# Exit statuses


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (0, ("changeset", "list")),
        (0, ("import", "bakery.json")),
        (2, ("import", "nothing.json")),
        (3, ("import", "wilson.json")),
        (3, ("changeset", "apply", "wilson.jsonl")),
        (4, ("changeset", "apply", "stale.jsonl")),
        (5, ("import", "README.md")),
        (6, ("changeset", "apply", "bakery.json")),
        (7, ("import", "bakery.json", "--database", "sqlite:///nothing.db")),
    ],
)
def test_exit_statuses(bakery: Shell, status: int, arguments: tuple[str, ...]) -> None:
    """Each exit status of the documentation; results are on stdout, errors on stderr, and never anything on both."""
    bakery.built("wilson.json", "--output", "wilson.jsonl")
    bakery.built(bakery.write("cheaper.json", CHEAPER), "--output", "stale.jsonl")
    if status == 4:
        query(bakery.database, "UPDATE purchases SET unit_price = 6")
    bakery.write("README.md", "# Notes")
    said = bakery.bake(*arguments)
    assert said.status == status, said
    assert bool(said.out) == (status == 0)
    assert bool(said.err) == (status != 0)


def test_the_exit_status_of_a_process(bakery: Shell) -> None:
    """A shell sees the same status, output and errors as this process."""
    bakery.built("wilson.json", "--output", "c.jsonl")
    for arguments in (("changeset", "list"), ("changeset", "apply", "c.jsonl")):
        assert bakery.process(*arguments) == bakery.bake(*arguments)


# Where the output goes


@pytest.mark.parametrize(
    ("status", "arguments"),
    [
        (0, ("changeset", "show", "c.jsonl")),
        (0, ("changeset", "show", "c.jsonl", "--format", "markdown")),
        (3, ("changeset", "apply", "c.jsonl")),
        (2, ("import", "--nonsense")),
    ],
)
def test_no_colour_in_a_pipe(bakery: Shell, status: int, arguments: tuple[str, ...]) -> None:
    """What is not written to a terminal has no escape sequences, even if the environment praises its colours."""
    bakery.built("wilson.json", "--output", "c.jsonl")
    shell = Shell(bakery.folder, {"TERM": "xterm-256color", "COLORTERM": "truecolor"})
    said = shell.process(*arguments)
    assert said.status == status
    assert ESCAPE not in said.out + said.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour_on_a_terminal(bakery: Shell, variables: dict[str, str], coloured: bool) -> None:
    """A terminal sees colour unless it, or the person, does without."""
    changeset = bakery.built("wilson.json")
    shell = Shell(bakery.folder, variables)
    said = on_a_terminal(shell, "changeset", "show", changeset)
    assert "Wilson's Farm" in said
    assert (ESCAPE in said) == coloured


def on_a_terminal(shell: Shell, *arguments: object) -> str:
    """What `bake` writes to a pseudo-terminal."""
    import pexpect

    child = pexpect.spawn(
        sys.executable, command(*arguments)[1:], cwd=str(shell.folder), env=shell.environment(), encoding="utf-8"
    )
    said: str = child.read()
    child.close()
    return said


@pytest.mark.parametrize("columns", ["40", "80"])
def test_a_narrow_terminal(bakery: Shell, columns: str) -> None:
    """No line is wider than the terminal, but for words that cannot be broken."""
    changeset = bakery.built("wilson.json")
    shell = Shell(bakery.folder, {"COLUMNS": columns})
    for line in shell.process("changeset", "show", changeset).out.splitlines():
        assert len(line) <= int(columns) or len(max(line.split(), key=len)) > int(columns) // 2, line


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end differently")
def test_a_reader_that_has_enough(bakery: Shell) -> None:
    """A pipe that is closed early (`bake changeset show FILE | head`) is no error, and makes no noise."""
    suppliers = [{"slug": f"shop_{n}", "name": f"Shop {n}" * 10} for n in range(2000)]
    changeset = bakery.built(bakery.write("many.json", {"suppliers": suppliers}))
    with subprocess.Popen(
        command("changeset", "show", changeset, "--all"),
        cwd=bakery.folder,
        env=bakery.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        noise = process.stderr.read()
        assert process.wait(60) == 0
    assert noise == b""


def test_output_that_is_not_utf_8(bakery: Shell) -> None:
    """On a terminal of another encoding nothing fails."""
    changeset = bakery.built("wilson.json")
    for encoding in ("ascii", "latin-1"):
        run = subprocess.run(
            command("changeset", "show", changeset),
            cwd=bakery.folder,
            env={**bakery.environment(), "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            capture_output=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert b"Wilson's Farm" in run.stdout


def test_results_for_programs(bakery: Shell) -> None:
    """Every command that has `--format json` writes one JSON value."""
    changeset = bakery.built("wilson.json")
    file = str(changeset)
    documents: list[Any] = [
        bakery.bake(*arguments, "--format", "json").document
        for arguments in (
            ("init",),
            ("changeset", "build", "bakery.json"),
            ("changeset", "show", file),
            ("changeset", "list"),
            ("changeset", "resolve", file, "--skip", "q1"),
            ("changeset", "apply", file, "--dry-run"),
            ("changeset", "apply", file),
            ("import", "bakery.json"),
        )
    ]
    assert all(isinstance(document, dict | list) for document in documents)
    assert documents[6]["done"] == {"purchases": {"create": 1}}


def test_the_source_is_shown_and_never_interpreted(bakery: Shell) -> None:
    """Escape sequences and SQL in names reach neither the terminal nor the database's mind (rule 18)."""
    name = "\x1b[2J\x07<script>alert(1)</script>'; DROP TABLE suppliers; --"
    changeset = bakery.built(bakery.write("evil.json", {"suppliers": [{"slug": "evil", "name": name}]}))
    for format_ in ("text", "markdown", "json"):
        assert ESCAPE not in bakery.done("changeset", "show", changeset, "--format", format_)
    bakery.done("changeset", "apply", changeset)
    assert query(bakery.database, "SELECT name FROM suppliers WHERE slug = 'evil'") == [(name,)]


def test_percent_and_underscore_are_characters(bakery: Shell) -> None:
    """A supplier called `%` or `W_gmans` is nobody here (rule 2)."""
    for name in ("%", "W_gmans", "Wegman%"):
        record = {
            "product_slug": "bobs_rye_flour_20_oz",
            "supplier_name": name,
            "purchase_date": "2025-12-20",
            "unit_price": 1,
            "quantity_purchased": 1,
        }
        bakery.write("one.json", {"purchases": [record]})
        [question] = lines(bakery.built("one.json"), "question")
        assert (question["kind"], question["lookup"]) == ("missing", {"name": name})

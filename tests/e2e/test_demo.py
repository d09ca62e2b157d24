"""`bake demo`: a newcomer's first minute, and every command in it can be typed by hand."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest
from support.shell import Rows, Said, Shell, contents, lines, query

_COMMAND = re.compile(r"^\$ bake (.*)$", re.MULTILINE)
_CHANGESET = re.compile(r"changesets/\S*view_purchases\S*\.jsonl")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The folder in which somebody types `bake demo shop`."""
    return Shell(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def demo(home: Shell) -> Said:
    """What the demonstration said, run in a process of its own."""
    said = home.process("demo", "shop")
    assert (said.status, said.err) == (0, ""), said
    return said


@pytest.fixture(scope="module")
def shop(home: Shell, demo: Said) -> Shell:
    """The folder that it made."""
    assert demo.out
    return Shell(home.folder / "shop")


def test_what_it_leaves(shop: Shell) -> None:
    """The new shop, its two purchases, the misspelt one at the right shop, the butter and the corrected price."""
    statement = """
        SELECT p.purchase_date, s.name, p.unit_price, p.quantity_purchased, p.notes
        FROM purchases p JOIN suppliers s ON s.id = p.supplier_id ORDER BY p.id
    """
    assert query(shop.database, statement) == [
        ("2025-11-15", "Costco", 6.99, 2.0, None),
        ("2025-11-15", "Wegmans", 5.29, 1.0, "price corrected from the receipt"),
        ("2025-12-06", "Wegmans", 4.79, 4.0, None),
        ("2025-12-06", "Penzeys Spices", 11.45, 1.0, "gift card"),
        ("2025-12-13", "Wegmans", 5.99, 2.0, None),
        ("2025-12-20", "Wilson's Farm", 6.49, 2.0, None),
        ("2025-12-20", "Wilson's Farm", 4.79, 2.0, None),
        ("2025-12-20", "Wegmans", 5.49, 3.0, None),
    ]
    assert {name: len(rows) for name, rows in contents(shop.database).items() if rows} == {
        "suppliers": 4,
        "ingredients": 8,
        "products": 5,
        "purchases": 8,
        "inventory_items": 3,
    }


def test_its_changeset_is_the_record(shop: Shell) -> None:
    """The changeset that it leaves has the questions, the answers, the warning, and one application."""
    [changeset] = [path for path in shop.changesets if "view_purchases" in path.name]
    asked = [question.get("warning") or question["lookup"]["name"] for question in lines(changeset, "question")]
    answers = {event["question"]: event["choice"] for event in lines(changeset, "answered")}
    warned = [line for line in lines(changeset, "operation") if line.get("warnings")]
    assert asked == ["Wilson's Farm", "Wegman", "outlier"]
    assert answers == {"q1": "create", "q2": "map", "q3": "value"}
    assert len(warned) == 1
    assert [line["type"] for line in lines(changeset)[-3:]] == ["answered", "answered", "applied"]


def test_its_commands_can_be_typed_by_hand(shell: Shell, shop: Shell, demo: Said) -> None:
    """Each line that begins with `$ bake`, typed in another folder with the same two files, gives the same database.

    But for the name of the changeset, and the uuid of what it creates: both depend on when it is built.
    """
    folder = shell.folder / "by hand"
    folder.mkdir()
    for path in shop.folder.glob("*.json"):
        shutil.copy(path, folder)
    hand = Shell(folder)
    typed = _COMMAND.findall(demo.out)
    assert {shlex.split(line)[0] for line in typed} == {"init", "import", "changeset"}
    for line in typed:
        built = [path for path in hand.changesets if "view_purchases" in path.name]
        here = _CHANGESET.sub(f"changesets/{built[-1].name}", line) if built else line
        hand.done(*shlex.split(here))
    assert _without_uuids(hand) == _without_uuids(shop)


def _without_uuids(shell: Shell) -> dict[str, Rows]:
    tables = contents(shell.database)
    return {name: [{**row, "uuid": None} for row in rows] for name, rows in tables.items()}


def test_its_output_is_for_people(demo: Said) -> None:
    """It is told step by step, without colour in a pipe, without a traceback, and no line is endless."""
    assert demo.out.count("\n# ") == len(_COMMAND.findall(demo.out))
    assert "\x1b" not in demo.out
    assert "Wilson's Farm" in demo.out
    prose = [line for line in demo.out.splitlines() if not line.startswith("$") and "changesets/" not in line]
    assert max(map(len, prose)) <= 130


def test_it_takes_no_folder_that_holds_something(shell: Shell, shop: Shell) -> None:
    """A folder that holds something, as an earlier demonstration does, is refused (2) and kept; so is a file."""
    (shell.folder / "mine").mkdir()
    shell.write("mine/notes.txt", "x")
    for path in (shop.folder, shell.folder / "mine", shell.write("file", "x")):
        before = {inside: inside.stat().st_mtime_ns for inside in path.rglob("*")}
        said = shell.bake("demo", path)
        assert said.status == 2
        assert "bake demo ANOTHER_FOLDER" in said.err
        assert {inside: inside.stat().st_mtime_ns for inside in path.rglob("*")} == before


def test_it_uses_its_own_database(shell: Shell) -> None:
    """A database named in the environment, or in a bake.toml above, is somebody's own: the demonstration leaves it."""
    shell.write("bake.toml", 'database = "sqlite:///own.db"\n')
    busy = Shell(shell.folder, {"BAKE_DATABASE_URL": f"sqlite:///{shell.folder / 'own.db'}"})
    said = busy.done("demo", "shop")
    assert "$ unset BAKE_DATABASE_URL" in said
    assert not (shell.folder / "own.db").exists()
    assert (shell.folder / "shop" / "bake.db").exists()

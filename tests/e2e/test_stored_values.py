"""Values that stand in the database and are none of their column's type, and references to rows that are not there."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from support.kitchen import STOCK
from support.shell import Shell, changes, notices, query

PURCHASE = STOCK["purchases"][0]["uuid"]
EDIT = {
    "suppliers": [{"slug": "costco", "name": "Costco Wholesale"}],
    "purchases": [{"uuid": PURCHASE, "notes": "x", "unit_price": 7}],
}
AGAIN = {"purchases": [{"uuid": PURCHASE, "notes": "y", "unit_price": 8}]}

#: Table, column, what is stored there instead, and how that is shown.
STORED = [
    ("purchases", "unit_price", "'abc'", '"abc"'),
    ("purchases", "unit_price", "''", '""'),
    ("purchases", "unit_price", "9e999", "inf"),
    ("purchases", "unit_price", "x'ff00'", 'the bytes "ff00"'),
    ("purchases", "unit_price", "CAST(x'ff41' AS TEXT)", 'the bytes "ff41"'),
    ("purchases", "purchase_date", "'2025-13-45'", '"2025-13-45"'),
    ("purchases", "purchase_date", "20251220", "20251220"),
    ("purchases", "quantity_purchased", "'lots'", '"lots"'),
    ("purchases", "notes", "CAST(x'ff41' AS TEXT)", 'the bytes "ff41"'),
    ("purchases", "product_id", "'king'", '"king"'),
    ("purchases", "product_id", "99999", "99999"),
]
COMMANDS = {
    "view": ("export", "view", "purchases", "--output", "v.json"),
    "complete": ("export", "complete", "--output", "all"),
    "build": ("changeset", "build", "again.json", "--mode", "mirror"),
    "check": ("changeset", "check", "again.changeset.jsonl"),
    "apply": ("changeset", "apply", "again.changeset.jsonl"),
    "rebase": ("changeset", "rebase", "again.changeset.jsonl"),
    "revert": ("changeset", "revert", "first.changeset.jsonl"),
    "history": ("history", "purchases", PURCHASE),
}
#: What reads every field of every row; the others may not read the column at all.
READ_ALL = ("view", "complete")


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bakery with a changeset that was applied, and one that was not."""
    shell = Shell(tmp_path_factory.mktemp("bakery"))
    shell.done("init")
    shell.done("import", shell.write("stock.json", STOCK))
    for name, source in (("first", EDIT), ("again", AGAIN)):
        shell.write(f"{name}.json", source)
        shell.done("changeset", "build", f"{name}.json", "--output", f"{name}.changeset.jsonl")
        if name == "first":
            shell.done("changeset", "apply", "first.changeset.jsonl")
    return shell.folder


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("table", "column", "stored", "shown"), STORED)
def test_what_is_no_value_of_its_column_is_named(
    bakery: Path, tmp_path: Path, command: str, table: str, column: str, stored: str, shown: str
) -> None:
    """Table, column and row are named with what to do; nothing is exported as JSON that is none."""
    shell = Shell(Path(shutil.copytree(bakery, tmp_path / "bakery")))
    query(shell.database, f"UPDATE {table} SET {column} = {stored} WHERE id = 1")
    if command in READ_ALL:
        said = shell.bake(*COMMANDS[command])
        assert said.status == 7
        assert f"{table}.{column} of the row with id 1 holds {shown}" in said.err
        return
    said = shell.bake(*COMMANDS[command], "--format", "json")
    document = json.loads(said.out, parse_constant=pytest.fail)
    assert said.status in (0, 4, 7)
    if said.status == 7:
        assert document["error"] == "unreadable_value"
        assert f"{table}.{column} of the row with id 1 holds {shown}" in document["message"]


@pytest.mark.parametrize("command", ["view", "sheet", "complete"])
@pytest.mark.parametrize(("table", "column", "stored", "shown"), STORED)
def test_rows_that_cannot_be_read_are_left_out_of_exports(
    bakery: Path, tmp_path: Path, command: str, table: str, column: str, stored: str, shown: str
) -> None:
    """With `--skip-on-error` each of them is named, and the rest is as if they were not there; the status is 0."""
    shell = Shell(Path(shutil.copytree(bakery, tmp_path / "bakery")))
    query(shell.database, f"UPDATE {table} SET {column} = {stored} WHERE id = 1")
    said = _exported(shell, command, "out")
    assert "left out, since not all of it can be read: 1 row\n" in said
    assert f"{table}.{column} of the row with id 1 holds {shown}" in said
    query(shell.database, f"DELETE FROM {table} WHERE id = 1")
    assert "left out" not in _exported(shell, command, "without")
    assert _records(shell.folder / "out") == _records(shell.folder / "without")


def test_what_refers_to_a_row_that_is_left_out_is_left_out_too(bakery: Path, tmp_path: Path) -> None:
    """So a set stays one: its references lead to rows in it. A mirror deletes nothing by a file that lacks rows."""
    shell = Shell(Path(shutil.copytree(bakery, tmp_path / "bakery")))
    [(supplier,)] = query(shell.database, "SELECT supplier_id FROM purchases WHERE id = 1")
    query(shell.database, "UPDATE suppliers SET name = x'ff' WHERE id = ?", (supplier,))
    said = shell.bake("export", "complete", "--output", "set", "--skip-on-error", "--format", "json").document
    assert ("suppliers", supplier) in [(row["entity"], row["id"]) for row in said["left_out"]]
    [reason] = [row["reason"] for row in said["left_out"] if row["entity"] == "purchases" and row["id"] == 1]
    assert reason == (
        f"purchases.supplier_id of the row with id 1 holds {supplier}, and this row of suppliers is left out"
    )
    assert said["manifest"]["left_out"] == len(said["left_out"])
    shell.done("export", "validate", "set")
    query(shell.database, "UPDATE suppliers SET name = 'Costco' WHERE id = ?", (supplier,))
    shell.done("export", "view", "purchases", "--output", "view.json")
    built = shell.built("set", "--mode", "mirror")
    assert "the export left out" in " ".join(notices(built)["mirror_incomplete"])
    assert not [line for line in changes(built) if line["action"] == "delete"]


def _exported(shell: Shell, command: str, output: str) -> str:
    """What an export says that leaves out what cannot be read."""
    kind = ("complete",) if command == "complete" else ("view", "purchases")
    format_ = ("--format", "csv") if command == "sheet" else ()
    return shell.done("export", *kind, *format_, "--output", output, "--skip-on-error")


def _records(place: Path) -> list[object]:
    """What stands in an export, without what no two exports share."""
    if place.is_dir():
        return [json.loads(file.read_text())["records"] for file in sorted(place.glob("[0-9]*.json"))]
    text = place.read_text(encoding="utf-8-sig")
    if text.startswith("{"):
        return [{**record, "_base": None} for record in json.loads(text)["records"]]
    rows = list(csv.reader(text.splitlines()))
    return [row[:-2] for row in rows]

"""A process killed while it applies leaves the database as it was or as it should be, and the next run finishes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support import killed
from support.shell import Shell, command, contents, lines, tables

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX")

#: New shops, a chain of ingredients, and enough purchases to need several pages; one purchase is at an unknown shop.
DELIVERY: dict[str, Any] = {
    "suppliers": [
        *({"slug": f"shop_{n}", "name": f"Shop {n}"} for n in range(20)),
        {"slug": "costco_waltham_ma", "name": "Costco", "notes": "closed on Mondays"},
    ],
    "ingredients": [{"slug": f"flour_{n}", "display_name": f"Flour {n}", "parent_slug": "flours"} for n in range(20)],
    "products": [
        {"slug": f"bag_{n}", "ingredient_slug": f"flour_{n}", "package_unit": "kg", "package_unit_quantity": n + 1}
        for n in range(20)
    ],
    "purchases": [
        {
            "product_slug": f"bag_{n % 20}",
            "supplier_slug": "nobody" if n == 7 else f"shop_{n % 20}",
            "purchase_date": "2025-12-20",
            "unit_price": n,
            "quantity_purchased": 1,
        }
        for n in range(200)
    ],
}

_RESOLVED = [
    *(("statement", n) for n in (1, 2, 4, 6, 9, 12, 16)),
    *(("executed", n) for n in (3, 8, 14)),
    ("commit", 1),
    ("committed", 1),
    ("fsync", 1),
    ("synced", 1),
    ("torn", 1),
    ("exit", 1),
]
#: The log of what is skipped is synced first, before the commit.
_SKIPPING = [("statement", 4), ("commit", 1), ("committed", 1), ("torn", 2), ("synced", 2)]

#: Every kind of place where a run can end: early, in the middle and late, in the database and in the file; with the
#: question answered, or (two events, and a log) skipped.
POINTS = [
    *(("resolved", point, n) for point, n in _RESOLVED),
    *(("skipping", point, n) for point, n in _SKIPPING),
]
State = tuple[dict[str, Any], dict[str, int]]


def state(database: Path) -> State:
    """All rows of the catalog, and how many Bake keeps of its own."""
    own = {name: len(rows) for name, rows in tables(database).items() if name.startswith("bake_")}
    return contents(database), own


@pytest.fixture(scope="module")
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _template: Path) -> Shell:
    """A bakery with a changeset to apply, `c.changeset.jsonl`: its question answered, or open and to be skipped."""
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(_template, folder, dirs_exist_ok=True)
    shell = Shell(folder)
    changeset = shell.built(shell.write("delivery.json", DELIVERY), "--output", "c.changeset.jsonl")
    if request.param == "resolved":
        shell.done("changeset", "resolve", changeset, "--map", "q1=costco_waltham_ma")
    return shell


@pytest.fixture(scope="module")
def options(example: Shell) -> list[str]:
    """How the changeset is applied."""
    return ["--skip-on-error"] if "skipping" in example.folder.name else []


@pytest.fixture(scope="module")
def before(example: Shell) -> State:
    """What is there before."""
    return state(example.database)


@pytest.fixture(scope="module")
def after(example: Shell, options: list[str], tmp_path_factory: pytest.TempPathFactory) -> State:
    """What is there after a run that nothing disturbs."""
    shell = Shell(tmp_path_factory.mktemp("after"))
    shutil.copytree(example.folder, shell.folder, dirs_exist_ok=True)
    shell.done("changeset", "apply", "c.changeset.jsonl", *options)
    return state(shell.database)


@pytest.fixture(scope="module")
def seconds(example: Shell) -> float:
    """How long a run takes, from its start to its end."""
    start = time.monotonic()
    with run(example, command("changeset", "apply", "c.changeset.jsonl", "--dry-run")) as process:
        process.wait(60)
    return time.monotonic() - start


@pytest.fixture
def copy(example: Shell, tmp_path: Path) -> Shell:
    """A copy of the example, to be ruined."""
    shutil.copytree(example.folder, tmp_path, dirs_exist_ok=True)
    return Shell(tmp_path)


both = pytest.mark.parametrize("example", ["resolved", "skipping"], indirect=True)


def run(shell: Shell, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a command in the folder."""
    return subprocess.Popen(
        arguments, cwd=shell.folder, env=shell.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def finish(shell: Shell, options: list[str], found: State, after: State) -> None:
    """Apply once more, and check that everything is as if nothing had happened."""
    changeset = shell.folder / "c.changeset.jsonl"
    said = shell.done("changeset", "apply", changeset.name, *options)
    again = shell.done("changeset", "apply", changeset.name, *options)
    assert ("already" in said) == (found == after)
    assert "already" in again
    assert state(shell.database) == after
    assert [line["type"] for line in lines(changeset) if line["type"] in ("applied", "failed")] == ["applied"]
    assert f"applied    {changeset.name}" in shell.done("changeset", "list", ".")
    assert len(lines(changeset, "answered")) == 1
    if options:
        logs = [json.loads(path.read_text(encoding="utf-8")) for path in shell.folder.glob("import_skipped_*.json")]
        assert [[entry["record_data"]["supplier_slug"] for entry in log["records"]] for log in logs] == [["nobody"]]


@both
def test_before_and_after_differ(before: State, after: State) -> None:
    """The example changes every table that it is about, so that a half-done run could be seen."""
    changed = {name for name in before[0] if before[0][name] != after[0][name]}
    assert changed == {"suppliers", "ingredients", "products", "purchases"}
    assert before[1] != after[1]


@pytest.mark.parametrize(("example", "point", "n"), POINTS, indirect=["example"])
def test_killed_while_applying(
    copy: Shell, options: list[str], before: State, after: State, point: str, n: int
) -> None:
    """Killed at this point: before or after, never between; the next run completes, and the file says so once."""
    arguments = [sys.executable, killed.__file__, point, str(n), "changeset", "apply", "c.changeset.jsonl", *options]
    with run(copy, arguments) as process:
        assert process.wait(60) == -9, "the run came to its end without passing this point"
    found = state(copy.database)
    assert found in (before, after)
    assert (found == after) == (point in ("committed", "fsync", "synced", "torn", "exit"))
    finish(copy, options, found, after)


@pytest.mark.parametrize("example", ["resolved"], indirect=True)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.85, 0.95])
def test_killed_at_any_time(
    copy: Shell, options: list[str], before: State, after: State, seconds: float, share: float
) -> None:
    """Killed from outside after this share of the time that a run takes: the same holds."""
    with run(copy, command("changeset", "apply", "c.changeset.jsonl")) as process:
        time.sleep(seconds * share)
        process.kill()
    found = state(copy.database)
    assert found in (before, after)
    finish(copy, options, found, after)


@both
def test_two_at_the_same_time(copy: Shell, options: list[str], after: State) -> None:
    """Two runs at once: one applies, the other finds it done; the rows are there once, and so is the event."""
    arguments = command("changeset", "apply", "c.changeset.jsonl", *options)
    with run(copy, arguments) as one, run(copy, arguments) as other:
        statuses = [one.wait(60), other.wait(60)]
    assert statuses == [0, 0]
    assert state(copy.database) == after
    assert len(lines(copy.folder / "c.changeset.jsonl", "applied")) == 1
    assert "already" in copy.done("changeset", "apply", "c.changeset.jsonl")


@pytest.mark.parametrize("point", ["fsync", "torn", "synced"])
def test_killed_while_building(bakery: Shell, point: str) -> None:
    """A build that is cut off leaves no changeset, or a whole one; the next build works."""
    before = bakery.database.read_bytes()
    arguments = [sys.executable, killed.__file__, point, "1", "changeset", "build", "wilson.json"]
    with run(bakery, arguments) as process:
        assert process.wait(60) == -9
    assert len(bakery.changesets) == 1
    assert "damaged" not in bakery.done("changeset", "list")
    bakery.built("wilson.json")
    assert bakery.database.read_bytes() == before


@pytest.mark.parametrize("point", ["fsync", "torn", "synced"])
def test_killed_while_answering(bakery: Shell, point: str) -> None:
    """An answer that is cut off was never given, or is whole; the changeset stays undamaged and can be answered."""
    changeset = bakery.built("wilson.json", "--output", "c.changeset.jsonl")
    whole = changeset.read_bytes()
    arguments = [sys.executable, killed.__file__, point, "1", "changeset", "resolve", changeset.name, "--skip", "q1"]
    with run(bakery, arguments) as process:
        assert process.wait(60) == -9
    assert changeset.read_bytes().startswith(whole)
    assert "damaged" not in bakery.done("changeset", "list", ".")
    bakery.done("changeset", "resolve", changeset, "--create", "q1")
    bakery.done("changeset", "apply", changeset)
    assert [row["name"] for row in tables(bakery.database)["suppliers"]][-1] == "Wilson's Farm"

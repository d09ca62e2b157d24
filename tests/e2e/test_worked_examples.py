"""The changesets that the repository keeps are applied again."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from bake.app.apply import apply
from bake.app.import_ import import_source
from bake.app.init import initialise
from bake.app.project import Project, open_project
from bake.changeset.file import SUFFIX, read
from bake.demo_files import BAKERY, write_files

EXAMPLES = sorted((Path(__file__).parents[2] / "changesets").glob(f"*{SUFFIX}"))


@pytest.fixture
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The demonstration's bakery, before its edited view came in."""
    folder = tmp_path / "bakery"
    write_files(folder)
    monkeypatch.chdir(folder)
    project = open_project()
    initialise(project)
    import_source(project, Path(BAKERY))
    return project


def test_there_is_an_example() -> None:
    """The folder holds at least the demonstration's changeset, so that the tests below test something."""
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_gives_the_recorded_receipt(example: Path, bakery: Project) -> None:
    """On a new database a reviewed file does exactly what it did on the one it was first applied to (Portable)."""
    copy = Path(shutil.copy(example, bakery.folder))
    recorded = read(copy).intact().decisions.applied[-1]

    result = apply(bakery, copy)

    assert result.state == "applied"
    assert (result.receipt, dict(result.counts)) == (recorded.receipt, recorded.counts)


@pytest.mark.parametrize("example", EXAMPLES[:1], ids=lambda path: path.name)
def test_the_story_comes_out(example: Path, bakery: Project) -> None:
    """The new shop is there once, the misspelt one is not, and all three purchases are at the right one."""
    apply(bakery, Path(shutil.copy(example, bakery.folder)))

    with sqlite3.connect("bake.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM suppliers ORDER BY id")]
        bought = database.execute(
            "SELECT s.name, p.unit_price FROM purchases p JOIN suppliers s ON s.id = p.supplier_id "
            "WHERE p.purchase_date = '2025-12-20' ORDER BY p.unit_price"
        ).fetchall()
    database.close()
    assert names == ["Costco", "Wegmans", "Penzeys Spices", "Wilson's Farm"]
    assert bought == [("Wegmans", 5.49), ("Wilson's Farm", 6.49), ("Wilson's Farm", 47.9)]

"""docs/reference/catalog.md: its catalog works as the page says, and the page names all that an entity can say."""

from __future__ import annotations

import inspect
import runpy
from dataclasses import fields, replace
from pathlib import Path

import pytest
from support.documents import ROOT, blocks, programs, ran, write_programs

import bake

PAGE = "docs/reference/catalog.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all programs of the page."""
    write_programs(PAGE, tmp_path)
    return tmp_path


def test_the_example(folder: Path) -> None:
    """It asks and warns as the page shows."""
    [shown] = blocks(PAGE, "text")
    assert ran(folder, "arriving.py") == shown


def test_the_reflected_catalog(folder: Path) -> None:
    """It finds the keys and references that the schema has."""
    ran(folder, "arriving.py")
    assert ran(folder, "reflected.py").splitlines() == [
        "books (('isbn',),) {'publisher': 'publishers'}",
        "publishers (('slug',),) {}",
        "sales () {'book': 'books'}",
    ]


def test_every_program_is_run() -> None:
    """A program that is added to the page is added here."""
    assert programs(PAGE).keys() == {"bookshop.py", "arriving.py", "reflected.py"}


def test_all_that_an_entity_can_say_is_on_the_page() -> None:
    """Each argument that a declaration takes stands in the table."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    taken = {field.name for field in fields(bake.Entity)} | set(inspect.signature(bake.entity).parameters)
    assert [name for name in taken - {"name", "table", "fields", "declared", "normal"} if f"`{name}`" not in page] == []


def test_a_misdeclared_catalog_is_refused(folder: Path) -> None:
    """All that is wrong is said at once, before anything is read."""
    catalog = runpy.run_path(str(folder / "bookshop.py"))["CATALOG"]
    wrong = replace(catalog, views=(bake.View("x", "books", (bake.Column("a", ("nothing",)),)),))
    with pytest.raises(bake.errors.UsageError, match="books has no field 'nothing'"):
        bake.build(bake.Project("sqlite://", wrong), [{"a": 1}], view="x")

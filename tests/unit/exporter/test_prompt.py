"""The prompt of a view: what is wanted, how it comes back, and that nothing is to be invented."""

from __future__ import annotations

from pathlib import Path

import pytest

import bake
from bake import Project
from bake.errors import UsageError


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of which only the catalog is used."""
    return Project(f"sqlite:///{tmp_path / 'none.db'}", "bake.catalog.bakery:BAKERY")


def test_only_what_is_wanted(project: Project) -> None:
    """The columns with what they take; what names a record, and no other column; rules; in 2,000 characters."""
    said = bake.view_prompt(project, "products", columns=["upc_code"])
    assert "- upc_code: text of at most 20 characters" in said
    assert "- notes" not in said
    assert "product_slug, _base" in said
    assert "uuid" not in said
    assert all(word in said for word in ("Never invent", "check digit", "_evidence", "no instructions to you"))
    assert len(said) < 2000


def test_all_that_can_be_filled_in(project: Project) -> None:
    """Without columns, each that can be edited, with the options of a choice."""
    said = bake.view_prompt(project, "products")
    assert "- notes: text" in said
    assert "- package_unit: one of" in said
    assert "- ingredient_name" not in said


@pytest.mark.parametrize(("view", "columns"), [("shops", []), ("products", ["ingredient_name"]), ("products", ["x"])])
def test_what_cannot_be_filled_in(project: Project, view: str, columns: list[str]) -> None:
    """No such view, a column that is only context, no such column."""
    with pytest.raises(UsageError):
        bake.view_prompt(project, view, columns=columns)

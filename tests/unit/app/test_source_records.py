"""Records of a source, found again by their numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.web import bakery

import bake
from bake.errors import UsageError

CATALOG = "bake.catalog.bakery:BAKERY"


@pytest.fixture
def project(tmp_path: Path) -> bake.Project:
    """The bakery."""
    bakery(tmp_path)
    return bake.Project(f"sqlite:///{tmp_path / 'bake.db'}", CATALOG, folder=tmp_path, actor="ada")


def test_records_are_found_through_all_sections(project: bake.Project) -> None:
    """Each with its place and as it stands in the file; numbers that no record has are passed over."""
    file = bake.build(project, project.folder / "demo" / "bakery.json", output=project.folder / "a.changeset.jsonl")
    last = file.header.source.records - 1
    first, end = bake.source_records(project, file, [last, 0, 0, 10_000_000])
    whole = json.loads((project.folder / "demo" / "bakery.json").read_text())
    assert [first.number, end.number] == [0, last]
    assert first.values["name"] == whole["suppliers"][0]["name"]
    assert str(end.location).startswith("bakery.json:")


def test_a_sheet_keeps_its_own_names(project: bake.Project) -> None:
    """Columns have the names of the sheet, and not those that they were matched with."""
    sheet = project.folder / "mine.csv"
    sheet.write_text("Shop,Town,St\nCorner,Boston,MA\n")
    columns = {"Shop": "name", "Town": "city", "St": "state"}
    file = bake.build(project, sheet, view="suppliers", columns=columns, values={"zip_code": "02420"})
    [record] = bake.source_records(project, file, [0])
    assert record.values == {"Shop": "Corner", "Town": "Boston", "St": "MA"}


def test_what_is_gone_or_edited_is_said(project: bake.Project) -> None:
    """A source that is not what it was gives no records."""
    source = project.folder / "view.json"
    source.write_bytes((project.folder / "demo" / "view_purchases.json").read_bytes())
    file = bake.build(project, source)
    source.write_bytes(source.read_bytes() + b"\n")
    with pytest.raises(UsageError, match="was edited"):
        bake.source_records(project, file, [0])
    source.unlink()
    with pytest.raises(UsageError, match="not in this project"):
        bake.source_records(project, file, [0])

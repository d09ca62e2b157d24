from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from support.sets import comparable

from bake.app.export import export_complete
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.catalog.bakery import BAKERY
from bake.errors import NotInitialised, UsageError
from bake.exporter import sets
from bake.exporter.archive import write_archive
from bake.exporter.sets import plan
from bake.sources.normalized.manifest import ExportOptions


def test_manifest(exported: Path) -> None:
    """The manifest lists the files in the order of the references, each with what it depends on, not with itself."""
    manifest = json.loads((exported / "manifest.json").read_bytes())
    files = [(f["filename"], f["record_count"], f["import_order"], f["dependencies"]) for f in manifest["files"]]
    assert files == [
        ("01_jars.json", 2, 1, ["shelves"]),
        ("02_shelves.json", 2, 2, ["jars"]),
        ("03_spoons.json", 1, 3, ["shelves"]),
    ]
    assert manifest["manifest_version"] == "1.0"
    assert manifest["schema_version"].startswith("cupboard/")
    assert manifest["export_options"] == {"include_transactional": True, "include_events": True, "date_range": None}


def test_deterministic(project: Project, exported: Path, tmp_path: Path) -> None:
    """Two exports of one state differ in nothing but time and export id."""
    again = export_complete(project, output=tmp_path / "again").folder
    assert comparable(again) == comparable(exported)


def test_archive(project: Project, tmp_path: Path) -> None:
    """The ZIP stands under archives beside the folder; the same files at the same time give the same bytes."""
    result = export_complete(project, output=tmp_path / "one", archive=True)
    assert result.archive == tmp_path / "archives" / "one.zip"
    at = datetime.fromisoformat(result.manifest.exported_at)
    again = write_archive(result.folder, tmp_path / "again.zip", at)
    assert again.read_bytes() == result.archive.read_bytes()


def test_a_failed_export_leaves_nothing(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When an export breaks off, there is neither a set nor a part of one."""

    def broken(_manifest: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(sets, "encode_manifest", broken)
    with pytest.raises(OSError, match="disk full"):
        export_complete(project, output=tmp_path / "exports" / "set")
    assert list((tmp_path / "exports").iterdir()) == []


def test_nothing_is_overwritten(project: Project, exported: Path) -> None:
    """A folder that holds something is refused."""
    before = comparable(exported)
    with pytest.raises(UsageError, match="holds something"):
        export_complete(project, output=exported)
    assert comparable(exported) == before


def test_database_without_tables(tmp_path: Path) -> None:
    """A database that was never initialised is an error of its own, and leaves no folder."""
    (tmp_path / "bake.db").touch()
    with pytest.raises(NotInitialised):
        export_complete(
            Project(f"sqlite:///{tmp_path / 'bake.db'}", DEFAULT_CATALOG, folder=tmp_path), output=tmp_path / "set"
        )
    assert not (tmp_path / "set").exists()


def test_groups_are_left_out() -> None:
    """Groups can be left out; references to what is left out are not written, as a missing field says nothing."""
    small = plan(BAKERY, ExportOptions(include_transactional=False, include_events=False))
    assert {BAKERY.entities[name].group for name in small.entities} == {"catalog"}
    without_events = plan(BAKERY, ExportOptions(include_events=False))
    left_out = set(BAKERY.entities) - set(without_events.entities)
    assert left_out
    assert not {link.target for shape in without_events.shapes for link in shape.links.values()} & left_out

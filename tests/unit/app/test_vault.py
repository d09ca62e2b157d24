"""The vault: the key and the values of a project, where only their owner reads them."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from support.staff import STAFF

import bake
from bake.app.vault import ProjectVault
from bake.catalog.bakery import BAKERY
from bake.errors import UsageError


def test_private_files(tmp_path: Path) -> None:
    """The key and the values are in a folder that git ignores; both are readable by their owner alone."""
    vault = ProjectVault(tmp_path)
    (tmp_path / "c.jsonl").write_text(f"{vault.seal('people.phone', '555')}\n")
    vault.seal("people.phone", "not in the file")
    vault.keep(tmp_path / "c.jsonl")
    folder = tmp_path / ".bake" / "private"
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "key", "values.db"]
    assert b"555" in (folder / "values.db").read_bytes()
    assert b"not in the file" not in (folder / "values.db").read_bytes()
    if sys.platform != "win32":
        assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("key", "values.db")} == {0o600}


def test_another_process_knows_what_was_kept(tmp_path: Path) -> None:
    """A vault of the same folder reveals kept values, and says of any other why it does not."""
    first = ProjectVault(tmp_path)
    token, lost = first.seal("people.salary", 7), first.token("people.salary", 8)
    (tmp_path / "c.jsonl").write_text(token)
    first.keep(tmp_path / "c.jsonl")
    second = ProjectVault(tmp_path)
    assert second.reveal("people.salary", token) == 7
    with pytest.raises(UsageError, match="nothing here knows"):
        second.reveal("people.salary", lost)
    assert "another key" in (ProjectVault(tmp_path / "x").why_unknown("people.salary", token) or "")


def test_the_key_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines with the same BAKE_KEY make the same tokens, and no file of it; a short one is refused."""
    monkeypatch.setenv("BAKE_KEY", "correct horse battery")
    assert ProjectVault(tmp_path).token("a.b", 1) == ProjectVault(None).token("a.b", 1)
    assert not (tmp_path / ".bake").exists()
    monkeypatch.setenv("BAKE_KEY", "short")
    with pytest.raises(UsageError, match="16 at least"):
        ProjectVault(tmp_path).token("a.b", 1)


def test_a_damaged_key_is_an_error(tmp_path: Path) -> None:
    """It is never taken for another key, nor made anew."""
    path = tmp_path / ".bake" / "private" / "key"
    path.parent.mkdir(parents=True)
    path.write_text("no key")
    with pytest.raises(UsageError, match="no key of a project"):
        ProjectVault(tmp_path).token("a.b", 1)


def test_a_catalog_without_sensitive_fields_has_no_vault(tmp_path: Path) -> None:
    """Its project uses the very catalog that it was given, and nothing private is made."""
    project = bake.Project("sqlite://", BAKERY, folder=tmp_path)
    assert project.catalog is BAKERY
    assert project.vault is None
    assert bake.Project("sqlite://", STAFF, folder=tmp_path).vault is not None
    assert not (tmp_path / ".bake").exists()

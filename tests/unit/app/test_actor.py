"""Who acts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bake.app.actor import actor

#: What says who acts, the first one first.
VARIABLES = ("BAKE_ACTOR", "GIT_AUTHOR_NAME")


def test_who_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What BAKE_ACTOR says, else git for its commits: its variable, then its setting in this folder; else the login."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    assert actor() == "login"
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", repository], check=True)
    subprocess.run(["git", "config", "user.name", "Ada Löf"], cwd=repository, check=True)
    monkeypatch.chdir(repository)
    assert actor() == "Ada Löf"
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bob")
    assert actor() == "Bob"
    monkeypatch.setenv("BAKE_ACTOR", "nightly import")
    assert actor() == "nightly import"


def test_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then git cannot be asked; the login name is left."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert actor() == "login"

"""What is applied is what was verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.kitchen import delivered

from bake.app import application_run as applying
from bake.app.apply import apply
from bake.app.apply_changeset import apply_changeset
from bake.app.project import open_project
from bake.applier.report import Outcome
from bake.changeset.file import Changeset
from bake.errors import UsageError


def test_an_edit_behind_the_verification_is_not_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody edits the file after it was found intact: nothing is written, neither rows nor in the ledger."""
    kitchen = delivered(tmp_path, "--create", "q1")
    there = kitchen.contents()

    def edited(file: Changeset, *arguments: Any, **options: Any) -> Outcome:
        file.path.write_bytes(file.path.read_bytes().replace(b"6.99", b"7.99"))
        return apply_changeset(file, *arguments, **options)

    monkeypatch.chdir(kitchen.folder)
    monkeypatch.setattr(applying, "apply_changeset", edited)
    with pytest.raises(UsageError, match="changed by somebody else while it was being read"):
        apply(open_project(database=kitchen.url), kitchen.changeset)
    assert kitchen.contents() == there
    assert kitchen.entries() == []

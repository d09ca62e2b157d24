"""The changesets of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bake.changeset.file import SUFFIX, ChangesetFile, read
from bake.errors import BakeError, UsageError


@dataclass(frozen=True, slots=True)
class Listed:
    """One file: the changeset, or why it cannot be read."""

    path: Path
    file: ChangesetFile | None
    problem: str = ""

    @property
    def state(self) -> str:
        """How far it is, in a word or two."""
        if self.file is None or self.file.damage:
            return "damaged"
        if self.file.decisions.applied:
            return "applied"
        waiting = len(self.file.decisions.open)
        return f"{waiting} open" if waiting else "ready"


def listing(folder: Path) -> list[Listed]:
    """The changesets of a folder by name, which begins with their date.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", hint="bake changeset build SOURCE makes the first changeset")
    return [_listed(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _listed(path: Path) -> Listed:
    try:
        return Listed(path, read(path))
    except BakeError as error:
        return Listed(path, None, error.message)

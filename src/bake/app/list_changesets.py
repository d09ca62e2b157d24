"""The changesets of a folder."""

from __future__ import annotations

import os
from pathlib import Path

from bake.app.results import ListedChangeset
from bake.changeset.file import SUFFIX, read
from bake.errors import BakeError, UsageError


def list_changesets(folder: str | os.PathLike[str]) -> list[ListedChangeset]:
    """The changesets of a folder by name, which begins with their date.

    Args:
        folder: the folder, such as a project's `changesets`.

    Raises:
        UsageError: there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", hint="bake changeset build SOURCE makes the first changeset")
    return [_listed(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _listed(path: Path) -> ListedChangeset:
    try:
        return ListedChangeset(path, read(path))
    except BakeError as error:
        return ListedChangeset(path, None, error.message)

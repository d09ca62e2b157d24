"""Where a changeset is: a file with a path, or a temporary one, which is deleted with its object."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bake.changeset.file import SUFFIX, Changeset

#: How functions are given a changeset: as an object or by its path. It is read again if its file was changed since.
ChangesetLike: TypeAlias = "Changeset | str | os.PathLike[str]"

if TYPE_CHECKING:
    _PATH = Path
else:
    _PATH = type(Path())  # until Python 3.12, only the class for this system can be inherited from


class TemporaryPath(_PATH):
    """A path whose file is there for as long as anybody holds the path, and so for as long as its changeset is held.

    What is appended to the changeset, and whatever reads it again, goes on with the same path object.
    """


def temporary_path(name: str) -> TemporaryPath:
    """A place for a changeset that nobody has given a file.

    Args:
        name: what the file is called, without its suffix.
    """
    folder = tempfile.mkdtemp(prefix="bake-")
    path = TemporaryPath(folder, f"{name}{SUFFIX}")
    weakref.finalize(path, shutil.rmtree, folder, ignore_errors=True)
    return path


def path_of(changeset: ChangesetLike) -> Path:
    """Where a changeset is."""
    return changeset.path if isinstance(changeset, Changeset) else _as_path(changeset)


def _as_path(given: str | os.PathLike[str]) -> Path:
    return given if isinstance(given, Path) else Path(given)

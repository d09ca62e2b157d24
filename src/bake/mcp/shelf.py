"""The files of a project that an assistant may name: those within its folder, but none that is hidden or a setting."""

from __future__ import annotations

from pathlib import Path

from bake import Project
from bake.errors import UsageError


def changeset_path(project: Project, name: str) -> Path:
    """The changeset of this name: in the folder of changesets, or a path within the project's.

    Raises:
        UsageError: it is somewhere else, or there is none.
    """
    for folder in (project.changesets, project.folder):
        if path := _file(project, folder, name):
            return path
    raise UsageError(
        f"there is no changeset {name[:80]!r} in this project", hint="list_changesets names those that are"
    )


def source_path(project: Project, name: str) -> Path:
    """A file within the project's folder.

    Raises:
        UsageError: it is somewhere else, or there is none.
    """
    if path := _file(project, project.folder, name):
        return path
    raise UsageError(f"there is no file {name[:80]!r} in this project", hint="give the records themselves")


def _file(project: Project, folder: Path, name: str) -> Path | None:
    """A file of this name, wherever links lead; None if there is none, or it is hidden, or one of settings.

    Raises:
        UsageError: it is not within the project's folder.
    """
    try:
        path = (folder / name).resolve()
        is_file = path.is_file()
    except (OSError, ValueError):  # what is no name of any file
        return None
    root = project.folder.resolve()
    if not path.is_relative_to(root):
        raise UsageError("only files within the project's folder can be named", hint="give a path relative to it")
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return None if hidden or path.suffix == ".toml" or not is_file else path

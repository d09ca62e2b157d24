"""The files of a project that an assistant may name: those within its folder, and no others."""

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
        path = _within(project, folder / name)
        if path.is_file():
            return path
    raise UsageError(f"there is no changeset {name!r} in this project", hint="list_changesets names those that are")


def source_path(project: Project, name: str) -> Path:
    """A file within the project's folder, but for hidden ones and the settings.

    Raises:
        UsageError: it is somewhere else, or there is none.
    """
    path = _within(project, project.folder / name)
    inside = path.relative_to(project.folder.resolve())
    hidden = any(part.startswith(".") for part in inside.parts) or path.suffix == ".toml"
    if hidden or not path.is_file():
        raise UsageError(f"there is no file {name!r} in this project", hint="give the records themselves")
    return path


def _within(project: Project, path: Path) -> Path:
    found = path.resolve()
    if not found.is_relative_to(project.folder.resolve()):
        raise UsageError("only files within the project's folder can be named", hint="give a path relative to it")
    return found

"""Asking the person at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bake.app.project import Project
from bake.app.resolve import ResolveResult, resolve_with
from bake.changeset.file import ChangesetFile
from bake.cli.terminal import terminal


def asked(project: Project, path: Path) -> ResolveResult:
    """Ask the open questions of a changeset.

    Raises:
        UsageError: there is no terminal to ask at.
    """
    return resolve_with(project, path, terminal())


def asking(project: Project) -> Callable[[ChangesetFile], object]:
    """What asks the open questions of a changeset that is yet to be built.

    Raises:
        UsageError: there is no terminal to ask at; said before anything is built.
    """
    resolver = terminal()
    return lambda file: resolve_with(project, file.path, resolver)

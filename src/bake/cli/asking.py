"""Asking the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bake.cli.output import note, width

if TYPE_CHECKING:
    from bake.app.project import Project
    from bake.app.resolve import ResolveResult
    from bake.changeset.file import ChangesetFile


def asked(project: Project, path: Path, *, remember: bool = False) -> ResolveResult:
    """Ask the open questions of a changeset; and, unless `remember` says so already, what of it to remember.

    Raises:
        UsageError: there is no terminal to ask at.
    """
    from bake.app.resolve import resolve_with
    from bake.cli.terminal import terminal

    return resolve_with(project, path, terminal(), remember=remember)


def asking(project: Project) -> Callable[[ChangesetFile], object]:
    """What asks the open questions of a changeset that is yet to be built.

    Raises:
        UsageError: there is no terminal to ask at; said before anything is built.
    """
    from bake.app.resolve import resolve_with
    from bake.cli.terminal import terminal

    resolver = terminal()
    return lambda file: resolve_with(project, file.path, resolver)


def confirming(yes: bool) -> Callable[[ChangesetFile], bool]:
    """What is asked before rows are deleted: nobody, if `--yes` was given; nobody, and so no, where nobody is there."""

    def confirm(file: ChangesetFile) -> bool:
        if yes:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        from bake.renderer.document import document
        from bake.renderer.text import text

        note(text(document(file), width=width()))
        try:
            return typer.confirm("Apply this, deletions and all?", err=True)
        except typer.Abort:
            raise KeyboardInterrupt from None

    return confirm

"""Asking the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

import bake
from bake.cli.output import note
from bake.errors import UsageError

if TYPE_CHECKING:
    from bake import Changeset, Confirm, Plan, Project, ResolveResult
    from bake.cli.terminal import Terminal


def terminal() -> Terminal:
    """The terminal that this process runs in.

    Raises:
        UsageError: it runs in none.
    """
    if not _is_terminal():
        raise UsageError(
            "nobody can be asked: this is not a terminal",
            hint="bake changeset resolve FILE --template > answers.json, fill it in, then --answers answers.json",
        )
    from bake.cli.terminal import Terminal  # here, since what draws menus takes a while to load

    return Terminal()


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def asked(project: Project, path: Path, *, remember: bool = False, source: Path | None = None) -> ResolveResult:
    """Ask the open questions of a changeset; and, unless `remember` says so already, what of it to remember.

    Raises:
        UsageError: there is no terminal to ask at.
    """
    return bake.resolve_interactively(project, path, terminal(), remember=remember, source=source)


def asking(project: Project, *, interactive: bool) -> Callable[[Changeset, Path], object] | None:
    """What asks the open questions of a changeset that is yet to be built: all, or only what the columns are.

    Args:
        project: whose database and catalog.
        interactive: whether all are to be asked; else the columns alone are, and only if there is a terminal.

    Raises:
        UsageError: all are to be asked, and there is no terminal to ask at; said before anything is built.
    """
    if not interactive and not _is_terminal():
        return None
    resolver = terminal()

    def ask(file: Changeset, source: Path) -> None:
        if interactive or file.decisions.asked_columns:
            bake.resolve_interactively(project, file.path, resolver, source=source, columns_only=not interactive)

    return ask


def confirming(yes: bool) -> Confirm:
    """What asks before an import writes: shows the plan and asks, on a terminal.

    With `--yes` nobody is asked. Where there is no terminal, what needs somebody's yes is not applied, all else is.
    """

    def confirm(file: Changeset, plan: Plan, reasons: Sequence[str]) -> bool:
        if yes:
            return True
        if not _is_terminal():
            return not reasons
        from bake.cli.plan_output import plan_lines
        from bake.renderer.printable import printable

        note("\n".join([f"plan of {printable(str(file.path))}", *plan_lines(file, plan)]))
        try:
            return typer.confirm("Apply?", err=True)
        except typer.Abort:
            raise KeyboardInterrupt from None

    return confirm

"""`bake changeset revert`, `check` and `drift`: undoing, and looking before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bake.cli.options import Changeset, DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.cli.progress import progressing


def revert(
    what: Annotated[str, typer.Argument(metavar="FILE|ID", help="What to undo: its file, or the start of its digest.")],
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Where to write it.")] = None,
    database: DatabaseUrl = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Write the changeset that undoes another one. What was edited since is kept. Writes nothing to the database."""
    from bake.app.project import open_project
    from bake.app.revert import revert as revert_changeset
    from bake.cli.history_output import revert_document, revert_text

    with reporting(format_):
        with progressing() as bar:
            result = revert_changeset(open_project(database=database, progress=bar), what, output=output)
        say_json(revert_document(result)) if format_ is Format.json else say(revert_text(result))


def check(
    file: Changeset,
    offline: Annotated[bool, typer.Option("--offline", help="Only the file: leave the database out.")] = False,
    database: DatabaseUrl = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Check whether a changeset is whole, answered and up to date, without changing anything."""
    from bake.app.check import check as check_changeset
    from bake.app.project import open_project
    from bake.cli.history_output import check_document, check_text

    with reporting(format_):
        result = check_changeset(open_project(database=database), file, offline=offline)
        say_json(check_document(result)) if format_ is Format.json else say(check_text(result))
    raise typer.Exit(result.exit_status)


def rebase(file: Changeset, database: DatabaseUrl = None, format_: OutputFormat = Format.text) -> None:
    """Bring a changeset up to date: drop what is so already, ask what both sides changed. Keeps answers that hold."""
    from bake.app.project import open_project
    from bake.app.rebase import rebase as rebase_changeset
    from bake.cli.history_output import rebase_document, rebase_text
    from bake.errors import Conflicts

    with reporting(format_):
        result = rebase_changeset(open_project(database=database), file)
        say_json(rebase_document(result)) if format_ is Format.json else say(rebase_text(result))
        if result.conflicts:
            raise typer.Exit(Conflicts.exit_status)


def drift(database: DatabaseUrl = None, format_: OutputFormat = Format.text) -> None:
    """List what was edited in the database since changesets wrote it."""
    from bake.app.drift import drift as drifted
    from bake.app.project import open_project
    from bake.cli.history_output import drift_document, drift_text

    with reporting(format_):
        rows = drifted(open_project(database=database))
        say_json(drift_document(rows)) if format_ is Format.json else say(drift_text(rows))

"""`bake changeset amend` and `seal`: changing a changeset after it was built, in ways that leave a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import bake
from bake.cli.options import CatalogName, ChangesetPath, DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json


def amend(
    file: ChangesetPath,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="OP/FIELD=VALUE", help="Write this value; null for none.")
    ] = None,
    drop: Annotated[list[int] | None, typer.Option("--drop", metavar="OP", help="Leave this operation out.")] = None,
    note: Annotated[
        str | None,
        typer.Option(
            "--note", metavar="TEXT", help="The reason; without --set and --drop, a note on the whole changeset."
        ),
    ] = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Change operations of a changeset, by number. Values are checked; who changed what is recorded."""
    from bake.cli.results import amend_text

    with reporting(format_):
        project = bake.open_project(database=database, catalog=catalog)
        result = bake.amend(project, file, set_=set_ or (), drop=drop or (), note=note)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(amend_text(result))


def seal(
    file: ChangesetPath,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it was edited.")] = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Accept a changeset that was edited by hand: show what was edited, check it, and record who accepts it."""
    from bake.cli.results import seal_text

    with reporting(format_):
        result = bake.seal(bake.open_project(database=database, catalog=catalog), file, reason=reason)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(seal_text(result))


def approve(
    file: ChangesetPath,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="The SSH key that signs. Default: the one by which git signs."),
    ] = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Approve what a changeset does, by a signature. The approval is void once that changes."""
    from bake.cli.results import approve_text

    with reporting(format_):
        result = bake.approve(bake.open_project(), file, key=key)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(approve_text(result))

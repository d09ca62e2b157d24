"""`bake changeset revert`, `check` and `drift`: undoing, and looking before and after."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import bake
from bake.cli.options import (
    AllowedSigners,
    CatalogName,
    ChangesetPath,
    DatabaseUrl,
    Format,
    OutputFormat,
    RequireApproval,
)
from bake.cli.output import output_place, reporting, say, say_json
from bake.cli.progress import progressing
from bake.errors import UsageError


def revert(
    what: Annotated[str, typer.Argument(metavar="FILE|ID", help="What to undo: its file, or the start of its digest.")],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where to write it; - is stdout.")
    ] = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Write the changeset that undoes another one. Later edits are kept. Writes nothing to the database."""
    from bake.cli.history_output import revert_text

    with reporting(format_), output_place(output) as (place, tell):
        with progressing() as bar:
            result = bake.revert(
                bake.open_project(database=database, catalog=catalog, progress=bar), what, output=place
            )
        say_json(bake.to_dict(result)) if format_ is Format.json and place == output else tell(revert_text(result))


class CheckFormat(StrEnum):
    """How it is said what a check found."""

    text = "text"
    json = "json"
    github = "github"
    gitlab = "gitlab"
    sarif = "sarif"
    junit = "junit"


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE|FOLDER", help="The changeset, or a folder of changesets.")],
    offline: Annotated[bool, typer.Option("--offline", help="Only the file: leave the database out.")] = False,
    policy: Annotated[
        bool, typer.Option("--policy", help="List the rules of bake-policy.toml that apply to it.")
    ] = False,
    actor: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Check the policy as if NAME were to apply it.")
    ] = None,
    require_approval: RequireApproval = 0,
    allowed_signers: AllowedSigners = None,
    database: Annotated[
        str | None,
        typer.Option("--against", "--database", metavar="URL", help="Database URL. Default: as in other commands."),
    ] = None,
    catalog: CatalogName = None,
    format_: Annotated[CheckFormat, typer.Option("--format", help="Output format.")] = CheckFormat.text,
) -> None:
    """Check whether a changeset is intact, answered and up to date, without changing anything.

    Of a folder, each changeset is checked, and those that are not applied yet also against each other. The formats
    github, gitlab, sarif and junit are for tools of code review.
    """
    from bake.cli.history_output import check_text, folder_report

    with reporting(Format.json if format_ is CheckFormat.json else Format.text):
        project = bake.open_project(database=database, catalog=catalog)
        result: bake.CheckResult | bake.FolderCheck
        if file.is_dir() or format_ not in (CheckFormat.text, CheckFormat.json):
            result = bake.check_folder(
                project, file, offline=offline, require_approval=require_approval, allowed_signers=allowed_signers
            )
            say_json(bake.to_dict(result)) if format_ is CheckFormat.json else say(folder_report(result, format_))
        else:
            result = bake.check(
                project,
                file,
                offline=offline,
                actor=actor,
                require_approval=require_approval,
                allowed_signers=allowed_signers,
            )
            if policy and result.policy is None and not result.problems:
                raise UsageError("this project has no policy", hint="docs/reference/policy.md says how to write one")
            say_json(bake.to_dict(result)) if format_ is CheckFormat.json else say(check_text(result, rules=policy))
    raise typer.Exit(result.exit_status)


def rebase(
    file: ChangesetPath, database: DatabaseUrl = None, catalog: CatalogName = None, format_: OutputFormat = Format.text
) -> None:
    """Bring a changeset up to date. Drops what is so already, asks what both sides changed, keeps valid answers."""
    from bake.cli.history_output import rebase_text
    from bake.errors import Conflicts

    with reporting(format_):
        result = bake.rebase(bake.open_project(database=database, catalog=catalog), file)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(rebase_text(result))
        if result.conflicts:
            raise typer.Exit(Conflicts.exit_status)


def drift(database: DatabaseUrl = None, catalog: CatalogName = None, format_: OutputFormat = Format.text) -> None:
    """List the values that were edited in the database since changesets wrote them."""
    from bake.cli.history_output import drift_text

    with reporting(format_):
        rows = bake.drift(bake.open_project(database=database, catalog=catalog))
        say_json([bake.to_dict(one) for one in rows]) if format_ is Format.json else say(drift_text(rows))

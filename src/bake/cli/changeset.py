"""`bake changeset …`: one command a step of a changeset's life."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import bake
from bake.cli.loading import announcing, group
from bake.cli.options import (
    AllowedSigners,
    AsIs,
    AutoCreate,
    CatalogName,
    ChangesetPath,
    Columns,
    DatabaseUrl,
    DryRun,
    Encoding,
    FillDown,
    Format,
    HeaderLine,
    ImportMode,
    KeepIds,
    Mode,
    OutputFormat,
    RequireApproval,
    Sheet,
    SkipOnError,
    SourceFile,
    Strict,
    TwoWay,
    Values,
    ViewName,
    read_as,
)
from bake.cli.output import note, output_place, reporting, say, say_json
from bake.cli.progress import progressing

changeset = group(
    "Build, read, answer and apply changesets.",
    cls=announcing(
        ("resolve", "bake.cli.resolve:resolve", "Answer the questions of a changeset."),
        ("show", "bake.cli.show:show", "Show what a changeset would do."),
        ("revert", "bake.cli.undo:revert", "Write the changeset that undoes another one."),
        ("check", "bake.cli.undo:check", "Check whether a changeset is intact, answered and up to date."),
        ("rebase", "bake.cli.undo:rebase", "Bring a changeset up to date with the database."),
        ("compare", "bake.cli.compare:compare", "Show what changed from one version of a changeset to another."),
        ("approve", "bake.cli.amend:approve", "Approve what a changeset does, by a signature."),
        ("merge", "bake.cli.merge:merge", "Merge two versions of a changeset."),
        ("drift", "bake.cli.undo:drift", "List the values that were edited since changesets wrote them."),
        ("amend", "bake.cli.amend:amend", "Change operations of a changeset, by their numbers."),
        ("seal", "bake.cli.amend:seal", "Accept a changeset that was edited by hand."),
        order=(
            *("build", "show", "check", "resolve", "apply", "revert", "list"),
            *("rebase", "amend", "seal", "approve", "compare", "merge", "drift"),
        ),
    ),
)


@changeset.command()
def build(
    source: SourceFile,
    view: ViewName = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    header: HeaderLine = None,
    as_is: AsIs = False,
    fill_down: FillDown = None,
    mode: ImportMode = Mode.merge,
    strict: Strict = False,
    two_way: TwoWay = False,
    keep_ids: KeepIds = False,
    auto_create: AutoCreate = None,
    column: Columns = None,
    value: Values = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the changeset to this file; - is stdout.")
    ] = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Compile SOURCE into a changeset. Reads the database, and never writes to it."""
    from bake.cli.plan_output import plan_text
    from bake.resolution.column_options import typed_columns, typed_values

    with reporting(format_), output_place(output) as (place, tell):
        with progressing() as bar:
            project = bake.open_project(database=database, catalog=catalog, progress=bar)
            file = bake.build(
                project,
                source,
                view=view,
                read_as=read_as(encoding, sheet, header, as_is, fill_down),
                mode=mode.value,
                strict=strict,
                two_way=two_way,
                keep_ids=keep_ids,
                auto_create=auto_create or (),
                columns=typed_columns(column or ()),
                values=typed_values(value or ()),
                output=place,
                tell=note,
            )
        say_json(bake.to_dict(file)) if format_ is Format.json and place == output else tell(plan_text(file))


@changeset.command()
def apply(
    file: ChangesetPath,
    dry_run: DryRun = False,
    skip_on_error: SkipOnError = False,
    source: Annotated[
        Path | None,
        typer.Option("--source", metavar="FILE", help="The source file, to write the log of skipped records."),
    ] = None,
    require_approval: RequireApproval = 0,
    allowed_signers: AllowedSigners = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Apply a changeset: all of it in one transaction, or nothing."""
    from bake.cli.results import applied_note, apply_text

    with reporting(format_):
        with progressing() as bar:
            project = bake.open_project(database=database, catalog=catalog, progress=bar)
            result = bake.apply(
                project,
                file,
                dry_run=dry_run,
                skip_on_error=skip_on_error,
                source=source,
                require_approval=require_approval,
                allowed_signers=allowed_signers,
            )
        done = applied_note(result)
        say_json(bake.to_dict(result), done=done) if format_ is Format.json else say(apply_text(result), done=done)


@changeset.command(name="list")
def list_(
    folder: Annotated[Path, typer.Argument(help="Where they are.")] = Path("changesets"),
    format_: OutputFormat = Format.text,
) -> None:
    """List the changesets of a folder with their state. Names begin with the date, so that the oldest comes first."""
    from bake.cli.results import listing_text

    with reporting(format_):
        rows = bake.list_changesets(folder)
        say_json([bake.to_dict(one) for one in rows]) if format_ is Format.json else say(listing_text(rows))

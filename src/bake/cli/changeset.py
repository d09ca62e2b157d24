"""`bake changeset …`: one command a step of a changeset's life."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated

import typer

import bake
from bake.cli.loading import announcing, group
from bake.cli.options import (
    AllowedSigners,
    AsIs,
    AutoCreate,
    ChangesetPath,
    Columns,
    DatabaseUrl,
    DryRun,
    Encoding,
    Format,
    HeaderLine,
    ImportMode,
    Interactive,
    Mode,
    OutputFormat,
    Remember,
    RequireApproval,
    Sheet,
    SkipOnError,
    SourceFile,
    Strict,
    TwoWay,
    Values,
    ViewName,
)
from bake.cli.output import note, output_place, reporting, say, say_file, say_json
from bake.cli.progress import progressing

changeset = group(
    "Build, read, answer and apply changesets.",
    cls=announcing(
        ("show", "bake.cli.show:show", "Show what a changeset would do."),
        ("revert", "bake.cli.undo:revert", "Write the changeset that undoes another one."),
        ("check", "bake.cli.undo:check", "Check whether a changeset is whole and up to date."),
        ("rebase", "bake.cli.undo:rebase", "Bring a changeset up to date."),
        ("compare", "bake.cli.compare:compare", "Show what changed from one version of a changeset to another."),
        ("approve", "bake.cli.amend:approve", "Approve what a changeset does, by a signature."),
        ("merge", "bake.cli.merge:merge", "Merge two versions of a changeset."),
        ("drift", "bake.cli.undo:drift", "List what was edited since changesets wrote it."),
        ("amend", "bake.cli.amend:amend", "Change operations of a changeset, by their numbers."),
        ("seal", "bake.cli.amend:seal", "Accept a changeset that was edited by hand."),
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
    mode: ImportMode = Mode.merge,
    strict: Strict = False,
    two_way: TwoWay = False,
    auto_create: AutoCreate = None,
    column: Columns = None,
    value: Values = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the changeset to this file; - is stdout.")
    ] = None,
    database: DatabaseUrl = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Compile SOURCE into a changeset. Reads the database, and never writes to it."""
    from bake.cli.plan_output import plan_text
    from bake.resolution.column_options import typed_columns, typed_values

    with reporting(format_), output_place(output) as (place, tell):
        with progressing() as bar:
            project = bake.open_project(database=database, progress=bar)
            file = bake.build(
                project,
                source,
                view=view,
                read_as=bake.ReadAs(encoding=encoding, sheet=sheet, header=header, as_is=as_is),
                mode=mode.value,
                strict=strict,
                two_way=two_way,
                auto_create=auto_create or (),
                columns=typed_columns(column or ()),
                values=typed_values(value or ()),
                output=place,
                tell=note,
            )
        say_json(bake.to_dict(file)) if format_ is Format.json and place == output else tell(plan_text(file))


@changeset.command()
def resolve(
    file: ChangesetPath,
    interactive: Interactive = False,
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Read the answers from a file (JSON or TOML).")
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="Print an answer file to fill in, and exit.")] = False,
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="QUESTION=KEY", help="Use the existing row with this key.")
    ] = None,
    create: Annotated[
        list[str] | None,
        typer.Option(
            "--create",
            metavar="QUESTION[=FIELDS]",
            help='Create a new row of what the source says, and of FIELDS, a JSON object: q1={"city": "Boston"}.',
        ),
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="QUESTION", help="Skip the operations that ask this.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value",
            metavar="QUESTION=VALUE",
            help="Write this value; q1/5: in operation 5 alone. Where columns are asked for, FIELD=VALUE: for all.",
        ),
    ] = None,
    column: Columns = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="QUESTION", help="Keep the value that was warned of.")
    ] = None,
    omit: Annotated[
        list[str] | None,
        typer.Option("--omit", metavar="QUESTION", help="Leave out the field whose value does not fit."),
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option(
            "--take",
            metavar="QUESTION=WHICH",
            help="Of a conflict (ENTITY: of all its conflicts): file or database. Of duplicates: an operation.",
        ),
    ] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(
            "--choose",
            metavar="QUESTION=OPTION",
            help="Of a decision: this option; q1/5 decides for operation 5 alone. Of columns: proposed.",
        ),
    ] = None,
    distinct: Annotated[
        list[str] | None,
        typer.Option(
            "--distinct", metavar="QUESTION=KEY", help="Never match the row with this key; this is remembered."
        ),
    ] = None,
    proposals: Annotated[
        bool,
        typer.Option("--proposals", help="List the proposals that wait; with --interactive, decide on each."),
    ] = False,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="PROPOSAL", help="Accept this proposal; all: each of them.")
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option("--reject", metavar="PROPOSAL", help="Reject this proposal; all: each of them.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it is rejected.")] = None,
    accept_proposals: Annotated[
        bool, typer.Option("--accept-proposals", help="Accept the proposals that rules of bake-policy.toml accept.")
    ] = False,
    remember: Remember = False,
    source: Annotated[
        Path | None,
        typer.Option("--source", metavar="FILE", help="The source file, to read it by the columns that are chosen."),
    ] = None,
    database: DatabaseUrl = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Answer the questions of a changeset. QUESTION is its id (q1), or ENTITY:NAME (suppliers:Wilson's Farm)."""
    from bake.cli.asking import asked
    from bake.cli.results import resolve_text
    from bake.errors import OpenQuestions

    with reporting(format_):
        if template:
            with TemporaryFile() as written:
                bake.answer_template(bake.open_project(database=database), file, written)
                say_file(written)
            return
        if proposals or accept or reject or accept_proposals:
            from bake.cli.proposals import settle, settle_by_policy

            project = bake.open_project(database=database)
            if accept_proposals:
                settle_by_policy(project, file, format_)
                return
            settle(project, file, accept or [], reject or [], reason, source, interactive=interactive, format_=format_)
            return
        with progressing() as bar:
            project = bake.open_project(database=database, progress=bar)
            if answers:
                result = bake.resolve(project, file, answers, remember=remember, source=source)
            elif interactive:
                result = asked(project, file, remember=remember, source=source)
            else:
                chosen = {
                    "map_": map_,
                    "create": create,
                    "skip": skip,
                    "value": value,
                    "keep": keep,
                    "omit": omit,
                    "take": take,
                    "choose": choose,
                    "column": column,
                }
                given = {option: texts or () for option, texts in {**chosen, "distinct": distinct}.items()}
                result = bake.resolve_with_options(project, file, **given, remember=remember, source=source)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(resolve_text(result))
        if interactive and result.changeset.decisions.open:
            raise typer.Exit(OpenQuestions.exit_status)


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
    format_: OutputFormat = Format.text,
) -> None:
    """Apply a changeset: all of it in one transaction, or nothing."""
    from bake.cli.results import applied_note, apply_text

    with reporting(format_):
        with progressing() as bar:
            project = bake.open_project(database=database, progress=bar)
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

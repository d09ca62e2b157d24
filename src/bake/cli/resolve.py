"""`bake changeset resolve`: questions are answered by options, from a file, or one by one; proposals are decided on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, TypeAlias

import typer

import bake
from bake.cli.options import (
    CatalogName,
    ChangesetPath,
    Columns,
    DatabaseUrl,
    Format,
    Interactive,
    OutputFormat,
    Remember,
)
from bake.cli.output import reporting, say, say_file, say_json
from bake.cli.progress import progressing

_Texts: TypeAlias = list[str] | None


def resolve(
    file: ChangesetPath,
    interactive: Interactive = False,
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="Read the answers from a file (JSON or TOML).")
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="Print an answer file to fill in, and exit.")] = False,
    map_: Annotated[_Texts, typer.Option("--map", metavar="QUESTION=KEY", help="Use the row with this key.")] = None,
    create: Annotated[
        _Texts,
        typer.Option(
            "--create",
            metavar="QUESTION[=FIELDS]",
            help='Create a new row from the values of the source and FIELDS, a JSON object: q1={"city": "Boston"}.',
        ),
    ] = None,
    skip: Annotated[
        _Texts, typer.Option("--skip", metavar="QUESTION", help="Skip the operations that ask this.")
    ] = None,
    value: Annotated[
        _Texts,
        typer.Option(
            "--value",
            metavar="QUESTION=VALUE",
            help="Write this value; q1/5=VALUE: in operation 5 only. With columns, FIELD=VALUE: in all records.",
        ),
    ] = None,
    column: Columns = None,
    keep: Annotated[
        _Texts, typer.Option("--keep", metavar="QUESTION", help="Keep the value that the warning is about.")
    ] = None,
    omit: Annotated[
        _Texts, typer.Option("--omit", metavar="QUESTION", help="Leave out the field whose value does not fit.")
    ] = None,
    take: Annotated[
        _Texts,
        typer.Option(
            "--take",
            metavar="QUESTION=WHICH",
            help="Of a conflict: file or database (ENTITY=WHICH: of all its conflicts). Of duplicates: an operation.",
        ),
    ] = None,
    choose: Annotated[
        _Texts,
        typer.Option(
            "--choose",
            metavar="QUESTION=OPTION",
            help="Choose an option of a decision; q1/5=OPTION: for operation 5 only. Of columns: proposed.",
        ),
    ] = None,
    distinct: Annotated[
        _Texts,
        typer.Option(
            "--distinct", metavar="QUESTION=KEY", help="Never match the row with this key; this is remembered."
        ),
    ] = None,
    proposals: Annotated[
        bool, typer.Option("--proposals", help="List the undecided proposals; with --interactive, decide on each.")
    ] = False,
    accept: Annotated[
        _Texts, typer.Option("--accept", metavar="PROPOSAL", help="Accept this proposal; all: each of them.")
    ] = None,
    reject: Annotated[
        _Texts, typer.Option("--reject", metavar="PROPOSAL", help="Reject this proposal; all: each of them.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why it is rejected.")] = None,
    accept_proposals: Annotated[
        bool, typer.Option("--accept-proposals", help="Accept the proposals that bake-policy.toml accepts.")
    ] = False,
    remember: Remember = False,
    source: Annotated[
        Path | None,
        typer.Option("--source", metavar="FILE", help="The source, if it was moved; it is read again for its columns."),
    ] = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Answer the questions of a changeset. QUESTION is its id (q1), or ENTITY:NAME (suppliers:Wilson's Farm)."""
    given = {
        "map_": map_,
        "create": create,
        "skip": skip,
        "value": value,
        "column": column,
        "keep": keep,
        "omit": omit,
        "take": take,
        "choose": choose,
        "distinct": distinct,
    }
    opened = partial(bake.open_project, database=database, catalog=catalog)
    deciding = bool(proposals or accept or reject or reason or accept_proposals)
    with reporting(format_):
        _check_one_way(
            {
                "--template": template,
                "--answers": answers is not None,
                "--interactive": interactive and not deciding,
                "options that answer, such as --map": any(given.values()),
                "options about proposals": deciding,
            }
        )
        if template:
            _print_template(opened(), file)
        elif accept_proposals:
            from bake.cli.proposals import settle_by_policy

            settle_by_policy(opened(), file, format_)
        elif deciding:
            from bake.cli.proposals import settle

            settle(opened(), file, accept or [], reject or [], reason, source, interactive=interactive, format_=format_)
        else:
            result = _answered(opened, file, answers, given, source, interactive=interactive, remember=remember)
            _report(result, format_, interactive=interactive)


def _check_one_way(ways: Mapping[str, bool]) -> None:
    """Refuse two ways of answering in one call, of which only one would be taken."""
    from bake.errors import UsageError

    used = [way for way, is_used in ways.items() if is_used]
    if len(used) > 1:
        raise UsageError(f"{used[0]} cannot be used with {used[1]}", hint="Give them in two calls.")


def _print_template(project: bake.Project, file: Path) -> None:
    with TemporaryFile() as written:
        bake.answer_template(project, file, written)
        say_file(written)


def _answered(
    opened: Callable[..., bake.Project],
    file: Path,
    answers: Path | None,
    given: Mapping[str, _Texts],
    source: Path | None,
    *,
    interactive: bool,
    remember: bool,
) -> bake.ResolveResult:
    from bake.cli.asking import asked

    with progressing() as bar:
        project = opened(progress=bar)
        if answers:
            return bake.resolve(project, file, answers, remember=remember, source=source)
        if interactive:
            return asked(project, file, remember=remember, source=source)
        texts = {option: said or () for option, said in given.items()}
        return bake.resolve_with_options(project, file, **texts, remember=remember, source=source)


def _report(result: bake.ResolveResult, format_: Format, *, interactive: bool) -> None:
    from bake.cli.results import resolve_text
    from bake.errors import OpenQuestions

    say_json(bake.to_dict(result)) if format_ is Format.json else say(resolve_text(result))
    if interactive and result.changeset.decisions.open:
        raise typer.Exit(OpenQuestions.exit_status)

"""`bake changeset merge`: two versions of one changeset become one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import bake
from bake.cli.options import Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.cli.plan_output import following
from bake.cli.results import still_open
from bake.renderer.printable import printable
from bake.renderer.sentences import sentence
from bake.renderer.words import counted

if TYPE_CHECKING:
    from bake import MergeResult


def merge(
    ours: Annotated[Path, typer.Argument(metavar="OURS", help="The one version; the merge takes its place.")],
    theirs: Annotated[Path, typer.Argument(metavar="THEIRS", help="The other version.")],
    base: Annotated[
        Path | None,
        typer.Option(
            "--base", metavar="FILE", help="The common ancestor of both; the result then says what each version added."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the merge to this file instead.")
    ] = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Merge two versions of a changeset: answers and amendments of both. Answers that differ reopen their question."""
    with reporting(format_):
        result = bake.merge(ours, theirs, base=base, output=output)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(_text(result))


def _text(result: MergeResult) -> str:
    file = result.changeset
    events = f"{counted(result.ours, 'event')} of the one version, {counted(result.theirs, 'event')} of the other"
    lines = [f"merged into {printable(str(file.path))}: {events}", *told_lines(result), f"  {still_open(file)}"]
    if file.decisions.open:
        return "\n".join([*lines, following("changeset", "resolve", file.path, "--interactive")])
    return "\n".join([*lines, following("changeset", "show", file.path)])


def told_lines(result: MergeResult) -> list[str]:
    """The parts of a merge that need attention: kept and added events, and questions that are open again."""
    decisions = result.changeset.decisions
    lines = []
    if result.kept:
        lines.append(
            f"  {counted(result.kept, 'event')} stayed: a merge takes none out; to revise an answer, answer again"
        )
    if result.brought:
        lines.append(f"  {counted(result.brought, 'event')} from before came along: later ones follow them")
    contested = ((decisions.questions[id_], decisions.contradicting(id_)) for id_ in result.reopened)
    return [*lines, *(f"  open again: {printable(sentence(question, 0, answers))}" for question, answers in contested)]

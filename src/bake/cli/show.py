"""`bake changeset show`: a changeset in words, for a pull request, and for programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

import bake
from bake.cli.options import ChangesetPath, Format
from bake.cli.output import colour, note, reporting, say_file, say_rendered, width

if TYPE_CHECKING:
    from bake.renderer.selection import Selection


class ShowFormat(StrEnum):
    """How a changeset is shown."""

    text = "text"
    markdown = "markdown"
    json = "json"


def show(
    file: ChangesetPath,
    format_: Annotated[ShowFormat, typer.Option("--format", help="Output format; JSON has everything.")] = (
        ShowFormat.text
    ),
    everything: Annotated[bool, typer.Option("--all", help="Show all operations, questions and warnings.")] = False,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="PART[,…]",
            help="Show these: questions, proposals, warnings, creates, updates, deletes, skips, notices.",
        ),
    ] = None,
    entity: Annotated[
        str | None, typer.Option("--entity", metavar="ENTITY", help="Show what is about rows of this entity.")
    ] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="KEY", help="Show what is about the row with this key.")
    ] = None,
    page: Annotated[int | None, typer.Option("--page", min=1, metavar="N", help="Show this page, 50 a page.")] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            metavar="BYTES",
            help="Markdown of at most this size, for a comment: changes are summed up (GitHub takes 65536).",
        ),
    ] = None,
) -> None:
    """Show what a changeset would do. Questions and warnings come first, then each operation, before → after."""
    from bake.renderer.selection import selection

    with reporting(Format.json if format_ is ShowFormat.json else Format.text):
        everything = everything or format_ is ShowFormat.json
        selected = selection(only, entity, where, page, everything=everything)
        match format_:
            case _ if budget is not None:
                say_rendered(_comment(file, selected, format_, budget))
            case ShowFormat.json:
                from bake.renderer.json_output import write_json

                with TemporaryFile() as written:
                    write_json(bake.read(file), written, selected)
                    say_file(written)
            case ShowFormat.text | ShowFormat.markdown:
                say_rendered(_shown(bake.read(file), selected, format_))


def _comment(file: Path, selected: Selection, format_: ShowFormat, budget: int) -> str:
    from bake.errors import UsageError
    from bake.renderer.comment import LEAST, comment

    if format_ is not ShowFormat.markdown or selected.before:
        raise UsageError("--budget sums up the whole as Markdown", hint="--format markdown, without --page")
    if budget < LEAST:
        raise UsageError(f"--budget {budget} is too small", hint=f"at least {LEAST} bytes")
    return comment(bake.read(file), budget, selected)


def _shown(file: bake.Changeset, selected: Selection, format_: ShowFormat) -> str:
    from bake.renderer.document import document

    shown = document(file, selected)
    if selected.is_narrow and shown.is_empty:
        note("nothing in this changeset is what was asked for")
    if format_ is ShowFormat.markdown:
        from bake.renderer.markdown import markdown

        return markdown(shown)
    from bake.renderer.text import text

    return text(shown, width=width(), colour=colour())

"""`bake answers`: what is remembered from one import to the next."""

from __future__ import annotations

from typing import Annotated

import typer

from bake.cli.loading import group
from bake.cli.options import Format, OutputFormat
from bake.cli.output import reporting, say, say_json

answers = group("Show and forget answers that are used again.")


@answers.command(name="list")
def list_(format_: OutputFormat = Format.text) -> None:
    """List what is remembered (changesets/answers.toml), by entity."""
    from bake.app.project import open_project
    from bake.app.remembered_answers import load
    from bake.cli.lists import memory_document, memory_text

    with reporting(format_):
        memory = load(open_project())
        say_json(memory_document(memory)) if format_ is Format.json else say(memory_text(memory))


@answers.command()
def forget(
    what: Annotated[
        list[str],
        typer.Argument(metavar="ENTITY:NAME…", help="What was written: suppliers:Costco, or an entity alone."),
    ],
    format_: OutputFormat = Format.text,
) -> None:
    """Forget what is remembered of names or values, or all that is remembered of an entity."""
    from bake.app.project import open_project
    from bake.app.remembered_answers import forget as forget_answers
    from bake.cli.lists import memory_document, memory_text

    with reporting(format_):
        gone = forget_answers(open_project(), what)
        say_json(memory_document(gone)) if format_ is Format.json else say("forgotten:\n" + memory_text(gone))

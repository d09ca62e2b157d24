"""`bake answers`: what is remembered from one import to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import bake
from bake.cli.loading import group
from bake.cli.options import Format, OutputFormat
from bake.cli.output import reporting, say, say_json

if TYPE_CHECKING:
    from bake.resolution.remembered import Memory

answers = group("Show and forget answers that are used again.")


@answers.command(name="list")
def list_(format_: OutputFormat = Format.text) -> None:
    """List what is remembered (changesets/answers.toml), by entity."""
    from bake.cli.lists import memory_text

    with reporting(format_):
        memory = bake.remembered_answers(bake.open_project())
        say_json([bake.to_dict(one) for one in memory.ordered()]) if format_ is Format.json else say(
            memory_text(memory)
        )


@answers.command()
def forget(
    what: Annotated[
        list[str],
        typer.Argument(metavar="ENTITY:NAME…", help="What was written: suppliers:Costco, or an entity alone."),
    ],
    format_: OutputFormat = Format.text,
) -> None:
    """Forget what is remembered of names or values, or all that is remembered of an entity."""
    from bake.cli.lists import memory_text

    with reporting(format_):
        gone = bake.forget_answers(bake.open_project(), what)
        say_json([bake.to_dict(one) for one in gone.ordered()]) if format_ is Format.json else say(
            "forgotten:\n" + memory_text(gone)
        )


def _say(memory: Memory, text: str, format_: Format) -> None:
    say_json([bake.to_dict(entry) for entry in memory.ordered()]) if format_ is Format.json else say(text)

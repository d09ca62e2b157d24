"""The commands `bake answers list` and `bake answers forget`, for answers remembered for later imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import bake
from bake.cli.loading import group
from bake.cli.options import Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.renderer.printable import printable

if TYPE_CHECKING:
    from bake.resolution.remembered import Memory

answers = group("Show and forget answers that are used again.")


@answers.command(name="list")
def list_(format_: OutputFormat = Format.text) -> None:
    """List what is remembered (changesets/answers.toml), by entity."""
    with reporting(format_):
        memory = bake.remembered_answers(bake.open_project())
        _say(memory, _text(memory), format_)


@answers.command()
def forget(
    what: Annotated[
        list[str],
        typer.Argument(metavar="ENTITY:NAME…", help="What was written: suppliers:Costco, or an entity alone."),
    ],
    format_: OutputFormat = Format.text,
) -> None:
    """Forget what is remembered of names or values, or all that is remembered of an entity."""
    with reporting(format_):
        forgotten = bake.forget_answers(bake.open_project(), what)
        _say(forgotten, "forgotten:\n" + _text(forgotten), format_)


def _text(memory: Memory) -> str:
    """Remembered answers, a line each."""
    from bake.resolution.remembered import entry_text

    lines = [printable(entry_text(entry)) for entry in memory.ordered()]
    return "\n".join(lines) or "nothing is remembered yet: bake changeset resolve FILE --remember"


def _say(memory: Memory, text: str, format_: Format) -> None:
    """Print remembered answers: their entries as JSON, or else the text."""
    say_json([bake.to_dict(entry) for entry in memory.ordered()]) if format_ is Format.json else say(text)

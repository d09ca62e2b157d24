"""`bake changeset compare`: what changed from one version of a changeset to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import bake
from bake.cli.options import Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.renderer.printable import printable
from bake.renderer.words import change_text, key_text, value_text

if TYPE_CHECKING:
    from bake import ChangedOperation, Comparison, Difference

#: How many of everything are listed.
_LISTED = 20


def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The one changeset.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The other one: a later version of it.")],
    format_: OutputFormat = Format.text,
) -> None:
    """Show what changed from one version of a changeset to another: operations, values, expectations, questions."""
    with reporting(format_):
        result = bake.compare(before, after)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(_text(result))


def _text(result: Comparison) -> str:
    names = f"{printable(str(result.before.path))} → {printable(str(result.after.path))}"
    if result.is_same:
        return f"{names}: both come to the same"
    parts = (
        [f"  {_line(one)}" for one in result.header],
        [f"  + {action} {printable(entity)} {key_text(key)}" for action, entity, key in result.added],
        [f"  - {action} {printable(entity)} {key_text(key)}" for action, entity, key in result.removed],
        [_changed(one) for one in result.changed],
        [f"  skipped {_line(one)}" for one in result.skipped],
        [f"  open now: {printable(text)}" for text in result.opened],
        [f"  open no more: {printable(text)}" for text in result.closed],
    )
    return "\n".join([names, *(line for part in parts for line in _first(part))])


def _changed(one: ChangedOperation) -> str:
    return "\n".join(
        [f"  ~ {printable(one.entity)} {key_text(one.key)}", *(f"      {_line(each)}" for each in one.differences)]
    )


def _line(one: Difference) -> str:
    path = printable(one.path)
    match one.kind:
        case "added":
            return f"{path}: + {value_text(one.after)}"
        case "removed":
            return f"{path}: - {value_text(one.before)}"
        case "changed":
            before, after = change_text(one.before, one.after)
            return f"{path}: {before} → {after}"


def _first(lines: list[str]) -> list[str]:
    """The first of many lines, and how many more there are."""
    more = len(lines) - _LISTED
    return lines if more <= 0 else [*lines[:_LISTED], f"  and {more:,} more; --format json lists all"]

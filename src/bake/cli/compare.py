"""`bake changeset compare`: what changed from one version of a changeset to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import bake
from bake.changeset.file import SUFFIX
from bake.cli.options import CatalogName, DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.renderer.printable import printable
from bake.renderer.words import change_text, counted, key_text, value_text

if TYPE_CHECKING:
    from bake import ChangedOperation, Collision, Collisions, Comparison, Difference

#: How many of everything are listed.
_LISTED = 20


def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The earlier changeset.")],
    after: Annotated[
        str,
        typer.Argument(
            metavar="AFTER|REV",
            help="The later changeset; or a revision of git, to show what changed in BEFORE since.",
        ),
    ],
    together: Annotated[
        bool, typer.Option("--together", help="Say whether both can be applied, and in which order.")
    ] = False,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Show what changed from one version of a changeset to another: operations, values, preconditions, questions.

    With --together, compare two changesets by what the one expects and the other changes; status 4: only one of them
    can be applied.
    """
    from bake.errors import Conflicts

    with reporting(format_):
        is_file = Path(after).exists() or after.endswith(SUFFIX)
        then = before if is_file else bake.at_revision(before, after)
        now = Path(after) if is_file else before
        names = (str(before), after) if is_file else (f"{after}:{before}", str(before))

        def named(result: Collisions | Comparison) -> dict[str, Any]:
            return {**bake.to_dict(result), "before": names[0], "after": names[1]}

        if together:
            found = bake.collisions(bake.open_project(database=database, catalog=catalog), then, now)
            say_json(named(found)) if format_ is Format.json else say(_together_text(found, names))
            if found.order == "neither":
                raise typer.Exit(Conflicts.exit_status)
            return
        result = bake.compare(then, now)
        if format_ is Format.json:
            say_json(named(result))
        else:
            say(_text(result, " → ".join(map(printable, names))))


_ORDERS = {
    "any": "both can be applied, in any order",
    "before": "both can be applied, the first one first",
    "after": "both can be applied, the second one first",
    "neither": "only one of them can be applied",
}
_FIRSTS = {"before": "the first one first", "after": "the second one first", "neither": "only one of them"}


def _together_text(found: Collisions, names: tuple[str, str]) -> str:
    lines = [_collision(one) for one in found.items]
    if found.undecided:
        lines.append(f"  {counted(found.undecided, 'question')} open; what comes of the answers is not compared")
    both = " and ".join(map(printable, names))
    return "\n".join([f"{both}: {_ORDERS[found.order]}", *_first(lines)])


def _collision(one: Collision) -> str:
    fields = f" ({', '.join(map(printable, one.fields))})" if one.fields else ""
    return f"  {printable(one.entity)} {key_text(one.key)}{fields}: {one.why}: {_FIRSTS[one.first]}"


def _text(result: Comparison, names: str) -> str:
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

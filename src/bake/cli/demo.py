"""`bake demo`: it types the commands that a newcomer would, and shows each before it runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bake.cli.options import Format
from bake.cli.output import reporting, say
from bake.commands import DATABASE_VARIABLE, command, quoted
from bake.demo_files import BAKERY, EDITED_VIEW, write_files
from bake.renderer.printable import printable

_STORY = """\
A bakery keeps its purchases in a database. Its export {view} went to an AI together with three receipts, and came
back with a corrected price, three new purchases, a shop nobody knows (Wilson's Farm), one misspelt (Wegman), and butter
at ten times its price. Nothing of that touches the database before somebody has looked at it."""


def demo(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one to be made.")] = Path("bake-demo"),
) -> None:
    """Make a small bakery and walk through an import: build, show, resolve, apply."""
    with reporting(Format.text):
        _run(folder)


def _run(folder: Path) -> None:
    """Walk through one import in a folder that is empty or not there.

    Raises:
        UsageError: the folder holds something.
    """
    write_files(folder)
    say(_STORY.format(view=EDITED_VIEW))
    say(f"\n$ cd {quoted(str(folder))}")
    if os.environ.pop(DATABASE_VARIABLE, None):  # it names somebody's own database
        say(f"$ unset {DATABASE_VARIABLE}")
    with contextlib.chdir(folder):
        for caption, arguments in _steps():
            say(f"\n# {caption}\n$ {command(*arguments)}")
            _bake(arguments)
    where = printable(str(folder))
    say(f"\nEverything is in {where}: the database bake.db, and the changeset with all that happened to it.")


def _steps() -> Iterator[tuple[str, list[str]]]:
    """The commands, each when those before it have run: the changeset's name is known only once it is built."""
    yield "a database with the tables of a bakery", ["init"]
    yield "the bakery as it is", ["import", BAKERY, "--yes"]
    yield (
        "compile the edited view, with a question for whatever looks wrong: reads the database, writes only a file",
        ["changeset", "build", EDITED_VIEW, "--strict"],
    )
    name = str(max(Path("changesets").glob("*-view_purchases-*"), key=lambda path: path.stat().st_mtime_ns))
    yield "what would it do?", ["changeset", "show", name]
    answers = ["--create", "suppliers:Wilson's Farm", "--map", "suppliers:Wegman=wegmans_burlington_ma"]
    answers += ["--value", "q3=4.79"]
    yield (
        "answer its questions (or be asked one by one with --interactive): the receipt has the butter at 4.79",
        ["changeset", "resolve", name, *answers],
    )
    yield "try it, and roll back", ["changeset", "apply", name, "--dry-run"]
    yield "apply it: all of it in one transaction, or nothing", ["changeset", "apply", name]
    yield "once more: applying twice does nothing", ["changeset", "apply", name]
    yield "what there is", ["changeset", "list"]


def _bake(arguments: list[str]) -> None:
    from bake.cli.main import bake

    status = bake(arguments, prog_name="bake", standalone_mode=False)
    if isinstance(status, int) and status:
        raise typer.Exit(status)

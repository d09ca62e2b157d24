"""The command `bake`. Commands parse, call one function of `bake.app`, write its result, and exit."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from bake import __version__
from bake.cli.loading import announcing, group
from bake.cli.output import Unwritten, note, say
from bake.cli.stopping import stop_in_order

_COMMANDS = announcing(
    ("init", "bake.cli.init:init", "Create the tables of the catalog, and Bake's ledger."),
    ("demo", "bake.cli.demo:demo", "Make a small bakery and walk through an import."),
    ("import", "bake.cli.import_:import_", "Build a changeset, answer its questions, and apply it."),
    ("changeset", "bake.cli.changeset:changeset", "Build, read, answer and apply changesets."),
    ("export", "bake.cli.export_views:export", "Export sets and views, and validate sets."),
    ("convert", "bake.cli.convert:convert", "Convert files of earlier formats to today's."),
    ("history", "bake.cli.history:history", "Show what was applied, or what happened to one row."),
    ("answers", "bake.cli.answers:answers", "List and forget remembered answers."),
)

bake = group(
    "Bring outside data into a SQL database as changesets: files that are reviewed before they are applied.",
    completion=True,
    cls=_COMMANDS,
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"bake {__version__}")
        raise typer.Exit


@bake.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of `bake` itself."""


def main() -> None:
    """Run the command line."""
    if sys.stdout is None:
        # Said before anything is done: what a command finds or does would be known to nobody.
        note("error: there is no stdout to write results to")
        sys.exit(1)
    stop_in_order()
    try:
        bake(prog_name="bake")
    except BrokenPipeError:
        _discard_output()  # whoever read it has enough
        sys.exit(0)
    except Unwritten as error:
        _discard_output()
        note(f"error: {error}")
        sys.exit(1)
    except OSError as error:
        if _takes_output():
            raise
        _discard_output()  # it was a help text that could not be written
        note(f"error: {Unwritten(error)}")
        sys.exit(1)


def _takes_output() -> bool:
    try:
        typer.echo()
    except OSError:
        return False
    return True


def _discard_output() -> None:
    """Without this, Python would try, and complain, again when it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

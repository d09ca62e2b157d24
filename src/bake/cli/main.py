"""The command `bake`. Commands parse, call one function of `bake.app`, write its result, and exit."""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path
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
    ("export", "bake.cli.export:export", "Export sets and views, and validate sets."),
    ("catalog", "bake.cli.catalog:catalog", "Write and check the catalog of a database."),
    ("convert", "bake.cli.convert:convert", "Convert files of earlier formats to the present ones."),
    ("history", "bake.cli.history:history", "Show what was applied, or what happened to one row."),
    ("serve", "bake.cli.serve:serve", "Import, review, answer, apply and undo in a web page."),
    ("mcp", "bake.cli.mcp:mcp", "Serve the project to an assistant, which can propose and not apply."),
    ("git", "bake.cli.git:git", "Let git show and merge changesets."),
    ("answers", "bake.cli.answers:answers", "List and forget remembered answers."),
)

_OVERVIEW = """\
Bring outside data into a SQL database as changesets: files that are reviewed before they are applied.

\b
An import, step by step (`bake import SOURCE` does all of it in one go):
  bake init                     make the tables
  bake changeset build SOURCE   compare with the database; write a changeset
  bake changeset show FILE      what would happen, before and after
  bake changeset resolve FILE   answer what is unclear
  bake changeset apply FILE     all of it in one transaction, or nothing
  bake changeset revert FILE    write the changeset that undoes it
"""
_EPILOG = """\
\b
Files:
  bake.toml          settings: {settings}
  bake.db            the database, where nothing else names one
  changesets/        changesets, and answers that are remembered

\b
Environment:
  BAKE_DATABASE_URL  the database; --database comes first
  BAKE_ACTOR         your name in changesets; by default git's user.name, or the login name
  NO_COLOR           if set, no colours

\b
Exit status:
  0 done, 1 a bug, 2 cannot be done as typed, 3 questions are open,
  4 conflicts with the database, 5 invalid source or answer,
  6 damaged file, 7 database unavailable, 130 interrupted

\b
Documentation:
  {documentation}
"""


def documentation() -> str:
    """Where the documentation is: as it was installed, or in the source that is being run."""
    for folder in (Path(sys.prefix, "share", "doc", "bake-changesets"), Path(__file__).parents[3] / "docs"):
        if (folder / "index.md").is_file():
            return str(folder / "index.md")
    return "docs/ of the source distribution"


bake = group(
    _OVERVIEW,
    completion=True,
    epilog=_EPILOG.format(settings="database, catalog, wait, helpers", documentation=documentation()),
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
    warnings.filterwarnings("ignore", "Did not recognize type")  # the catalog says which columns it leaves out
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what latin-1 lacks is written all the same
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

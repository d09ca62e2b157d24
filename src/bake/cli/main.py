"""The command `bake`. Commands parse, call one function of `bake.app`, write its result, and exit."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bake import __version__
from bake.cli.amend import changeset
from bake.cli.answers import answers
from bake.cli.convert import convert
from bake.cli.export_views import export
from bake.cli.history import history
from bake.cli.options import (
    AutoCreate,
    DatabaseUrl,
    DryRun,
    Format,
    ImportMode,
    Interactive,
    Mode,
    OutputFormat,
    SkipOnError,
    SourceFile,
    Strict,
    ViewName,
    Yes,
)
from bake.cli.output import Unwritten, note, reporting, say, say_json

bake = typer.Typer(
    help="Bring outside data into a SQL database as changesets: built, read, answered, reviewed, applied whole.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
bake.add_typer(changeset, name="changeset")
bake.add_typer(export, name="export")
bake.add_typer(answers, name="answers")
bake.command()(history)
bake.command()(convert)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"bake {__version__}")
        raise typer.Exit


@bake.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it, and exit.")
    ] = False,
) -> None:
    """Options of `bake` itself."""


@bake.command()
def init(database: DatabaseUrl = None, format_: OutputFormat = Format.text) -> None:
    """Create the tables of the catalog, and Bake's ledger, in the database."""
    from bake.app.init import initialise
    from bake.app.project import open_project

    with reporting(format_):
        result = initialise(open_project(database=database))
        if format_ is Format.json:
            say_json({"database": result.database, "created": result.created})
        else:
            made = f"created {len(result.created)} tables" if result.created else "everything was there already"
            say(f"{result.database}: {made}")


@bake.command(name="import")
def import_(
    source: SourceFile,
    view: ViewName = None,
    mode: ImportMode = Mode.merge,
    strict: Strict = False,
    auto_create: AutoCreate = None,
    interactive: Interactive = False,
    skip_on_error: SkipOnError = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    database: DatabaseUrl = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Build a changeset from SOURCE, answer its questions, and apply it. The changeset stays as the record."""
    from bake.app.import_ import import_source
    from bake.app.project import open_project
    from bake.cli.asking import asking, confirming
    from bake.cli.results import applied_note, import_document, import_text
    from bake.compiler.scope import Options

    with reporting(format_):
        project = open_project(database=database)
        ask = asking(project) if interactive else None
        options = Options(mode=mode.value, strict=strict)
        result = import_source(
            project,
            source,
            options,
            view=view,
            auto_create=auto_create or (),
            resolve=ask,
            confirm=confirming(yes),
            skip_on_error=skip_on_error,
            dry_run=dry_run,
        )
        done = applied_note(result.applied)
        say_json(import_document(result), done=done) if format_ is Format.json else say(import_text(result), done=done)


@bake.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one to be made.")] = Path("bake-demo"),
) -> None:
    """Make a small bakery and walk through an import: build, show, resolve, apply."""
    from bake.cli.demo import run

    with reporting(Format.text):
        run(folder)


def main() -> None:
    """Run the command line."""
    if sys.stdout is None:
        # Said before anything is done: what a command finds or does would be known to nobody.
        note("error: there is no stdout to write results to")
        sys.exit(1)
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

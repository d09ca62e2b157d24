"""`bake export …`: what leaves the database, made to come back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

import bake
from bake.cli.loading import group
from bake.cli.options import DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.cli.progress import progressing

SkipUnreadable: TypeAlias = Annotated[
    bool, typer.Option("--skip-on-error", help="Leave out rows that cannot be read, and name them; still exits with 0.")
]

export = group("Write sets and views, and check them.")


@export.command()
def complete(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Write to this folder. Default: docs/exports/<time>_<id>."),
    ] = None,
    zip_: Annotated[bool, typer.Option("--zip", help="Also write a ZIP, in the folder archives beside it.")] = False,
    no_transactional: Annotated[
        bool, typer.Option("--no-transactional", help="Leave out purchases, stock and what is made.")
    ] = False,
    no_events: Annotated[bool, typer.Option("--no-events", help="Leave out events and what belongs to them.")] = False,
    skip_on_error: SkipUnreadable = False,
    database: DatabaseUrl = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Write every table as a set. That is one file for each entity, and a manifest; `bake import` reads it."""
    from bake.cli.export_results import export_text

    with reporting(format_):
        with progressing(collecting=False) as bar:
            project = bake.open_project(database=database, progress=bar)
            result = bake.export_complete(
                project,
                output=output,
                archive=zip_,
                transactional=not no_transactional,
                events=not no_events,
                skip_on_error=skip_on_error,
            )
        say_json(bake.to_dict(result)) if format_ is Format.json else say(export_text(result))


@export.command()
def validate(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A set: its folder, its manifest.json, or a ZIP.")],
    format_: OutputFormat = Format.text,
) -> None:
    """Check a set. All that is wrong is listed: checksums, counts, order, dependencies, references."""
    from bake.cli.export_results import validation_text

    with reporting(format_):
        result = bake.validate_export(path)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(validation_text(result))

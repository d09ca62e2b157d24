"""`bake export view` and what belongs to it: schema, template, prune."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from bake.cli.export import export
from bake.cli.options import DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.cli.progress import progressing


class ViewFormat(StrEnum):
    """How a view is written."""

    json = "json"
    csv = "csv"


#: With these commands on it.
__all__ = ["export"]

View: TypeAlias = Annotated[str, typer.Argument(metavar="VIEW", help="The view, such as products.")]


@export.command()
def view(
    name: View,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Else docs/exports/ai_augmentation/view_<name>.<format>."),
    ] = None,
    format_: Annotated[ViewFormat, typer.Option("--format", help="How to write it.")] = ViewFormat.json,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file even if it was edited.")] = False,
    database: DatabaseUrl = None,
) -> None:
    """Write a view for people, spreadsheets or AIs to edit. What they change comes back with `bake import`."""
    from bake.app.export_views import export_view
    from bake.app.project import open_project
    from bake.cli.export_results import view_text

    with reporting(Format.text):
        with progressing() as bar:
            project = open_project(database=database, progress=bar)
            result = export_view(project, name, output=output, format_=format_.value, force=force)
        say(view_text(result))


@export.command()
def schema(name: View) -> None:
    """Print the JSON Schema (2020-12) of a view's file, for an AI to be held to."""
    from bake.app.export_views import view_schema
    from bake.app.project import open_project

    with reporting(Format.json):
        say(_document(view_schema(open_project(), name)))


@export.command()
def template(name: View) -> None:
    """Print an empty file of a view with an example, to be filled from a receipt, a voice note or barcodes."""
    from bake.app.export_views import view_template
    from bake.app.project import open_project

    with reporting(Format.json):
        say(_document(view_template(open_project(), name)))


@export.command()
def prune(
    keep: Annotated[
        int | None, typer.Option("--keep", min=0, metavar="N", help="So many of each view stay, the newest; else 10.")
    ] = None,
    older_than: Annotated[
        int | None, typer.Option("--older-than", min=0, metavar="DAYS", help="Only those older than that go.")
    ] = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Remove bases: what earlier exports of views wrote, by which an import tells edits from old values."""
    from bake.app.export_views import prune as prune_bases
    from bake.app.project import open_project

    with reporting(format_):
        gone = prune_bases(open_project(), keep=keep, older_than=older_than)
        names = [path.name for path in gone]
        say_json({"removed": names}) if format_ is Format.json else say(f"{len(names)} removed")


def _document(value: dict[str, Any]) -> str:
    """A document that is meant to be kept, in the order of its members."""
    from msgspec import json

    return json.format(json.Encoder(decimal_format="number").encode(value), indent=2).decode()

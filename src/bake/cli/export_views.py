"""`bake export view` and what belongs to it: schema, template."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

import bake
from bake.cli.export import SkipUnreadable, export
from bake.cli.options import DatabaseUrl, Format
from bake.cli.output import output_place, reporting, say_rendered
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
        typer.Option(
            "--output",
            metavar="FILE",
            help="Default: docs/exports/ai_augmentation/view_<name>.<format>; - is stdout.",
        ),
    ] = None,
    format_: Annotated[ViewFormat, typer.Option("--format", help="File format.")] = ViewFormat.json,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file even if it was edited.")] = False,
    skip_on_error: SkipUnreadable = False,
    database: DatabaseUrl = None,
) -> None:
    """Write a view, to be edited. `bake import` takes back what people, spreadsheets or AIs change in it."""
    from bake.cli.export_results import view_text

    with reporting(Format.text), output_place(output) as (place, tell):
        with progressing() as bar:
            project = bake.open_project(database=database, progress=bar)
            result = bake.export_view(
                project, name, output=place, format_=format_.value, force=force, skip_on_error=skip_on_error
            )
        tell(view_text(result))


@export.command()
def schema(name: View) -> None:
    """Print the JSON Schema of a view. It is of draft 2020-12, for the structured output of an AI."""
    with reporting(Format.json):
        say_rendered(_document(bake.view_schema(bake.open_project(), name)))


@export.command()
def template(name: View) -> None:
    """Print an empty view, to be filled in. Made for receipts, voice notes and barcodes; it holds an example."""
    with reporting(Format.json):
        say_rendered(_document(bake.view_template(bake.open_project(), name)))


def _document(value: dict[str, Any]) -> str:
    """A document that is meant to be kept, in the order of its members."""
    from msgspec import json

    return json.format(json.Encoder(decimal_format="number").encode(value), indent=2).decode()

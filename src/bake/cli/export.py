"""The commands `bake export …`: sets, and views with their schema and template."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

import bake
from bake.cli.loading import group
from bake.cli.options import CatalogName, DatabaseUrl, Format, OutputFormat
from bake.cli.output import output_place, reporting, say, say_json, say_rendered
from bake.cli.progress import progressing


class ViewFormat(StrEnum):
    """How a view is written."""

    json = "json"
    csv = "csv"
    xlsx = "xlsx"


SkipUnreadable: TypeAlias = Annotated[
    bool, typer.Option("--skip-on-error", help="Leave out rows that cannot be read, and name them; still exits with 0.")
]

View: TypeAlias = Annotated[str, typer.Argument(metavar="VIEW", help="The view, such as products.")]

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
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Write all tables as a set. A set has one file for each entity and a manifest; `bake import` reads it."""
    from bake.cli.export_results import export_text

    with reporting(format_):
        with progressing(collecting=False) as bar:
            project = bake.open_project(database=database, catalog=catalog, progress=bar)
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
    """Check a set. Lists all faults: checksums, counts, order, dependencies, references."""
    from bake.cli.export_results import validation_text

    with reporting(format_):
        result = bake.validate_export(path)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(validation_text(result))


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
    format_: Annotated[
        ViewFormat | None, typer.Option("--format", help="File format. Default: what FILE ends with, else json.")
    ] = None,
    columns: Annotated[
        str, typer.Option("--columns", metavar="NAMES", help="Only these columns, with commas between them.")
    ] = "",
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="CONDITIONS", help="Only records such as: upc_code is null and brand = Argo"),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", help="At most this many records.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file even if it was edited.")] = False,
    skip_on_error: SkipUnreadable = False,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
) -> None:
    """Write a view, to be edited. `bake import` takes back what people, spreadsheets or AIs change in it."""
    from bake.cli.export_results import view_text

    with reporting(Format.text), output_place(output) as (place, tell):
        with progressing() as bar:
            project = bake.open_project(database=database, catalog=catalog, progress=bar)
            result = bake.export_view(
                project,
                name,
                output=place,
                format_=format_.value if format_ else None,
                columns=[one.strip() for one in columns.split(",") if one.strip()],
                where=where,
                limit=limit,
                force=force,
                skip_on_error=skip_on_error,
            )
        tell(view_text(result))


@export.command()
def schema(name: View, database: DatabaseUrl = None, catalog: CatalogName = None) -> None:
    """Print the JSON Schema of a view. It is of draft 2020-12, for the structured output of an AI."""
    with reporting(Format.json):
        say_rendered(_document(bake.view_schema(bake.open_project(database=database, catalog=catalog), name)))


@export.command()
def prompt(
    name: View,
    columns: Annotated[
        str,
        typer.Option("--columns", metavar="NAMES", help="Only these are wanted, with commas between them."),
    ] = "",
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
) -> None:
    """Print a prompt for an assistant that fills in a view. It says what is wanted, and to invent nothing."""
    with reporting(Format.text):
        wanted = [one.strip() for one in columns.split(",") if one.strip()]
        say_rendered(bake.view_prompt(bake.open_project(database=database, catalog=catalog), name, columns=wanted))


@export.command()
def template(name: View, database: DatabaseUrl = None, catalog: CatalogName = None) -> None:
    """Print an empty view, to be filled in. Made for receipts, voice notes and barcodes; it holds an example."""
    with reporting(Format.json):
        say_rendered(_document(bake.view_template(bake.open_project(database=database, catalog=catalog), name)))


def _document(value: dict[str, Any]) -> str:
    """A document that is meant to be kept, in the order of its members."""
    from msgspec import json

    return json.format(json.Encoder(decimal_format="number").encode(value), indent=2).decode()

"""`bake init`: a database that is ready to receive changesets."""

from __future__ import annotations

from typing import Annotated

import typer

import bake
from bake.cli.options import CatalogName, DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.renderer.printable import printable


def init(
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    beside: Annotated[
        bool,
        typer.Option("--beside", help="Create the tables of the catalog even if the database has only other tables."),
    ] = False,
    format_: OutputFormat = Format.text,
) -> None:
    """Create the tables of the catalog, and Bake's ledger, in the database."""
    with reporting(format_):
        result = bake.initialise(bake.open_project(database=database, catalog=catalog), beside=beside)
        if format_ is Format.json:
            say_json(bake.to_dict(result))
        else:
            made = [f"created {len(result.created)} tables"] if result.created else []
            made += [f"added {printable(', '.join(result.added))}"] if result.added else []
            say(f"{printable(result.database)}: {', '.join(made) or 'everything was there already'}")

"""`bake catalog …`: a file that says what of a database is a catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import bake
from bake.cli.loading import group
from bake.cli.options import CatalogName, DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json
from bake.renderer.printable import printable

catalog = group("Write and check the catalog of a database.")


@catalog.command()
def reflect(
    database: DatabaseUrl = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write it here. Default: catalog.toml.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The name of a new catalog. Default: reflected.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option("--schema", metavar="NAME", help="The schema of the tables, for a new catalog.")
    ] = None,
    format_: OutputFormat = Format.text,
) -> None:
    """Write a catalog of the tables of the database, or bring one up to date; what you wrote in it stays."""
    with reporting(format_):
        result = bake.reflect_catalog(bake.open_project(database=database), output=output, name=name, schema=schema)
        say_json(bake.to_dict(result)) if format_ is Format.json else say(_text(result))


@catalog.command()
def check(database: DatabaseUrl = None, catalog: CatalogName = None, format_: OutputFormat = Format.text) -> None:
    """List what may be wrong with the catalog: changed tables, keys that are not unique, columns that are left out."""
    with reporting(format_):
        result = bake.check_catalog(bake.open_project(database=database, catalog=catalog))
        if format_ is Format.json:
            say_json(bake.to_dict(result))
        else:
            say("\n".join(map(printable, result.doubts)) or "nothing is doubtful")


def _text(result: bake.CatalogFileResult) -> str:
    lines = [f"wrote {printable(str(result.path))}: {len(result.entities)} entities"]
    lines += [f"  {printable(name)} by {printable(', '.join(key))}" for name, key in result.entities.items()]
    lines += ["left out:"] if result.left_out else []
    lines += [f"  {printable(name)}: {printable(why)}" for name, why in result.left_out.items()]
    lines += ["changed since the file was written:"] if result.changes else []
    lines += [f"  {printable(change)}" for change in result.changes]
    return "\n".join([*lines, "next: bake init"])

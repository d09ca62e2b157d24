"""`bake init`: a database that is ready to receive changesets."""

from __future__ import annotations

from bake.cli.options import DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json


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

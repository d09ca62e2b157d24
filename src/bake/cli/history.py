"""`bake history`: what the database has received, and what happened to a row."""

from __future__ import annotations

from typing import Annotated

import typer

import bake
from bake.cli.options import CatalogName, DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json


def history(
    entity: Annotated[str | None, typer.Argument(help="The entity of the row, such as products.")] = None,
    key: Annotated[str | None, typer.Argument(help="Its key: a slug, a uuid, or a JSON object.")] = None,
    field: Annotated[str | None, typer.Option("--field", metavar="FIELD", help="Only this field.")] = None,
    database: DatabaseUrl = None,
    catalog: CatalogName = None,
    format_: OutputFormat = Format.text,
) -> None:
    """List the applied changesets, newest first; or the changes of one row, oldest first."""
    from bake.cli.history_output import entries_text, row_text
    from bake.errors import UsageError

    with reporting(format_):
        project = bake.open_project(database=database, catalog=catalog)
        if entity is None and field is None:
            entries = bake.history(project)
            say_json([bake.to_dict(one) for one in entries]) if format_ is Format.json else say(entries_text(entries))
            return
        if entity is None or key is None:
            raise UsageError("a row is named by its entity and its key", hint="bake history ENTITY KEY [--field FIELD]")
        events = bake.row_history(project, entity, key, field=field)
        say_json([bake.to_dict(one) for one in events]) if format_ is Format.json else say(row_text(events))

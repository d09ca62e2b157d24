"""`bake history`: what the database has received, and what happened to a row."""

from __future__ import annotations

from typing import Annotated

import typer

from bake.cli.options import DatabaseUrl, Format, OutputFormat
from bake.cli.output import reporting, say, say_json


def history(
    entity: Annotated[str | None, typer.Argument(help="The kind of row.")] = None,
    key: Annotated[str | None, typer.Argument(help="Its key: a slug, a uuid, or a JSON object.")] = None,
    field: Annotated[str | None, typer.Option("--field", metavar="FIELD", help="Only this field.")] = None,
    database: DatabaseUrl = None,
    format_: OutputFormat = Format.text,
) -> None:
    """What was applied, the newest first; or what happened to one row, the oldest first."""
    from bake.app.history import applied, row_history
    from bake.app.project import open_project
    from bake.cli.history_output import entries_document, entries_text, row_document, row_text
    from bake.errors import UsageError

    with reporting(format_):
        project = open_project(database=database)
        if entity is None and field is None:
            entries = applied(project)
            say_json(entries_document(entries)) if format_ is Format.json else say(entries_text(entries))
            return
        if entity is None or key is None:
            raise UsageError("a row is named by its entity and its key", hint="bake history ENTITY KEY [--field FIELD]")
        events = row_history(project, entity, key, field=field)
        say_json(row_document(events)) if format_ is Format.json else say(row_text(events))

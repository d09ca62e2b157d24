"""Views as an assistant sees them: what each is for, and a page of its records with only what is wanted."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bake
from bake import Project, Role, View


def listed(view: View) -> dict[str, Any]:
    """What a view is for, and its columns by what they are for."""
    columns = [column for column in view.columns if column.exported]
    return {
        "view": view.name,
        "entity": view.entity,
        "purpose": view.purpose,
        **{role.value: [column.name for column in columns if column.role is role] for role in Role},
    }


def exported(
    project: Project, name: str, columns: list[str], where: str | None, offset: int, limit: int
) -> dict[str, Any]:
    """A page of the records of a view.

    Args:
        project: whose database.
        name: the view.
        columns: the columns that are wanted beside those that name the row; none for all.
        where: conditions on the records, as of `bake.export_view`.
        offset: how many of those that fit are passed over.
        limit: how many are given at most.

    Raises:
        UsageError: there is no such view or column, or the conditions cannot be read.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "view.json"
        last = offset + limit
        bake.export_view(project, name, output=path, format_="json", columns=columns, where=where, limit=last + 1)
        records = json.loads(path.read_bytes(), parse_float=Decimal)["records"]
    more = {"next_offset": last} if len(records) > last else {}
    return {"view": name, "records": records[offset:last], **more}

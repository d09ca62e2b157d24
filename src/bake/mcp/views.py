"""Views as an assistant sees them: what each is for, and a page of its records with only what is wanted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bake
from bake import Project, Role, View
from bake.errors import UsageError
from bake.mcp.exact import exact

_BASE = "_base"


def listed(view: View) -> dict[str, Any]:
    """What a view is for, and its columns by what they are for."""
    columns = [column for column in view.columns if column.exported]
    return {
        "view": view.name,
        "entity": view.entity,
        "purpose": view.purpose,
        **{role.value: [column.name for column in columns if column.role is role] for role in Role},
    }


def named(project: Project, name: str) -> View:
    """The view of this name that is exported.

    Raises:
        UsageError: there is none.
    """
    views = {view.name: view for view in project.catalog.views if view.kind == "view"}
    if name not in views:
        raise UsageError(f"no view is called {name!r}", hint=f"known are {', '.join(views)}")
    return views[name]


def exported(
    project: Project,
    name: str,
    columns: list[str] | None,
    where: Mapping[str, Any] | None,
    offset: int,
    limit: int,
) -> dict[str, Any]:
    """A page of the records of a view.

    Args:
        project: whose database.
        name: the view.
        columns: the columns that are wanted beside those that name the row; None for all.
        where: by column, the value that a record has to have.
        offset: how many of those that fit are passed over.
        limit: how many are given at most.

    Raises:
        UsageError: there is no such view or column.
    """
    view = named(project, name)
    known = [column.name for column in view.columns if column.exported]
    if unknown := {*(columns or ()), *(where or {})} - {*known}:
        raise UsageError(f"{name} has no column {min(unknown)!r}", hint=f"it has {', '.join(known)}")
    records = [one for one in _records(project, name) if _fits(one, exact(where or {}))]
    names = [column.name for column in view.columns if column.role is Role.IDENTITY]
    wanted = {*known, _BASE} if columns is None else {*names, *columns, _BASE}
    page = [{key: value for key, value in one.items() if key in wanted} for one in records[offset : offset + limit]]
    more = {"next_offset": offset + limit} if offset + limit < len(records) else {}
    return {"view": name, "total": len(records), "records": page, **more}


def _records(project: Project, name: str) -> list[dict[str, Any]]:
    """The records of a view, as an export writes them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "view.json"
        bake.export_view(project, name, output=path, format_="json")
        document = json.loads(path.read_bytes(), parse_float=Decimal)
    return list(document["records"])


def _fits(record: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(record.get(name) == value for name, value in where.items())

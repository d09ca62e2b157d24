"""Taking data out: views to be edited, with the columns and rows that are wanted, whole sets, and schemas for an AI."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

import bake
from bake.web.site import number, site_of

#: The formats of a view, each with what it is for.
_FORMATS = {"json": "JSON, for an AI or a program", "csv": "CSV, for any spreadsheet", "xlsx": "Excel workbook"}


def choose(request: Request) -> Response:
    """What can be exported."""
    site = site_of(request)
    views = {view.name: view for view in site.project.catalog.views if view.kind == "view"}
    named = request.query_params.get("view", "")
    view = views.get(named) or next(iter(views.values()), None)
    columns = [column for column in view.columns if column.exported] if view else []
    return site.page(
        request,
        "export.html",
        views=views,
        view=view,
        fixed=[column for column in columns if column.role.name == "IDENTITY"],
        columns=[column for column in columns if column.role.name != "IDENTITY"],
        formats=_FORMATS,
    )


def view(request: Request) -> Response:
    """A view as a file; what was exported before stays as it is."""
    site, asked = site_of(request), request.query_params
    format_ = next((one for one in _FORMATS if one == asked.get("format")), "json")
    with _temporary() as folder:
        done = bake.export_view(
            site.acting(request),
            asked.get("view", ""),
            output=folder / f"view_{_plain(asked.get('view', ''))}.{format_}",
            columns=asked.getlist("column"),
            where=asked.get("where", "").strip() or None,
            limit=number(asked.get("limit")) or None,
        )
    return _sent(done.path, folder)


def complete(request: Request) -> Response:
    """All tables as a ZIP, from which a database can be made again."""
    site, asked = site_of(request), request.query_params
    with _temporary() as folder:
        done = bake.export_complete(
            site.acting(request),
            output=folder / "export",
            archive=True,
            transactional=asked.get("transactional") == "on",
            events=asked.get("events") == "on",
        )
    assert done.archive is not None
    day = done.manifest.exported_at[:10]
    return _sent(done.archive, folder, f"{site.catalog}-{day}.zip")


def schema(request: Request) -> Response:
    """The JSON Schema of a view, for the structured output of an AI."""
    return _document(request, "schema", bake.view_schema)


def template(request: Request) -> Response:
    """An empty file of a view, with an example."""
    return _document(request, "template", bake.view_template)


def _document(request: Request, what: str, make: Callable[[bake.Project, str], dict[str, Any]]) -> Response:
    name = request.query_params.get("view", "")
    text = json.dumps(make(site_of(request).project, name), indent=2, ensure_ascii=False, default=str)
    attached = {"content-disposition": f'attachment; filename="{_plain(name)}.{what}.json"'}
    return Response(text, media_type="application/json", headers=attached)


@contextmanager
def _temporary() -> Iterator[Path]:
    """A folder for a file that is then sent (`_sent`); it is removed at once if there is none."""
    folder = Path(mkdtemp(prefix="bake-export-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _sent(path: Path, folder: Path, name: str | None = None) -> Response:
    """A file that is sent and then removed, with its folder."""
    return FileResponse(path, filename=name or path.name, background=BackgroundTask(shutil.rmtree, folder))


def _plain(name: str) -> str:
    """The name of a view as a part of a file name.

    Raises:
        HTTPException: it is no name of a view.
    """
    if not name.isidentifier():
        raise HTTPException(404, "There is no view of that name.")
    return name

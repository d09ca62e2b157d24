"""Taking data out: views to be edited, with the columns and rows that are wanted, whole sets, and schemas for an AI."""

from __future__ import annotations

import json
import shutil
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

import bake
from bake.web.jobs import Job, Listen
from bake.web.site import SHORT, number, see, site_of

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
    asked = request.query_params
    format_ = next((one for one in _FORMATS if one == asked.get("format")), "json")
    name = f"view_{_plain(asked.get('view', ''))}.{format_}"

    def make(project: bake.Project, folder: Path) -> Path:
        return bake.export_view(
            project,
            asked.get("view", ""),
            output=folder / name,
            columns=asked.getlist("column"),
            where=asked.get("where", "").strip() or None,
            limit=number(asked.get("limit")) or None,
        ).path

    return _making(request, name, make)


def complete(request: Request) -> Response:
    """All tables as a ZIP, from which a database can be made again."""
    asked = request.query_params

    def make(project: bake.Project, folder: Path) -> Path:
        done = bake.export_complete(
            project,
            output=folder / "export",
            archive=True,
            transactional=asked.get("transactional") == "on",
            events=asked.get("events") == "on",
        )
        assert done.archive is not None
        return done.archive.rename(folder / f"{site_of(request).catalog}-{done.manifest.exported_at[:10]}.zip")

    return _making(request, "all of it", make)


def ready(request: Request) -> Response:
    """What took its time, to be downloaded."""
    made = _made(request)
    return site_of(request).page(request, "exported.html", name=made.path.name, size=made.path.stat().st_size)


def download(request: Request) -> Response:
    """The file of an export; it is removed once it was sent."""
    made = _made(request)
    return FileResponse(made.path, filename=made.path.name, background=BackgroundTask(made.remove))


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


@dataclass(frozen=True, slots=True)
class _Made:
    """A file that was made for a download; its folder goes with the job that made it.

    Attributes:
        path: the file.
        remove: removes its folder.
    """

    path: Path
    remove: Callable[[], object]


def _making(request: Request, what: str, make: Callable[[bake.Project, Path], Path]) -> Response:
    """Make a file in a thread, and lead to it: at once, if it is there soon; else when it is, and can be cancelled.

    Args:
        request: who asks.
        what: what is exported, for people.
        make: makes the file, in a folder.

    Raises:
        BakeError: it cannot be made.
    """
    site = site_of(request)
    project, job = site.acting(request), Job(f"Exporting {what}", "/export")

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        folder = Path(mkdtemp(prefix="bake-export-"))
        remove = weakref.finalize(job, shutil.rmtree, folder, ignore_errors=True)
        job.outcome = _Made(make(project.acting(progress=listen, cancel=cancel), folder), remove)
        return f"/export/{job.id}"

    if site.jobs.start(job, work).ended.wait(SHORT) and job.error:
        raise job.error
    return see(f"/export/{job.id}/file" if job.state == "done" else f"/jobs/{job.id}")


def _made(request: Request) -> _Made:
    """The file that an address names.

    Raises:
        HTTPException: it is not there any more.
    """
    job = site_of(request).jobs.get(request.path_params["job"])
    if job is None or not isinstance(job.outcome, _Made) or not job.outcome.path.exists():
        raise HTTPException(404, "That file is not here any more; export it again.")
    return job.outcome


def _plain(name: str) -> str:
    """The name of a view as a part of a file name.

    Raises:
        HTTPException: it is no name of a view.
    """
    if not name.isidentifier():
        raise HTTPException(404, "There is no view of that name.")
    return name

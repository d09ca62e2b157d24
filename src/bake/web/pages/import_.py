"""File → Import → Import View: a file is sent, looked at, and built into a changeset."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from typing import IO, get_args

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import bake
from bake import demo_files
from bake.changeset.model import Mode
from bake.errors import BakeError, UsageError
from bake.web.excerpts import excerpt
from bake.web.forms import text
from bake.web.jobs import Job, Listen, Work
from bake.web.shelf import name_of
from bake.web.site import Site, changing_site, is_part, see, site_of
from bake.web.uploads import Upload

#: What pasted text is called, as a source.
_PASTED = "pasted.txt"
_RECORDS = 5


def choose(request: Request) -> Response:
    """Where a file is chosen, dropped or pasted."""
    return changing_site(request).page(request, "import.html", problem="")


def send(request: Request, sent: FormData) -> Response:
    """Keep what was sent, and show what it is."""
    site, given = site_of(request), _files(sent)
    if not given:
        said = "No file was sent: choose one, or paste its text."
        return site.page(request, "import.html", 422, problem=said)
    upload = site.uploads.keep(given)
    return see(f"/import/{upload.id}")


def demonstration(request: Request, sent: FormData) -> Response:
    """Keep a file of the demonstration, and show what it is."""
    which = text(sent, "which")
    if which not in (demo_files.BAKERY, demo_files.EDITED_VIEW):
        raise HTTPException(404, "The demonstration has no such file.")
    content = files(demo_files).joinpath(which).read_bytes()
    upload = site_of(request).uploads.keep([(which, BytesIO(content))])
    return see(f"/import/{upload.id}")


def preview(request: Request) -> Response:
    """What a file was recognised as, and its first records; nothing has happened yet."""
    site, upload = changing_site(request), _upload(request)
    asked = request.query_params
    view = asked.get("view") or None
    found: bake.Recognised | None = None
    problem: BakeError | None = None
    try:
        found = bake.recognise(site.project, upload.path, view=view, read_as=_read_as(dict(asked)), records=_RECORDS)
    except BakeError as error:
        problem = error
    return site.page(
        request,
        "preview.html" if is_part(request) else "recognised.html",
        upload=upload,
        found=found,
        error=problem,
        excerpt=excerpt(upload.path, problem.location, site.project.catalog) if problem else [],
        asked=asked,
        views=_views(site),
    )


def build(request: Request, sent: FormData) -> Response:
    """Build a changeset of it, in a thread."""
    site, upload = site_of(request), _upload(request)
    given = {name: value for name, value in sent.items() if isinstance(value, str)}
    job = Job(
        f"Comparing {upload.path.name} with the database",
        f"/import/{upload.id}",
        about=f"build {upload.id} {sorted(given.items())}",  # sent twice, it is built once
        source=upload.path,
    )
    return site.working(job, _building(site.acting(request), upload, given))


def _building(project: bake.Project, upload: Upload, given: dict[str, str]) -> Work:
    mode: Mode = next((mode for mode in get_args(Mode) if mode == given.get("mode")), "merge")

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        file = bake.build(
            project.acting(progress=listen, cancel=cancel),
            upload.path,
            view=given.get("view") or None,
            read_as=_read_as(given),
            mode=mode,
            strict=given.get("strict") == "on",
            two_way=given.get("two_way") == "on",
        )
        return f"/c/{name_of(file)}{'/resolve' if file.decisions.asked_columns else ''}"

    return work


def _upload(request: Request) -> Upload:
    if (upload := site_of(request).uploads.find(request.path_params["id"])) is None:
        raise HTTPException(404, "There is no such file any more; send it again.")
    return upload


def _files(sent: FormData) -> list[tuple[str, IO[bytes]]]:
    chosen = [one for one in sent.getlist("file") if isinstance(one, UploadFile) and one.filename]
    pasted = text(sent, "pasted")
    if chosen:
        return [(one.filename or "", one.file) for one in chosen]
    return [(_PASTED, BytesIO(pasted.encode()))] if pasted else []


def _read_as(given: dict[str, str]) -> bake.ReadAs | None:
    """How the file is to be read, as far as somebody said it.

    Raises:
        UsageError: the line of the header is no number.
    """
    header = given.get("header", "").strip()
    if header and not (header.isascii() and header.isdigit() and 0 < int(header) < 1_000_000):
        raise UsageError(f"{header} is no line of a header; expected a number from 1 on")
    said = bake.ReadAs(
        encoding=given.get("encoding", "").strip() or None,
        sheet=given.get("sheet", "").strip() or None,
        header=int(header) if header else None,
        as_is=given.get("as_is") == "on",
        fill_down=tuple(filter(None, map(str.strip, given.get("fill_down", "").split(",")))),
    )
    return None if said == bake.ReadAs() else said


def _views(site: Site) -> list[tuple[str, str]]:
    """The views and entities that the records of a sheet may have, each with what it is called."""
    catalog = site.project.catalog
    declared = [(view.name, view.name) for view in catalog.views if view.kind == "view"]
    entities = [(name, name) for name in catalog.order if name not in dict(declared)]
    return [*declared, *entities]

"""The routes of the web page, and what it says where something goes wrong."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

import bake
from bake.errors import BakeError
from bake.web.access import Gate, Rules, Sessions
from bake.web.forms import UPLOAD, form
from bake.web.pages import apply, columns, export, history, home, import_, jobs, resolve, review
from bake.web.rendering import STATIC
from bake.web.shelf import Shelf
from bake.web.site import Site, site_of
from bake.web.uploads import Uploads

#: The status of an answer, by the exit status that the command line would have.
_STATUS = {2: 404, 3: 409, 4: 409, 5: 422, 6: 422, 7: 503, 130: 409}
#: The beginning of a path that is a page to go back to.
_SECTION = re.compile(r"/(?:c/[^/]+|import|export|history)")


def application(project: bake.Project, rules: Rules, sessions: Sessions, cookie: str = "bake") -> Starlette:
    """The web page of a project.

    Args:
        project: has a folder, in which changesets and uploads are kept.
        rules: who may ask what.
        sessions: who was let in.
        cookie: the name of the cookie by which a browser is known.

    Raises:
        UsageError: the project's catalog or URL cannot be used.
    """
    for name in bake.__all__:
        getattr(bake, name)  # loaded now, and not by several requests at the same time
    with project.connect() as database:
        label = database.label
    vault = project.catalog.vault
    uploads = Uploads(project.folder, vault.digest if vault else None)
    site = Site(project, label, project.catalog.name, rules, Shelf(project.changesets), uploads)

    def refuse(request: Request, status: int, title: str, said: str) -> Response:
        return site.page(request, "refused.html", status, title=title, said=said)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(site.jobs.stop)

    gate = Middleware(Gate, rules=rules, sessions=sessions, cookie=cookie, refuse=refuse)
    handlers = {BakeError: _wrong, HTTPException: _refused}
    made = Starlette(routes=_routes(), middleware=[gate], exception_handlers=handlers, lifespan=lifespan)
    made.state.site = site
    return made


def _routes() -> list[BaseRoute]:
    """The addresses of all pages, each with the function that answers it; `form` checks a form before."""
    return [
        Route("/", home.home),
        Route("/tables", form(home.make_tables), methods=["POST"]),
        Route("/history", history.entries),
        Route("/history/row", history.row),
        Route("/import", import_.choose),
        Route("/import", form(import_.send, UPLOAD), methods=["POST"]),
        Route("/import/demo", form(import_.demonstration), methods=["POST"]),
        Route("/import/{id}", import_.preview),
        Route("/import/{id}", form(import_.build), methods=["POST"]),
        Route("/export", export.choose),
        Route("/export/view", export.view),
        Route("/export/complete", export.complete),
        Route("/export/schema", export.schema),
        Route("/export/template", export.template),
        Route("/export/{job}", export.ready),
        Route("/export/{job}/file", export.download),
        Route("/jobs/{id}", jobs.show),
        Route("/jobs/{id}/cancel", form(jobs.cancel), methods=["POST"]),
        Route("/c/{name}", review.changes),
        Route("/c/{name}/questions", review.questions),
        Route("/c/{name}/log", review.log),
        Route("/c/{name}/operations/{n}", review.operation),
        Route("/c/{name}/operations/{n}", form(review.amend), methods=["POST"]),
        Route("/c/{name}/resolve", resolve.first),
        Route("/c/{name}/resolve/{question}", resolve.ask),
        Route("/c/{name}/resolve/{question}", form(resolve.answer), methods=["POST"]),
        Route("/c/{name}/resolve/{question}/search", resolve.search),
        Route("/c/{name}/columns", form(columns.answer), methods=["POST"]),
        Route("/c/{name}/proposals", form(resolve.settle), methods=["POST"]),
        Route("/c/{name}/apply", apply.check),
        Route("/c/{name}/apply", form(apply.apply), methods=["POST"]),
        Route("/c/{name}/state", apply.state),
        Route("/c/{name}/result/{job}", apply.result),
        Route("/c/{name}/result/{job}/log", apply.log),
        Route("/c/{name}/approve", form(apply.approve), methods=["POST"]),
        Route("/c/{name}/rebase", form(apply.rebase), methods=["POST"]),
        Route("/undo", form(apply.undo), methods=["POST"]),
        Route("/fits/{entity}/{field}", resolve.fits),
        Route("/c/{name}/markdown", review.as_markdown),
        Route("/c/{name}/download", review.download),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _wrong(request: Request, error: Exception) -> Response:
    """What went wrong on purpose: what, where, what was expected, what to do next."""
    assert isinstance(error, BakeError)
    status = _STATUS.get(error.exit_status, 422)
    return site_of(request).page(request, "error.html", status, error=error, back=_back(request.url.path))


def _back(path: str) -> str:
    """Where to go on after an error: the page before the one that could not be shown."""
    found = _SECTION.match(path)
    return found[0] if found and found[0] != path else "/"


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = {404: "There is nothing here", 403: "Refused", 413: "Too large"}.get(error.status_code, "Not possible")
    said = "No page has this address." if error.detail == "Not Found" else error.detail
    return site_of(request).page(request, "refused.html", error.status_code, title=title, said=said)

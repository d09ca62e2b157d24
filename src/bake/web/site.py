"""What all pages share: the project, the changesets, the jobs, and the templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

import bake
from bake.web.access import Rules
from bake.web.jobs import Job, Jobs, Work
from bake.web.rendering import environment
from bake.web.shelf import Item, Shelf
from bake.web.uploads import Uploads

#: For how many seconds an answer waits for a job: what is done by then needs no page of its own.
SHORT = 0.4


@dataclass(frozen=True)
class Site:
    """A project as it is shown.

    Attributes:
        project: which database and catalog, in whose name, in which folder.
        database: the label of the database.
        catalog: the name of the catalog.
        rules: who may ask what.
        shelf: the changesets.
        uploads: the files that were sent.
        jobs: what is at work.
        templates: Jinja's.
        told: by session, what its next page says.
    """

    project: bake.Project
    database: str
    catalog: str
    rules: Rules
    shelf: Shelf
    uploads: Uploads
    jobs: Jobs = field(default_factory=Jobs)
    templates: jinja2.Environment = field(default_factory=environment)
    told: dict[str, list[str]] = field(default_factory=dict)

    def tell(self, request: Request, *messages: str) -> None:
        """Say something on the next page that this session sees."""
        self.told.setdefault(request.state.session, []).extend(messages)

    def acting(self, request: Request) -> bake.Project:
        """The project in the name of whoever asks."""
        return self.project.acting(request.state.user)

    def item(self, request: Request) -> Item:
        """The changeset that an address names.

        Raises:
            HTTPException: there is none.
        """
        if (item := self.shelf.item(request.path_params["name"])) is None:
            raise _no_changeset()
        return item

    def file(self, request: Request) -> bake.Changeset:
        """The changeset that an address names, if it can be read.

        Raises:
            HTTPException: it is not there, or is none.
        """
        item = self.item(request)
        if item.listed.changeset is None:
            raise HTTPException(422, item.listed.problem)
        return item.listed.changeset

    def asked(self, request: Request) -> bake.Changeset | Path:
        """The changeset that an address names, as questions were last asked of it, or its path.

        Raises:
            HTTPException: there is none.
        """
        if (path := self.shelf.path(request.path_params["name"])) is None:
            raise _no_changeset()
        return self.shelf.kept(path)

    def page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        """A page, or a part of one."""
        shared = {
            "site": self,
            "request": request,
            "user": getattr(request.state, "user", None) or self.project.actor,
            "form_token": getattr(request.state, "form_token", None),
            "partial": is_part(request),
            "told": [] if is_part(request) else self.told.pop(getattr(request.state, "session", ""), []),
        }
        return HTMLResponse(self.templates.get_template(template).render(shared | values), status)

    def working(self, job: Job, work: Work) -> Response:
        """Begin a job, and lead to its result if that is there soon, else to the page that shows how far it is."""
        at_work = self.jobs.start(job, work)
        if at_work.ended.wait(SHORT) and at_work.state == "done":
            return see(at_work.result)
        return see(f"/jobs/{at_work.id}")


def _no_changeset() -> HTTPException:
    return HTTPException(404, "There is no changeset of that name in this project.")


def site_of(request: Request) -> Site:
    """The site that a request is for."""
    site = request.app.state.site
    assert isinstance(site, Site)
    return site


def changing_site(request: Request) -> Site:
    """The site, for a page from which something is changed; asking a question may bring a file in line with the ledger.

    Raises:
        HTTPException: the site is read-only.
    """
    site = site_of(request)
    if site.rules.read_only:
        raise HTTPException(403, "This page only shows; nothing can be changed here.")
    return site


def is_part(request: Request) -> bool:
    """Whether only a part of a page is asked for, to be put into the one that is shown."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def number(text: str | None) -> int:
    """The number in an address; 0 if there is none, or what stands there is no such number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def see(address: str) -> Response:
    """Lead on to another page."""
    return RedirectResponse(address, 303)

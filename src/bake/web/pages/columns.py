"""What the columns of a sheet are: a table of them with samples, and what is still lacking."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

import bake
from bake.changeset.model import Question
from bake.errors import InvalidAnswers
from bake.renderer.proposals import offer
from bake.resolution.answers import Answer
from bake.resolution.column_options import PROPOSED
from bake.web.forms import text, texts
from bake.web.jobs import Job, Listen
from bake.web.shelf import name_of
from bake.web.site import see, site_of

#: For how many seconds an answer waits: what does not fit is said at once, on the same page.
_SHORT = 0.4


def page(
    request: Request, asked: bake.AskedQuestion, problems: Sequence[str], sent: FormData | None = None
) -> Response:
    """The table, with what was chosen before where that did not fit."""
    site = site_of(request)
    chosen = texts(sent, "column-") if sent else {}
    return site.page(
        request,
        "columns.html",
        422 if problems else 200,
        asked=asked,
        question=asked.prompt.question,
        blanks=asked.prompt.blanks,
        problems=problems,
        offers=[offer(one, asked.changeset) for one in asked.changeset.decisions.proposed],
        chosen=chosen,
        values=texts(sent, "all-") if sent else {},
        address=f"/c/{request.path_params['name']}",
    )


def answer(request: Request, sent: FormData) -> Response:
    """Build the changeset again, by these columns, in a thread."""
    site = site_of(request)
    path, name = site.file(request).path, request.path_params["name"]
    project = site.acting(request)
    with bake.asking(project, path) as asked:
        if asked is None or asked.prompt.question.kind != "columns":
            return see(f"/c/{name}/resolve")
        given = _answer(asked.prompt.question, sent)

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        acting = project.acting(progress=listen, cancel=cancel)
        return f"/c/{name_of(bake.resolve(acting, path, [given], remember=text(sent, 'remember') == 'on').changeset)}"

    job = site.jobs.start(Job("Reading it by these columns", f"/c/{name}/resolve", about=str(path)), work)
    job.ended.wait(_SHORT)
    if isinstance(job.error, InvalidAnswers):
        return page(request, asked, [one.message for one in job.error.problems], sent)
    return see(job.result if job.state == "done" else f"/jobs/{job.id}")


def accept(request: Request, proposals: Sequence[str]) -> Response:
    """Build the changeset again, by the columns that an assistant proposes."""
    site, name = site_of(request), request.path_params["name"]
    path, project = site.file(request).path, site.acting(request)

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        acting = project.acting(progress=listen, cancel=cancel)
        return f"/c/{name_of(bake.settle_proposals(acting, path, accept=proposals).changeset)}"

    return site.working(Job("Reading it by these columns", f"/c/{name}/resolve", about=str(path)), work)


def _answer(question: Question, sent: FormData) -> Answer:
    """What the table says, as far as it is otherwise than proposed."""
    if text(sent, "what") == "skip":
        return Answer(question.id, "skip", origin="web page")
    chosen = texts(sent, "column-")
    own = [column for column in question.columns if not column.value]
    columns = {
        column.name: chosen[str(n)] or None
        for n, column in enumerate(own)
        if str(n) in chosen and (chosen[str(n)] or None) != column.field
    }
    values = {name: value for name, value in texts(sent, "all-").items() if value}
    return Answer(question.id, "choose", option=PROPOSED, columns=columns, values=values, origin="web page")

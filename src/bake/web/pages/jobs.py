"""How far long work is: shown until it ends, and then its result, or what went wrong."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bake.web.excerpts import excerpt
from bake.web.jobs import Job
from bake.web.site import is_part, see, site_of


def show(request: Request) -> Response:
    """How far a job is; where its result is there, that."""
    job = _job(request)
    state = job.state  # read once: it may end while the page is made
    if state == "done":
        if is_part(request):
            return Response(headers={"hx-redirect": job.result})
        return see(job.result)
    site = site_of(request)
    shown = excerpt(job.source, job.error.location, site.project.catalog) if job.source and job.error else []
    template = "job_state.html" if is_part(request) else "job.html"
    return site.page(request, template, job=job, state=state, excerpt=shown)


def cancel(request: Request, _sent: FormData) -> Response:
    """Tell a job to stop; it says itself what is so then."""
    job = _job(request)
    job.cancel.set()
    job.ended.wait(2)
    return see(f"/jobs/{job.id}")


def _job(request: Request) -> Job:
    if (job := site_of(request).jobs.get(request.path_params["id"])) is None:
        raise HTTPException(404, "That work is not known any more. What it did, if it did anything, is in the history.")
    return job

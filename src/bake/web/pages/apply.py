"""Pages that apply a changeset: the check before, the application in a thread, its result, or a rebase on conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

import bake
from bake.changeset.model import Skip
from bake.errors import Conflict, UsageError
from bake.renderer.document_parts import FieldChange
from bake.renderer.patch_steps import step
from bake.renderer.refusals import refusal_text
from bake.renderer.review import Filter, Review
from bake.renderer.words import counted
from bake.web.forms import text
from bake.web.jobs import Job, Listen
from bake.web.shelf import name_of
from bake.web.site import Site, see, site_of

#: How many conflicts, and how many new rows, are listed.
_LISTED = 100
#: Changesets with more changes than this are checked when somebody asks for it, and not for a list.
_SMALL = 2_000


@dataclass(frozen=True, slots=True)
class Sides:
    """A conflict with its three sides: what the changeset expects, what is there, and what it would write.

    Attributes:
        conflict: the conflict.
        label: the row, for people.
        wanted: the field as the changeset would write it; None where the conflict is of the whole row.
    """

    conflict: Conflict
    label: str | None
    wanted: FieldChange | None


def check(request: Request) -> Response:
    """What applying would do now: tried by reading alone, in a thread."""
    site, name = site_of(request), request.path_params["name"]
    file = site.file(request)
    if file.decisions.asked_columns:
        return see(f"/c/{name}/resolve")
    checked = site.jobs.get(request.query_params.get("checked", ""))
    result = checked.outcome if checked else None
    if not isinstance(result, bake.CheckResult) or result.changeset.head != file.head:
        return _checking(site, request, file)
    if result.state == "applied":
        _bring_in_line(site, request, file)
        return see(f"/c/{name}")
    review = site.shelf.review(site.item(request), file)
    return site.page(
        request,
        "apply.html",
        item=site.item(request),
        file=file,
        result=result,
        sides=_sides(review, result.conflicts[:_LISTED]),
        refusals=[refusal_text(one) for one in result.policy.refusals] if result.policy else [],
        waiting=len(file.decisions.open),
        address=f"/c/{name}",
    )


def apply(request: Request, sent: FormData) -> Response:
    """Apply it, in a thread that a closed page does not end."""
    site, name = site_of(request), request.path_params["name"]
    file = site.file(request)
    if text(sent, "head") != file.head:
        site.tell(request, "It was changed by somebody else since it was checked; this is how it is now.")
        return see(f"/c/{name}/apply")
    project, skips = site.acting(request), text(sent, "skip") == "on"
    job = Job(f"Applying {file.header.source.name}", f"/c/{name}/apply", about=str(file.path))

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        acting = project.acting(progress=listen, cancel=cancel)
        job.outcome = bake.apply(acting, file.path, skip_on_error=skips)
        return f"/c/{name}/result/{job.id}"

    return site.working(job, work)


def approve(request: Request, _sent: FormData) -> Response:
    """Sign what it does now, with the key by which git signs on this machine."""
    site, name = site_of(request), request.path_params["name"]
    if site.rules.user_header:
        raise HTTPException(403, "Each person signs with a key of their own: bake changeset approve, in a terminal.")
    project, path = site.acting(request), site.file(request).path

    def work(_listen: Listen, _cancel: bake.CancelToken) -> str:
        bake.approve(project, path)
        return f"/c/{name}/apply"

    return site.working(Job(f"Approving {name}", f"/c/{name}/apply", about=str(path)), work)


def result(request: Request) -> Response:
    """What was done: counts, what was created, what was skipped, the receipt, and how it is undone."""
    site, name = site_of(request), request.path_params["name"]
    done = _outcome(site, request)
    if done is None:
        return see(f"/c/{name}")
    review = site.shelf.review(site.item(request), site.file(request))
    created = review.find(Filter(action="create"))
    return site.page(
        request,
        "result.html",
        item=site.item(request),
        file=review.file,
        done=done,
        created=review.steps(created[:_LISTED]),
        more=max(0, len(created) - _LISTED),
        job=request.path_params["job"],
        address=f"/c/{name}",
    )


def log(request: Request) -> Response:
    """The log of the records that an application skipped."""
    done = _outcome(site_of(request), request)
    if done is None or done.log is None:
        raise HTTPException(404, "There is no log, or the server was restarted; it is in the project's folder.")
    return FileResponse(done.log, filename=done.log.name)


def rebase(request: Request, _sent: FormData) -> Response:
    """Derive the operations again against the database as it is today."""
    site, name = site_of(request), request.path_params["name"]
    project, path = site.acting(request), site.file(request).path
    job = Job(f"Bringing {name} up to date", f"/c/{name}", about=str(path))

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        done = bake.rebase(project.acting(progress=listen, cancel=cancel), path)
        site.tell(request, *_rebased(done))
        return f"/c/{name}"

    return site.working(job, work)


def undo(request: Request, sent: FormData) -> Response:
    """Write the changeset that undoes an applied one; it is reviewed and applied like any other."""
    site, digest = site_of(request), text(sent, "digest")
    project = site.acting(request)

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        done = bake.revert(project.acting(progress=listen, cancel=cancel), digest)
        kept = sum(1 for one in done.left if one.why != "undone") + done.more
        left = [f"{counted(kept, 'change')} cannot be undone, since somebody has edited the row: see the notices."]
        site.tell(request, "This changeset undoes the other one. Nothing has been undone yet.", *(left if kept else ()))
        return f"/c/{name_of(done.changeset)}"

    return site.working(Job("Writing what undoes it", "/history", about=digest), work)


def state(request: Request) -> Response:
    """Whether a changeset that looks ready is: now if it is small, else when it was last compared; for the list."""
    site = site_of(request)
    item, file = site.item(request), site.file(request)
    is_small = item.plan is not None and item.plan.changes <= _SMALL
    if is_small:
        site.shelf.note(bake.check(site.project, file))
    return site.page(request, "state.html", compared=site.shelf.compared(file), is_now=is_small)


def _bring_in_line(site: Site, request: Request, file: bake.Changeset) -> None:
    """Have a file say that it was applied: a server that was killed right after the commit did not get to that."""
    if file.decisions.applied or site.rules.read_only:
        return
    with suppress(UsageError):  # which says that it has been applied
        bake.resolve(site.acting(request), file, [])
    site.tell(
        request, "It was applied before, as the database knows; the run was cut off, and this file did not say so."
    )


def _checking(site: Site, request: Request, file: bake.Changeset) -> Response:
    name = request.path_params["name"]
    project = site.acting(request)
    job = Job(f"Checking {file.header.source.name}", f"/c/{name}", about=f"check {file.path}")

    def work(listen: Listen, cancel: bake.CancelToken) -> str:
        job.outcome = found = bake.check(project.acting(progress=listen, cancel=cancel), file)
        site.shelf.note(found)
        return f"/c/{name}/apply?checked={job.id}"

    return site.working(job, work)


def _outcome(site: Site, request: Request) -> bake.ApplyResult | None:
    job = site.jobs.get(request.path_params["job"])
    return job.outcome if job is not None and isinstance(job.outcome, bake.ApplyResult) else None


def _sides(review: Review, conflicts: Sequence[Conflict]) -> list[Sides]:
    return [_with_sides(review, conflict) for conflict in conflicts]


def _with_sides(review: Review, conflict: Conflict) -> Sides:
    operation = review.operation(conflict.operation)
    if operation is None or isinstance(operation, Skip):
        return Sides(conflict, None, None)
    shown = step(operation)
    wanted = next((one for one in shown.fields if one.field == conflict.field), None)
    return Sides(conflict, shown.label, wanted)


def _rebased(done: bake.RebaseResult) -> list[str]:
    """What a rebase came to, in sentences."""
    if done.unchanged and not done.conflicts:
        return ["Everything still holds."]
    said = ["It is up to date again."]
    said += [f"{counted(n, 'operation')} dropped: {reason}." for reason, n in done.dropped.items()]
    said += [f"{counted(done.changed, 'operation')} changed."] if done.changed else []
    said += [f"Asked again: {', '.join(done.reopened)}."] if done.reopened else []
    said += [f"{counted(done.asked, 'new question')}."] if done.asked else []
    refused = "The database refuses some of it as it is: amend or drop these changes."
    return [*said, *([refused] if done.conflicts else [])]

"""The review of a changeset: its summary, its operations a page at a time, its questions, and what happened to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

import bake
from bake.changeset.file import SUFFIX
from bake.changeset.model import Operation, Runs, Skip, Update
from bake.changeset.runs import count, numbers
from bake.errors import BakeError, Location, UsageError
from bake.renderer.document import document
from bake.renderer.markdown import markdown
from bake.renderer.patch_steps import step
from bake.renderer.review import Filter, Review
from bake.renderer.selection import Selection
from bake.renderer.state import comparison
from bake.web.forms import text
from bake.web.rendering import query
from bake.web.site import Site, is_part, number, see, site_of

#: How many operations, or groups of them, a page shows.
_PAGE = 50
#: How many records of the source are shown of one operation.
_RECORDS = 5
#: How many notices and reasons are listed; places of records are looked up in sources of so many records at most.
_LISTED, _LOOKED_UP = 500, 100_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the list of operations.

    Attributes:
        step: the operation; None if it was left out.
        skip: the operation that was left out.
        alike: how many operations make the same change, this one among them; 0 where they are not grouped.
    """

    step: object | None
    skip: Skip | None
    alike: int = 0


def changes(request: Request) -> Response:
    """The changes, filtered and a page at a time."""
    site = site_of(request)
    item, file = site.item(request), site.file(request)
    review = site.shelf.review(item, file)
    asked = request.query_params
    wanted, first, grouped = _filter(asked), number(asked.get("from")), asked.get("group") == "on"
    found = review.find(wanted)
    groups = review.groups(found) if grouped else []
    total = len(groups) if grouped else len(found)
    first = min(first, max(0, (total - 1) // _PAGE * _PAGE))
    shown = groups[first : first + _PAGE] if grouped else [(n, 0) for n in found[first : first + _PAGE]]
    steps = zip(review.steps([position for position, _ in shown]), shown, strict=True)
    given = {name: value for name, value in asked.items() if name != "from"}
    partial = request.headers.get("hx-target") == "operations"
    return site.page(
        request,
        "operations.html" if partial else "changes.html",
        **_frame(site, request, review, "changes"),
        shown=[Shown(None, one, n) if isinstance(one, Skip) else Shown(one, None, n) for one, (_, n) in steps],
        wanted=wanted,
        grouped=grouped,
        matching=len(found),
        total=total,
        first=first,
        page=_PAGE,
        query=lambda **changed: query(given, **changed),
    )


def questions(request: Request) -> Response:
    """All questions, open ones first, with what was answered."""
    site = site_of(request)
    review = site.shelf.review(site.item(request), site.file(request))
    told = document(review.file, Selection(limit=500))
    return site.page(request, "questions.html", **_frame(site, request, review, "questions"), document=told)


def log(request: Request) -> Response:
    """What happened to it since it was built, and what of the source was left out."""
    site = site_of(request)
    review = site.shelf.review(site.item(request), site.file(request))
    notices = review.file.built.notices[:_LISTED] if review.file.built else ()
    return site.page(
        request,
        "log.html",
        **_frame(site, request, review, "log"),
        notices=notices,
        place=_places(site, review.file, [*(one.from_ for one in review.skips), *(one.from_ for one in notices)]),
        count=count,
    )


def operation(request: Request) -> Response:
    """One operation whole: its values, and the records of the source that it was made of."""
    return _operation(request)


def amend(request: Request, sent: FormData) -> Response:
    """Drop an operation, or set one of its fields, with a reason."""
    site = site_of(request)
    n, name = number(request.path_params["n"]), request.path_params["name"]
    path, reason = site.file(request).path, text(sent, "reason")
    field, value = text(sent, "field"), text(sent, "value")
    if not reason:
        raise HTTPException(422, "Say why: the reason is part of the changeset's record.")
    try:
        if text(sent, "what") == "drop":
            bake.amend(site.acting(request), path, drop=[n], note=reason)
        else:
            bake.amend(site.acting(request), path, set_=[f"{n}/{field}={value or 'null'}"], note=reason)
    except UsageError as error:
        return _operation(request, error, {"field": field, "value": value, "reason": reason})
    return see(f"/c/{name}/operations/{n}")


def _operation(request: Request, error: UsageError | None = None, typed: Mapping[str, str] | None = None) -> Response:
    """The page of one operation, perhaps with an amendment that did not fit."""
    site = site_of(request)
    review = site.shelf.review(site.item(request), site.file(request))
    one = review.operation(number(request.path_params["n"]))
    if one is None:
        raise HTTPException(404, "There is no such operation in this changeset.")
    records, problem = _records(site, review.file, one)
    return site.page(
        request,
        "operation_parts.html" if is_part(request) else "operation.html",
        422 if error else 200,
        **_frame(site, request, review, "changes"),
        one=one,
        step=None if isinstance(one, Skip) else step(one),
        amended=[event for event in review.file.decisions.amended if event.operation == one.n],
        records=records,
        unknown=problem,
        fields=_fields(one),
        problems=(error.problems or (error.message,)) if error else (),
        typed=typed or {},
    )


def download(request: Request) -> Response:
    """The file itself."""
    item = site_of(request).item(request)
    return FileResponse(item.listed.path, media_type="application/jsonl", filename=f"{item.name}{SUFFIX}")


def as_markdown(request: Request) -> Response:
    """The changeset as text for a pull request or a mail."""
    site = site_of(request)
    review = site.shelf.review(site.item(request), site.file(request))
    said = markdown(document(review.file))
    return site.page(request, "markdown.html", **_frame(site, request, review, "changes"), said=said)


def _frame(site: Site, request: Request, review: Review, tab: str) -> dict[str, Any]:
    """What every page of a review shows around its content."""
    file, item = review.file, site.item(request)
    return {
        "item": item,
        "file": file,
        "review": review,
        "tab": tab,
        "address": f"/c/{request.path_params['name']}",
        "comparison": comparison(file.header),
        "waiting": len(file.decisions.open),
        "at_work": site.jobs.at_work_on(str(file.path)),
    }


def _filter(asked: QueryParams) -> Filter:
    return Filter(
        entity=asked.get("entity") or None,
        action=asked.get("action") or None,
        warned=asked.get("warned") == "on",
        waiting=asked.get("waiting") == "on",
        text=asked.get("text", "").strip(),
        like=number(asked.get("like")) or None,
    )


def _records(site: Site, file: bake.Changeset, one: Operation) -> tuple[list[bake.SourceRecord], str]:
    """The first records of the source that an operation was made of, or why they cannot be shown."""
    try:
        wanted = list(islice(numbers(one.from_), _RECORDS))
        return (bake.source_records(site.project, file, wanted), "") if wanted else ([], "")
    except (BakeError, ValueError) as error:
        return [], str(error)


def _places(site: Site, file: bake.Changeset, wanted: Iterable[Runs]) -> Callable[[Runs], Location | None]:
    """Where in the source the first of some records stands; None if the source is gone, has changed, or is large."""
    firsts = {n for runs in wanted for n in islice(numbers(runs), 1)}
    try:
        is_small = file.header.source.records <= _LOOKED_UP
        records = bake.source_records(site.project, file, firsts) if is_small and firsts else []
    except (BakeError, ValueError):
        records = []
    found = {one.number: one.location for one in records}
    return lambda runs: found.get(next(numbers(runs), -1))


def _fields(one: Operation) -> list[str]:
    """The fields of an operation that can be set."""
    match one:
        case Skip():
            return []
        case Update():
            return [part.path.removeprefix("/") for part in one.patch if part.path.startswith("/")]
        case _:
            return list(getattr(one, "values", {}))

"""What the database has received, and what happened to one of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

import bake
from bake.errors import UsageError
from bake.renderer.document_parts import FieldChange, Step
from bake.renderer.review import Filter, Review
from bake.renderer.words import json_text
from bake.web.shelf import name_of
from bake.web.site import Site, site_of

#: In how many applied changesets rows are looked for, with how many changes at most, and how many rows are listed.
_SEARCHED, _SMALL, _FOUND = 20, 2_000, 50


def entries(request: Request) -> Response:
    """Every application of a changeset, the newest first."""
    site = site_of(request)
    return site.page(request, "history.html", entries=bake.history(site.project), there=_there(site))


def row(request: Request) -> Response:
    """Each change of a row: when, by whom, from which file and record; of what is no key, the rows that it may mean."""
    site, asked = site_of(request), request.query_params
    entity, key, field = asked.get("entity", ""), asked.get("key", "").strip(), asked.get("field") or None
    try:
        events = bake.row_history(site.project, entity, key, field=field)
    except UsageError:
        if not (found := _changed_rows(site, entity, key)):
            raise
        return site.page(request, "rows.html", entity=entity, key=key, found=found)
    return site.page(
        request,
        "row.html",
        entity=entity,
        key=key,
        field=field,
        events=events[::-1],
        there=_there(site),
        two_sides=_two_sides,
    )


def _changed_rows(site: Site, entity: str, text: str) -> list[Step]:
    """Rows of an entity whose change holds a text, from the changesets that were applied last."""
    found: dict[str, Step] = {}
    for file in islice(_applied(site), _SEARCHED):
        review = Review(file)
        positions = review.find(Filter(entity=entity, text=text))[:_FOUND]
        steps = [one for one in review.steps(positions) if isinstance(one, Step)]
        found = {json_text(one.key): one for one in steps} | found
    return list(found.values())[:_FOUND]


def _applied(site: Site) -> Iterator[bake.Changeset]:
    """The applied changesets that are not large, the one that was changed last first."""
    for item in site.shelf.items():
        file = item.listed.changeset
        if file is not None and item.state == "applied" and item.plan and item.plan.changes <= _SMALL:
            yield file


def _two_sides(event: bake.RowEvent, one: bake.FieldChange) -> FieldChange:
    """A change of the ledger, as changes of a changeset are shown: a create has no before, a delete no after."""
    before = UNSET if event.action == "create" else one.before
    return FieldChange(field=one.field, before=before, after=UNSET if event.action == "delete" else one.after)


def _there(site: Site) -> set[str]:
    """The names of the changesets whose files are still there."""
    return {name_of(item.listed.path) for item in site.shelf.items()}

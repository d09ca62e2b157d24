"""What the database has received, and what happened to one of its rows."""

from __future__ import annotations

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

import bake
from bake.renderer.document_parts import FieldChange
from bake.web.shelf import name_of
from bake.web.site import Site, site_of


def entries(request: Request) -> Response:
    """Every application of a changeset, the newest first."""
    site = site_of(request)
    return site.page(request, "history.html", entries=bake.history(site.project), there=_there(site))


def row(request: Request) -> Response:
    """Each change of a row: when, by whom, from which file and record."""
    site, asked = site_of(request), request.query_params
    entity, key = asked.get("entity", ""), asked.get("key", "").strip()
    events = bake.row_history(site.project, entity, key, field=asked.get("field") or None)
    return site.page(
        request,
        "row.html",
        entity=entity,
        key=key,
        events=events[::-1],
        there=_there(site),
        two_sides=_two_sides,
    )


def _two_sides(event: bake.RowEvent, one: bake.FieldChange) -> FieldChange:
    """A change of the ledger, as changes of a changeset are shown: a create has no before, a delete no after."""
    before = UNSET if event.action == "create" else one.before
    return FieldChange(field=one.field, before=before, after=UNSET if event.action == "delete" else one.after)


def _there(site: Site) -> set[str]:
    """The names of the changesets whose files are still there."""
    return {name_of(item.listed.path) for item in site.shelf.items()}

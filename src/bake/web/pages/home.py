"""The first page: the changesets, and what to do first where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

import bake
from bake.errors import BakeError, DatabaseUnavailable
from bake.web.rendering import Tone
from bake.web.shelf import Compared, Item
from bake.web.site import Site, number, see, site_of

#: How many changesets a page lists.
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A changeset as the list shows it: its state in words, with what the ledger knows of it.

    Attributes:
        item: the changeset.
        state: its state in words.
        tone: what that looks like.
        compared: of one that looks ready, how it stood to the database when it was last compared, if it was.
    """

    item: Item
    state: str
    tone: Tone
    compared: Compared | None = None


def home(request: Request) -> Response:
    """The changesets, the one that was changed last first."""
    site = site_of(request)
    entries, unready = _ledger(site)
    items = site.shelf.items()
    states = {entry.digest: entry.state for entry in reversed(entries) if entry.state != "failed"}
    first = number(request.query_params.get("from"))
    listed = [_listed(site, item, states) for item in items[first : first + _PAGE]]
    return site.page(
        request,
        "home.html",
        listed=listed,
        total=len(items),
        first=first,
        following=first + _PAGE if first + _PAGE < len(items) else None,
        earlier=max(0, first - _PAGE) if first else None,
        recent=entries[:5],
        unready=unready,
        demonstrable=site.catalog == "bakery",
    )


def make_tables(request: Request, _sent: FormData) -> Response:
    """Make the tables of the catalog, and Bake's ledger."""
    bake.initialise(site_of(request).acting(request))
    return see("/")


def _ledger(site: Site) -> tuple[list[bake.LedgerEntry], BakeError | None]:
    """What the database has received; or what is wrong with it."""
    try:
        return bake.history(site.project), None
    except DatabaseUnavailable as error:
        return [], error


def _listed(site: Site, item: Item, states: Mapping[str, str]) -> Listed:
    """A changeset with its state: what the ledger says comes first, since a file may be older."""
    file = item.listed.changeset
    match states.get(file.digest if file else "") or item.state:
        case "reverted":
            return Listed(item, "undone", "quiet")
        case "applied":
            return Listed(item, "applied", "done")
        case "damaged":
            return Listed(item, "damaged", "bad")
        case "ready":
            return Listed(item, "ready", "ready", site.shelf.compared(file) if file else None)
        case "nothing to change":
            return Listed(item, "nothing to change", "quiet")
        case waiting:
            number = waiting.partition(" ")[0]
            return Listed(item, f"{number} open question{'' if number == '1' else 's'}", "open")

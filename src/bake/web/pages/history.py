"""What the database has received."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

import bake
from bake.web.shelf import name_of
from bake.web.site import site_of


def entries(request: Request) -> Response:
    """Every application of a changeset, the newest first."""
    site = site_of(request)
    found = bake.history(site.project)
    there = {name_of(item.listed.path) for item in site.shelf.items()}
    return site.page(request, "history.html", entries=found, there=there)

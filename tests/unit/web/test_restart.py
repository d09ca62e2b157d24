"""A server that is killed, and another one in its place."""

from __future__ import annotations

from pathlib import Path

from support.web import Page, bakery, text_of

import bake
from bake.web.shelf import name_of


def test_what_was_answered_outlives_the_server(tmp_path: Path) -> None:
    """Nothing that matters is in the server's memory: answers and uploads are there again; sessions are not."""
    first = Page(bakery(tmp_path))
    file = bake.build(first.project, tmp_path / "demo" / "view_purchases.json", strict=True)
    address = f"/c/{name_of(file)}"
    first.post(f"{address}/resolve/q3", {"choice": "value", "value": "4.79"})
    upload = first.post("/import", {"pasted": '{"suppliers": [{"name": "Corner"}]}'}).url.path

    second = Page(tmp_path, enter=False)
    second.client.cookies = first.client.cookies
    assert second.client.get(address).status_code == 401
    second.client.get("/", params={"token": second.sessions.token})
    assert "2 questions are open" in text_of(second.get(address))
    assert "Corner" in second.get(upload)
    assert second.client.get("/jobs/0123456789abcdef").status_code == 404
    assert second.client.get(f"{address}/result/0123456789abcdef").url.path == address

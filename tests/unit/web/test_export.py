"""Views, sets and schemas that are downloaded."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.web import Page, bakery, text_of

import bake
from bake.app.interruption import stoppable
from bake.web.pages import export


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page of the bakery that only shows: exporting changes nothing. It waits for all that is exported."""
    monkeypatch.setattr(export, "SHORT", 60)
    return Page(bakery(tmp_path), read_only=True)


@pytest.mark.parametrize("format_", ["json", "csv", "xlsx"])
def test_a_view_is_downloaded(format_: str, page: Page) -> None:
    """In each format, under its usual name; the project's own exports stay as they are."""
    answer = page.client.get("/export/view", params={"view": "products", "format": format_})
    assert answer.headers["content-disposition"].endswith(f'filename="view_products.{format_}"')
    assert len(answer.content) > 100
    assert not (page.folder / "docs").exists()


def test_columns_and_rows_are_chosen(page: Page) -> None:
    """What was chosen is in the file, and what identifies a record in any case."""
    asked = {"view": "products", "column": "brand", "where": "brand = Cabot", "limit": "5"}
    records = page.client.get("/export/view", params=asked).json()["records"]
    assert [record["brand"] for record in records] == ["Cabot"]
    assert "product_slug" in records[0]
    assert "notes" not in records[0]
    assert "read-only" in text_of(page.get("/export?view=products"))


def test_what_cannot_be_asked_for_is_said(page: Page) -> None:
    """An unknown view, a condition that cannot be read."""
    assert page.client.get("/export/view?view=nothing").status_code == 404
    assert page.client.get("/export/view?view=..%2F..%2Fx").status_code == 404
    refused = page.client.get("/export/view", params={"view": "products", "where": "brand brand"})
    assert refused.status_code == 404
    assert "upc_code is null and unit_price > 5" in text_of(refused.text)


def test_a_set_is_downloaded(page: Page) -> None:
    """A ZIP with the manifest; what was left out by choice is not in it."""
    answer = page.client.get("/export/complete", params={"transactional": "on"})
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert any(name.endswith("manifest.json") for name in names)
    assert any("purchases" in name for name in names)
    assert not any("events" in name for name in names)


def test_schema_and_template_for_an_ai(page: Page) -> None:
    """Both are JSON."""
    assert json.loads(page.get("/export/schema?view=products"))["type"] == "object"
    assert json.loads(page.get("/export/template?view=products"))["records"] == []


def test_what_takes_its_time_is_shown_and_then_downloaded(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """How far it is, then a page from which it is downloaded, once."""
    monkeypatch.setattr(export, "SHORT", 0)
    monkeypatch.setattr(bake, "export_view", partial(_slowly, bake.export_view, begun := threading.Event()))
    waiting = page.client.get("/export/view?view=products")
    assert "Exporting view_products.json" in text_of(waiting.text)
    begun.set()
    done = page.finished(waiting)
    assert "view_products.json is ready" in text_of(done.text)
    assert page.client.get(f"{done.url.path}/file").json()["record_count"] > 0
    assert page.client.get(f"{done.url.path}/file").status_code == 404


def test_an_export_is_cancelled(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the page only shows; there is nothing to download then."""
    monkeypatch.setattr(export, "SHORT", 0)
    monkeypatch.setattr(bake, "export_view", _until_cancelled)
    waiting = page.client.get("/export/view?view=products")
    stopped = page.post(f"{waiting.url.path}/cancel")
    assert "nothing was exported" in text_of(page.finished(stopped).text)
    assert page.client.get(waiting.url.path.replace("jobs", "export")).status_code == 404


def _slowly(make: Any, begun: threading.Event, *given: Any, **options: Any) -> Any:
    assert begun.wait(60)
    return make(*given, **options)


def _until_cancelled(project: bake.Project, *_given: Any, **_options: Any) -> Any:
    with stoppable(lambda: "nothing was exported"):
        while True:
            project.tell("exporting")
            time.sleep(0.01)

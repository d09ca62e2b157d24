"""The review of a changeset as the page shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.web import Page, bakery, text_of

import bake
from bake.web.shelf import name_of

HOSTILE = '<img src=x onerror="alert(1)">\u202eevil'


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A page of the bakery."""
    return Page(bakery(tmp_path))


def built(page: Page, **options: object) -> str:
    """The demonstration's edited view, built; the address of its review."""
    source = page.folder / "demo" / "view_purchases.json"
    return f"/c/{name_of(bake.build(page.project, source, **options))}"  # type: ignore[arg-type]


def test_the_summary_leads_to_what_it_counts(page: Page) -> None:
    """Each count is a link to the operations that it counts."""
    address = built(page, strict=True)
    said = text_of(page.get(address))
    assert "3 questions are open" in said
    assert "Cabot Unsalted Butter" in said or "cabot_unsalted_butter" in said
    warned = text_of(page.get(f"{address}?entity=purchases&warned=on"))
    assert "1 of 4 changes" in warned
    assert "10 times more than the last" in warned


def test_operations_show_before_and_after(page: Page) -> None:
    """An update shows both values."""
    said = text_of(page.get(f"{built(page)}?action=update"))
    assert "unit price from 5.49 → to 5.29" in said


def test_the_source_record_of_an_operation_is_shown_whole(page: Page) -> None:
    """With its place in the file, and with columns that no operation has."""
    said = text_of(page.get(f"{built(page)}/operations/1"))
    assert "view_purchases.json:" in said
    assert "ingredient_name" in said


def test_what_was_left_out_is_told_by_its_place(page: Page) -> None:
    """By line and column as people find it; by the number of the record once the source is gone."""
    address = built(page)
    assert "unchanged 4 view_purchases.json:8:5 (/records/0) and 3 more records" in text_of(page.get(f"{address}/log"))
    (page.folder / "demo" / "view_purchases.json").unlink()
    assert "unchanged 4 records 0, 2-4" in text_of(page.get(f"{address}/log"))


def test_a_change_is_dropped_with_a_reason(page: Page) -> None:
    """What was dropped stands in the log with who and why; without a reason nothing is dropped."""
    address = built(page)
    assert page.post(f"{address}/operations/1", {"what": "drop"}).status_code == 422
    page.post(f"{address}/operations/1", {"what": "drop", "reason": "not ours"})
    assert "not ours" in text_of(page.get(f"{address}/log"))
    assert "left out" in text_of(page.get(f"{address}?action=skip"))


def test_a_field_is_amended_with_a_reason(page: Page) -> None:
    """The new value is shown, and the old one stands in the log."""
    address = built(page)
    amended = {"what": "set", "field": "unit_price", "value": "6.25", "reason": "the receipt says so"}
    page.post(f"{address}/operations/1", amended)
    assert "6.25" in text_of(page.get(address))
    assert "the receipt says so" in text_of(page.get(f"{address}/operations/1"))


def test_a_wrong_value_is_said(page: Page) -> None:
    """What does not fit its field is refused in words beside what was typed, and nothing is recorded."""
    address = built(page)
    answer = page.post(
        f"{address}/operations/1", {"what": "set", "field": "unit_price", "value": "cheap", "reason": "?"}
    )
    assert "unit_price" in text_of(answer.text)
    assert answer.status_code == 422
    assert "Nothing was recorded operation 1: unit_price" in text_of(answer.text)
    assert 'value="cheap"' in answer.text
    assert "amended" not in text_of(page.get(f"{address}/log"))


def test_nothing_from_a_file_is_markup(page: Page) -> None:
    """Tags in values and names are shown as text, and signs that turn the reading direction by their numbers."""
    record = {"suppliers": [{"name": HOSTILE, "city": HOSTILE, "state": "MA", "zip_code": "02420"}]}
    source = page.folder / "evil.json"
    source.write_text(json.dumps(record))
    address = f"/c/{name_of(bake.build(page.project, source))}"
    for path in ("", "/questions", "/log", "/operations/1", "/markdown"):
        html = page.get(address + path)
        assert "<img" not in html
        assert "\u202e" not in html
    assert "&lt;img" in page.get(address)


def test_only_changesets_of_the_project_are_found(page: Page) -> None:
    """No name leads out of the folder."""
    for name in ("nothing", "..%2f..%2fetc%2fpasswd", "%2e%2e", "a%00b"):
        assert page.client.get(f"/c/{name}").status_code == 404


def test_a_damaged_changeset_is_shown(page: Page) -> None:
    """Viewing always works; what is wrong is said, and applying is not offered."""
    address = built(page)
    [path] = (page.folder / "changesets").glob("*view_purchases*")
    path.write_text(path.read_text().replace("5.29", "5.92"))
    html = page.get(address)
    assert "damaged" in text_of(html)
    assert "Check and apply" not in html


def test_the_file_is_given_as_it_is(page: Page) -> None:
    """What is downloaded is the changeset, byte for byte, and the text for pull requests is Markdown."""
    address = built(page)
    [path] = (page.folder / "changesets").glob("*view_purchases*")
    assert page.client.get(f"{address}/download").content == path.read_bytes()
    assert "| purchases |" in page.get(f"{address}/markdown")


def test_many_operations_are_paged(page: Page) -> None:
    """A page shows fifty, the last page is reached in one step, and a part is a part and no page."""
    shops = [{"name": f"Shop {n}", "city": "Boston", "state": "MA", "zip_code": "02420"} for n in range(120)]
    source = page.folder / "shops.json"
    source.write_text(json.dumps({"suppliers": shops}))
    address = f"/c/{name_of(bake.build(page.project, source))}"
    html = page.get(address)
    assert html.count('class="operation create"') == 50
    assert "1–50 of 120" in text_of(html)
    last = re.findall(r'href="([^"]*)"[^>]*>Last<', html)[0].replace("&amp;", "&")
    assert "101–120 of 120" in text_of(page.get(last))
    part = page.get(f"{address}?text=shop+11", headers={"hx-request": "true", "hx-target": "operations"})
    assert "<html" not in part
    assert "11 of 120 changes" in text_of(part)


def test_where_a_value_comes_from_is_shown(page: Page) -> None:
    """What a record says of the origin of its values stands with its change: as text, and never as a link."""
    said = {"city": {"source": "photo 3", "url": "javascript:alert(1)", "confidence": 0.9}}
    record = {"name": "Corner", "city": "Boston", "state": "MA", "_evidence": said}
    source = page.folder / "shops.json"
    source.write_text(json.dumps({"suppliers": [record]}))
    address = f"/c/{name_of(bake.build(page.project, source))}"
    for path in ("", "/operations/1"):
        html = page.get(address + path)
        assert "photo 3" in html
        assert 'href="javascript' not in html

"""The web page in a real browser: from an empty database to an import and its undoing, by keyboard, and in small."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright
from support.browser import chromium, serving
from support.web import bakery

from bake import demo_files

pytestmark = pytest.mark.skipif(chromium() is None, reason="there is no Chromium: apt install chromium")

#: What of WCAG 2.2 AA axe can tell by itself; no more is worked out than what is wrong.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
#: Of another colour scheme, only the colours can be wrong.
COLOURS = {**RULES, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
#: Adds up how much of a page moves while it is loaded: Cumulative Layout Shift, good below 0.1.
SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifted += shift.value;
}).observe({type: "layout-shift", buffered: true});
"""
#: What a test needs of a browser, and no more.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--no-first-run"]
LONG = "Ünïcödé " * 12 + "مخبز الحي القديم"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The page of an empty folder."""
    with serving(tmp_path) as found:
        yield found


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[Page]:
    """A window; nothing that the page does may be an error or against its own policy."""
    with browser.new_context(**options) as context:
        context.add_init_script(SHIFTS)
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
        page.set_default_timeout(90_000)
        try:
            yield page
        except Error as error:
            error.add_note(f"{page.url}: {page.inner_text('body')}")
            raise
        assert wrong == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a usual size."""
    with window(browser, viewport={"width": 1280, "height": 900}) as made:
        yield made


def accessible(page: Page, rules: dict[str, Any] = RULES) -> None:
    """Axe finds nothing on the page."""
    found = Axe().run(page, options=rules).response["violations"]
    told = [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
    assert told == [], page.url


def test_an_import_from_an_empty_database_to_its_undoing(address: str, page: Page, tmp_path: Path) -> None:
    """Tables are made, a bakery imported, an edited view reviewed, answered and applied, and undone; all by mouse."""
    page.goto(address)
    accessible(page)
    page.get_by_role("button", name="Make the tables").click()
    page.get_by_text("not ready yet").wait_for(state="detached")
    page.get_by_role("button", name="1. The bakery").click()
    page.get_by_role("button", name="Compare with the database").click()
    page.get_by_role("link", name="Check and apply…").click()
    page.get_by_role("button", name="Apply", exact=True).click()
    page.get_by_role("heading", name="Applied").wait_for()
    accessible(page)

    demo_files.write_files(tmp_path / "demo")
    page.get_by_text("File", exact=True).click()
    page.get_by_role("link", name="Import View…").click()
    page.set_input_files("#file", tmp_path / "demo" / demo_files.EDITED_VIEW)
    page.get_by_text("This is a view").wait_for()
    accessible(page)
    page.get_by_label("Ask about everything that looks wrong").check()
    page.get_by_role("button", name="Compare with the database").click()
    page.get_by_role("heading", name="3 questions are open").wait_for()

    page.get_by_role("link", name="Answer the questions").click()
    page.get_by_role("heading", name="Wilson's Farm").wait_for()
    page.get_by_text("Create it").click()
    accessible(page)
    page.get_by_role("button", name="Answer").click()
    page.get_by_role("heading", name="Wegman").wait_for()
    page.get_by_label("Find another one").fill("wegm")
    page.locator("#rows label").first.click()
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("Write another value").click()
    page.get_by_label("The value").fill("4.79")
    page.get_by_role("button", name="Answer").click()

    page.get_by_role("heading", name="Ready to apply").wait_for()
    page.get_by_label("Search").fill("cabot")
    page.get_by_text("1 of 5 changes").wait_for()
    page.locator(".row-name").click()
    page.get_by_text("view_purchases.json:").wait_for()
    accessible(page)
    page.get_by_role("link", name="Check and apply…").click()
    page.get_by_role("button", name="Apply", exact=True).click()
    page.get_by_role("heading", name="Applied").wait_for()
    page.get_by_role("button", name="Undo…").click()
    page.get_by_text("Nothing has been undone yet").wait_for()
    page.get_by_role("link", name="Check and apply…").click()
    page.get_by_role("button", name="Apply", exact=True).click()
    page.get_by_role("heading", name="Applied").wait_for()
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_text("undone", exact=True).first.wait_for()
    expect(page.locator("time").first).to_have_attribute("title", re.compile("^(?!.*UTC)."))


def test_the_columns_of_a_pasted_sheet_are_matched(address: str, page: Page, tmp_path: Path) -> None:
    """Text is pasted, its view chosen, its columns matched, on a telephone, and its rows are there to review."""
    bakery(tmp_path)
    page.goto(address)
    page.goto(address.partition("/?")[0] + "/import")
    page.get_by_label("Paste its text").fill("Wot,Town\nCorner,Boston\nBridge,Boston\n")
    page.get_by_role("button", name="Look at it").click()
    page.get_by_label("Its records are").select_option("suppliers")
    page.get_by_text("Corner").wait_for()
    page.get_by_role("button", name="Compare with the database").click()
    page.get_by_label("Wot").wait_for()
    accessible(page)
    page.set_viewport_size({"width": 360, "height": 800})
    box = page.get_by_label("Wot").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360
    page.get_by_label("Wot").select_option("name")
    page.get_by_label("Town").select_option("city")
    page.get_by_role("button", name="Read it by these columns").click()
    page.get_by_role("heading", name="Ready to apply").wait_for()
    assert page.locator(".operation").count() == 2


def test_a_keyboard_is_enough(address: str, page: Page, tmp_path: Path) -> None:
    """A question is answered and put off without a mouse; what has the focus can be seen."""
    folder = bakery(tmp_path)
    page.goto(address)
    page.goto(address.partition("/?")[0] + "/import")
    page.set_input_files("#file", folder / "demo" / demo_files.EDITED_VIEW)
    page.get_by_text("This is a view").wait_for()
    page.get_by_role("button", name="Compare with the database").press("Enter")
    page.get_by_role("link", name="Answer the questions").press("Enter")
    page.get_by_role("heading", name="Wilson's Farm").wait_for()
    page.locator("input[name=choice][value=skip]").focus()
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Answer":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Wegman").wait_for()


def test_it_fits_a_telephone_and_a_wide_screen_in_the_dark_and_the_light(browser: Browser, tmp_path: Path) -> None:
    """No page scrolls sideways or jumps at 360 or 1600 px, with long names and names from right to left; axe agrees."""
    folder = bakery(tmp_path)
    (folder / "long.json").write_text(
        json.dumps({"suppliers": [{"name": LONG, "city": LONG.replace(" ", ""), "state": "MA"}]})
    )
    with serving(folder) as address, window(browser, color_scheme="dark", reduced_motion="reduce") as page:
        page.goto(address)
        base = address.partition("/?")[0]
        page.goto(f"{base}/import")
        page.set_input_files("#file", folder / "long.json")
        page.get_by_role("button", name="Compare with the database").click()
        page.get_by_role("heading", name="Ready to apply").wait_for()
        review = page.url.removeprefix(base)
        paths = ["/", "/history", "/import", "/export", review, f"{review}/operations/1", f"{review}/log"]
        for path in [*paths, f"{review}/questions", f"{review}/apply"]:
            page.goto(base + path)
            assert page.evaluate("window.shifted") < 0.1, f"{path} jumps while it is loaded"
            for width in (360, 1600):
                page.set_viewport_size({"width": width, "height": 800})
                over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert over <= 0, f"{path} at {width}"
            accessible(page)
            page.emulate_media(color_scheme="light")
            accessible(page, COLOURS)
            page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 360, "height": 800})
        hidden = page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.summary').parentElement)")
        assert hidden <= 0, "how much is deleted is seen before it is applied"


def test_it_can_be_read_without_scripts(browser: Browser, tmp_path: Path) -> None:
    """Pages are whole without JavaScript: lists, filters, pages and forms are links and forms."""
    folder = bakery(tmp_path)
    with serving(folder) as address, window(browser, java_script_enabled=False) as page:
        page.goto(address)
        page.get_by_role("link", name="bakery.json").click()
        page.get_by_label("Action").select_option("create")
        page.get_by_label("Search").fill("Costco")
        page.get_by_role("button", name="Show", exact=True).click()
        assert page.locator(".operation").count() >= 1
        page.locator(".row-name").first.click()
        assert page.get_by_text("What the source says").is_visible()

"""Takes pictures of the web page: the two of the README, or all pages at three sizes, in light and dark, to look at.

python book/screenshots.py            # write docs/images
python book/screenshots.py FOLDER     # all pages, into a folder
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from playwright.sync_api import Page, sync_playwright

import bake
from bake import demo_files
from bake.web.access import Rules, Sessions
from bake.web.application import application
from bake.web.shelf import name_of

IMAGES = Path(__file__).parents[1] / "docs" / "images"
CATALOG = "bake.catalog.bakery:BAKERY"
SIZES = {"small": (360, 740), "middle": (1024, 768), "wide": (1600, 1000)}
SHEET = "Wot,Town,Since\nCorner Shop,Boston,2019\nBridge Market,Lexington,2021\n"


def main(folder: str | None = None) -> None:
    """Take the pictures."""
    images = IMAGES if folder is None else Path(folder).resolve()
    images.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as made,
        chdir(made),
        serving(Path(made)) as (address, pages),
        sync_playwright() as playwright,
    ):
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.goto(address)
        base = address.partition("/?")[0]
        if folder is None:
            page.goto(base + pages["review"])
            page.screenshot(path=images / "review.png")
            page.goto(base + pages["create"])
            page.get_by_text("Create it").click()
            page.screenshot(path=images / "question.png")
            return
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for size, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                take_all(page, base, pages, images, f"{size}-{scheme}")


def take_all(page: Page, base: str, pages: dict[str, str], folder: Path, kind: str) -> None:
    """Take a picture of each page."""
    for name, path in pages.items():
        page.goto(base + path)
        if name == "create":
            page.get_by_text("Create it").click()
        page.screenshot(path=folder / f"{name}-{kind}.png", full_page=True)


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A small bakery with changesets in all states: the address that lets in, and the paths of its pages."""
    project = bake.Project("sqlite:///bake.db", CATALOG, folder=folder, actor="ada")
    pages = bakery(project, folder)
    configuration = uvicorn.Config(lambda: None, port=0, log_config=None)
    with configuration.bind_socket() as listening:
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        sessions = Sessions()
        made = application(project, Rules(frozenset({origin})), sessions)
        server = uvicorn.Server(uvicorn.Config(made, log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"{origin}/?token={sessions.token}", pages
        finally:
            server.should_exit = True
            thread.join()


def bakery(project: bake.Project, folder: Path) -> dict[str, str]:
    """Make the bakery, and changesets of each kind."""
    bake.initialise(project)
    demo_files.write_files(folder / "demo")
    first = bake.build(project, folder / "demo" / demo_files.BAKERY)
    bake.apply(project, first)
    asked = bake.build(project, folder / "demo" / demo_files.EDITED_VIEW, strict=True)
    (folder / "shops.csv").write_text(SHEET)
    foreign = bake.build(project, folder / "shops.csv", view="suppliers")
    ready = bake.build(
        project, folder / "demo" / demo_files.EDITED_VIEW, output=folder / "changesets" / "ready.changeset.jsonl"
    )
    bake.resolve(project, ready, [bake.Answer("q1", "skip"), bake.Answer("q2", "skip")])
    address = f"/c/{name_of(asked)}"
    return {
        "home": "/",
        "history": "/history",
        "import": "/import",
        "export": "/export",
        "review": address,
        "operation": f"{address}/operations/2",
        "questions": f"{address}/questions",
        "create": f"{address}/resolve/q1",
        "map": f"{address}/resolve/q2",
        "value": f"{address}/resolve/q3",
        "columns": f"/c/{name_of(foreign)}/resolve/q1",
        "apply": "/c/ready/apply",
        "log": "/c/ready/log",
        "row": "/history/row?entity=suppliers&key=costco_waltham_ma",
    }


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A file that is sent, looked at, and built into a changeset."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pytest
from support.web import Page, bakery, text_of

import bake
from bake.web.jobs import Job
from bake.web.uploads import safe_name


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A page of the bakery."""
    return Page(bakery(tmp_path))


def sent(page: Page, *files: tuple[str, bytes], **fields: str) -> Any:
    """What comes of sending files."""
    return page.post("/import", fields, files=[("file", (name, io.BytesIO(content))) for name, content in files])


def test_the_edited_view_is_recognised_and_built(page: Page) -> None:
    """Its kind and first records are shown before anything is built; then its review follows."""
    content = (page.folder / "demo" / "view_purchases.json").read_bytes()
    answer = sent(page, ("view_purchases.json", content))
    said = text_of(answer.text)
    assert "This is a view: purchases" in said
    assert "8 records" in said
    assert not (page.folder / "changesets" / "x").exists()
    review = page.finished(page.post(answer.url.path, {"mode": "merge", "strict": "on"}))
    assert "3 questions are open" in text_of(review.text)
    assert review.url.path.startswith("/c/")


def test_pasted_text_is_taken(page: Page) -> None:
    """Text of a page, with no file at all."""
    answer = page.post("/import", {"pasted": '{"suppliers": [{"name": "Corner", "city": "Boston", "state": "MA"}]}'})
    assert "Corner" in answer.text


def test_what_is_wrong_is_shown_with_its_place(page: Page) -> None:
    """The line of the file where it cannot be read, marked."""
    answer = sent(page, ("bad.json", b'{\n "suppliers": [\n  {"name": "x",, }\n ]\n}'))
    assert "bad.json:3:" in text_of(answer.text)
    assert '<span class="line meant">' in answer.text


def test_a_sheet_that_does_not_say_what_it_is_can_be_told(page: Page) -> None:
    """The view is chosen on the page, and the preview follows it; rows that were copied out of a sheet are one, too."""
    answer = sent(page, ("mine.csv", b"Shop,Town\nCorner,Boston\n"))
    assert "What are its records?" in text_of(answer.text)
    pasted = page.post("/import", {"pasted": "Shop\tTown\nCorner\tBoston\n"})
    assert "What are its records?" in text_of(pasted.text)
    part = page.get(f"{answer.url.path}?view=suppliers", headers={"hx-request": "true"})
    assert "Corner" in part
    assert "<html" not in part


def test_a_set_is_sent_as_its_files(page: Page) -> None:
    """Several files that belong together are one source, with a name that people can read."""
    folder = bake.export_complete(page.project, output=page.folder / "set").folder
    files = [(path.name, path.read_bytes()) for path in folder.iterdir()]
    answer = sent(page, *files)
    assert "Import View set This is a complete set" in text_of(answer.text)
    assert "Nothing in this file differs" in text_of(page.finished(page.post(answer.url.path)).text)


def test_nothing_sent_is_said(page: Page) -> None:
    """An empty form makes no upload, and the form stays."""
    said = text_of(sent(page).text)
    assert "No file was sent" in said
    assert "Look at it" in said
    assert not (page.folder / "imports").exists()


def test_too_many_files_are_refused(page: Page) -> None:
    """A request with more files than any set has is refused."""
    answer = sent(page, *[(f"{n}.json", b"{}") for n in range(101)])
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\view.json", "view.json"),
        (".bashrc", "bashrc"),
        ("a\x00b\x1b.json", "ab.json"),
        ("..", "upload"),
        ("", "upload"),
        ("x" * 500 + ".json", "x" * 115 + ".json"),
    ],
)
def test_names_lead_nowhere(given: str, expected: str) -> None:
    """Of the name of a file that was sent, no folder, nothing hidden and nothing unprintable stays."""
    assert safe_name(given) == expected


def test_the_demonstration_is_at_hand(tmp_path: Path) -> None:
    """A newcomer makes the tables, and imports the demonstration's bakery, from the page alone."""
    page = Page(tmp_path)
    assert "Just looking?" not in page.get("/")
    page.post("/tables")
    assert "Just looking?" in page.get("/")
    answer = page.post("/import/demo", {"which": "bakery.json"})
    assert "a document of several entities" in text_of(answer.text)
    assert page.post("/import/demo", {"which": "../secret"}).status_code == 404


def test_a_build_is_cancelled(page: Page) -> None:
    """It says that nothing was written, and nothing was."""
    begun, go_on = threading.Event(), threading.Event()

    def work(listen: Any, cancel: bake.CancelToken) -> str:
        begun.set()
        go_on.wait(10)
        source = page.folder / "demo" / "view_purchases.json"
        bake.build(page.project.acting(progress=listen, cancel=cancel), source)
        return "/"

    job = page.site.jobs.start(Job("Building", "/import"), work)
    begun.wait(10)
    assert "Cancel" in page.get(f"/jobs/{job.id}")
    before = sorted((page.folder / "changesets").iterdir())
    job.cancel.set()
    go_on.set()
    said = text_of(page.post(f"/jobs/{job.id}/cancel").text)
    assert "cancelled; nothing was written" in said
    assert sorted((page.folder / "changesets").iterdir()) == before


def test_a_job_that_is_done_leads_to_its_result(page: Page) -> None:
    """The page that shows how far it is leaves for the result, whole or as a part."""
    job = page.site.jobs.start(Job("Quick", "/"), lambda _listen, _cancel: "/history")
    job.ended.wait(10)
    assert page.client.get(f"/jobs/{job.id}").url.path == "/history"
    part = page.client.get(f"/jobs/{job.id}", headers={"hx-request": "true"})
    assert part.headers["hx-redirect"] == "/history"
    assert page.client.get("/jobs/unknown").status_code == 404


def test_a_job_that_ends_while_it_is_shown_is_shown_as_running(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its page is made of one state, and asks again: never of a job that is neither at work nor has a result."""
    job = Job("Quick", "/")
    page.site.jobs.start(job, lambda _listen, _cancel: "/history").ended.wait(10)
    states = iter(["running", "done", "done"])
    monkeypatch.setattr(Job, "state", property(lambda _job: next(states)), raising=False)
    assert "every 500ms" in page.get(f"/jobs/{job.id}")

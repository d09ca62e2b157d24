"""Who is let in, and what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message
from support.web import ORIGIN, Page

from bake.web.forms import form

ELSEWHERE = "http://evil.example"


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A page of an empty folder."""
    return Page(tmp_path)


def test_nobody_is_let_in_without_the_token(tmp_path: Path) -> None:
    """Neither without one nor with another one."""
    stranger = Page(tmp_path, enter=False)
    assert stranger.client.get("/").status_code == 401
    assert stranger.client.get("/?token=guessed").status_code == 401
    assert "Changesets" not in stranger.client.get("/history").text


def test_a_token_lets_one_browser_in(tmp_path: Path) -> None:
    """It is used up then, the next one is announced, and the cookie is out of reach for scripts and other sites."""
    page = Page(tmp_path, enter=False)
    token = page.sessions.token
    answer = page.client.get("/", params={"token": token}, follow_redirects=False)
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert page.get("/")
    page.client.cookies.clear()
    assert page.client.get("/", params={"token": token}).status_code == 401
    assert page.sessions.token != token


def test_a_foreign_name_is_refused(page: Page) -> None:
    """A name that somebody made to lead here (DNS rebinding) is answered with nothing of the project."""
    answer = page.client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "bake.db" not in answer.text


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", None])
def test_what_other_pages_send_is_refused(origin: str | None, tmp_path: Path) -> None:
    """A form of another page, of a sandboxed one, or of no page at all."""
    page = Page(tmp_path, origin=origin)
    assert page.post("/tables").status_code == 403
    assert not (tmp_path / "bake.db").exists()


@pytest.mark.parametrize("token", ["", "guessed"])
def test_a_form_needs_its_token(token: str, page: Page) -> None:
    """Nothing is done without the token that only our own forms carry."""
    assert page.client.post("/tables", data={"form_token": token}).status_code == 403
    assert not (page.folder / "bake.db").exists()


def test_read_only_is_read_only(tmp_path: Path) -> None:
    """Whatever is sent is refused, whoever sends it, and no page offers it."""
    page = Page(tmp_path, read_only=True)
    routes = [route for route in page.client.app.routes if "POST" in (getattr(route, "methods", None) or ())]  # type: ignore[attr-defined]
    assert routes
    for route in routes:
        assert page.post(route.path.replace("{name}", "x")).status_code == 403
    assert "<form method=" not in page.get("/")
    assert page.client.get("/import").status_code == 403
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/", "/history", "/static/style.css", "/nothing"])
def test_every_answer_forbids_inline_code_and_frames(path: str, page: Page) -> None:
    """The policy allows scripts and styles of our own files alone, and no page may frame this one."""
    policy = page.client.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_have_no_inline_code(page: Page) -> None:
    """What the policy forbids is not there: no style attributes, no handlers, no scripts within the page."""
    html = page.get("/")
    assert " style=" not in html
    assert " onclick" not in html
    assert "<script>" not in html


def test_too_much_is_refused(page: Page) -> None:
    """A form that says it is too large is not read; one that does not say so is cut off."""
    huge = {"form_token": "x", "note": "y" * (1 << 21)}
    assert page.client.post("/tables", data=huge).status_code == 413

    def unsaid() -> object:
        yield b"form_token=x&note="
        yield from (b"y" * 65536 for _ in range(40))

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert page.client.post("/tables", content=unsaid(), headers=kind).status_code == 413  # type: ignore[arg-type]


def test_a_page_that_is_closed_while_it_sends_is_no_error() -> None:
    """What has come of the form is dropped: nobody answers it, and nothing is logged."""

    async def closed() -> Message:
        return {"type": "http.disconnect"}

    kind = [(b"content-type", b"application/x-www-form-urlencoded")]
    request = Request({"type": "http", "method": "POST", "headers": kind}, closed)

    async def sent() -> int:
        return (await form(lambda *_: pytest.fail("it was answered"))(request)).status_code

    assert asyncio.run(sent()) == 400


def test_the_tables_are_made_from_the_page(page: Page) -> None:
    """A newcomer needs no terminal: what is lacking is said, with a button that makes it."""
    assert "not ready" in page.get("/")
    assert page.post("/tables").url == f"{ORIGIN}/"
    assert "not ready" not in page.get("/")


def test_a_proxy_names_the_user(tmp_path: Path) -> None:
    """With a header for it, nobody is let in without a name, and the name is who acts; two names are none."""
    page = Page(tmp_path, enter=False, user_header="x-user")
    assert page.client.get("/").status_code == 403
    assert page.client.get("/", headers=[("x-user", "ada"), ("x-user", "eve")]).status_code == 403
    assert "grace" in page.client.get("/", headers={"x-user": "grace"}).text

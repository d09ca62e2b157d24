"""The web page as a browser sees it, without a browser: a client that has a session, and finds forms in pages."""

from __future__ import annotations

import re
import shutil
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from starlette.testclient import TestClient

import bake
from bake import demo_files
from bake.web.access import Rules, Sessions
from bake.web.application import application

ORIGIN = "http://testserver"
CATALOG = "bake.catalog.bakery:BAKERY"


class Page:
    """A client with a session.

    Attributes:
        folder: the project's.
        client: Starlette's.
        sessions: of the server.
    """

    def __init__(self, folder: Path, *, enter: bool = True, origin: str | None = ORIGIN, **rules: Any) -> None:
        self.folder = folder
        self.sessions = Sessions()
        project = bake.Project(f"sqlite:///{folder / 'bake.db'}", CATALOG, folder=folder, actor="ada")
        made = application(project, Rules(frozenset({ORIGIN}), **rules), self.sessions)
        self.project = project
        self.site = made.state.site
        self.client = TestClient(made, headers={"origin": origin} if origin else {})
        if enter:
            self.client.get("/", params={"token": self.sessions.token})

    def get(self, path: str, **options: Any) -> str:
        """The text of a page that is there."""
        answer = self.client.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.text

    def finished(self, answer: Any) -> Any:
        """The same answer, or what follows once the work that it shows has ended."""
        kind, _, id_ = answer.url.path.removeprefix("/").partition("/")
        if kind != "jobs":
            return answer
        job = self.site.jobs.get(id_)
        assert job.ended.wait(60)
        return self.client.get(f"/jobs/{id_}")

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """What comes of a form; the page of changesets has the token that it carries."""
        return self.client.post(path, data={"form_token": self.form_token, **(data or {})}, **options)

    @property
    def form_token(self) -> str:
        """The token that forms of this session carry."""
        [session] = [value for name, value in self.client.cookies.items() if name == "bake"]
        return self.sessions.form_token(session)


class _Form(HTMLParser):
    """The fields of the form that answers a question, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a field and its value."""
        given = dict(attrs)
        name, kind = given.get("name") or "", given.get("type")
        self._inside = self._inside or given.get("id") == "answer"
        if not self._inside:
            return
        if tag == "select":
            self._select = name
            self.fields[name] = ""
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = given.get("value") or ""
        elif tag == "input" and name and (kind not in ("radio", "checkbox") or "checked" in given):
            self.fields[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """The form may end."""
        self._inside = self._inside and tag != "form"


def form_of(html: str) -> dict[str, str]:
    """What a browser would send of the form that answers a question, before anybody chooses or types."""
    form = _Form()
    form.feed(html)
    return form.fields


def text_of(html: str) -> str:
    """What is read on a page: its text, blanks made one."""
    bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(bare).split())


@cache
def _bakery() -> Path:
    """A folder with the bakery of the demonstration in a database."""
    folder = Path(mkdtemp(prefix="bake-web-"))
    project = bake.Project(f"sqlite:///{folder / 'bake.db'}", CATALOG, folder=folder, actor="ada")
    bake.initialise(project)
    demo_files.write_files(folder / "demo")
    bake.apply(project, bake.build(project, folder / "demo" / demo_files.BAKERY))
    return folder


def bakery(folder: Path) -> Path:
    """The same, in a folder that is there."""
    return shutil.copytree(_bakery(), folder, dirs_exist_ok=True)

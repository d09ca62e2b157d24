"""The pages show no sensitive value, wherever one follows their links."""

from __future__ import annotations

import json
import re
from html import unescape
from io import BytesIO
from pathlib import Path

from starlette.testclient import TestClient
from support.staff import STAFF

import bake
from bake.web.access import Rules, Sessions
from bake.web.application import application
from bake.web.uploads import Uploads

_ORIGIN = "http://testserver"
_LINK = re.compile(r'(?:href|action|src|hx-get)="(/[^"#]*)')
_PHONES = ("555-0108151", "555-0108152", "555-0108153")


def _opened(folder: Path) -> bake.Project:
    return bake.Project(f"sqlite:///{folder / 'bake.db'}", STAFF, folder=folder, actor="ada")


def _project(folder: Path) -> bake.Project:
    """People, one of whom was changed, and a changeset with a question about each kind of value."""
    project = _opened(folder)
    bake.initialise(project)
    bake.apply(project, bake.build(project, [{"slug": "ada", "name": "Ada", "phone": _PHONES[0]}], view="people"))
    source = folder / "people.json"
    records = [
        {"slug": "ada", "phone": _PHONES[1], "born": _PHONES[1], "remark": _PHONES[1]},
        {"slug": "bo", "name": "Bo", "phone": _PHONES[2] * 4, "team": {"slug": "night", "pin": _PHONES[2]}},
    ]
    source.write_text(json.dumps({"people": records}))
    bake.build(project, source)
    return project


def test_no_page_shows_a_value(tmp_path: Path) -> None:
    """All pages that are linked, with previews, records, forms, histories and downloads."""
    sessions = Sessions()
    client = TestClient(
        application(_project(tmp_path), Rules(frozenset({_ORIGIN})), sessions), headers={"origin": _ORIGIN}
    )
    waiting, seen = [f"/?token={sessions.token}", "/export/view?view=staff&format=csv"], set[str]()
    while waiting:
        if (path := waiting.pop()) in seen or len(seen) > 150:
            continue
        seen.add(path)
        text = client.get(path).text
        assert not [phone for phone in _PHONES if phone in text], path
        waiting += map(unescape, _LINK.findall(text))
    preview = bake.recognise(_opened(tmp_path), tmp_path / "people.json")  # what the page of an upload shows
    assert not [phone for phone in _PHONES if phone in repr(preview)]
    assert any("/operations/" in path for path in seen)
    assert any("/resolve/" in path for path in seen)
    assert any("/history/row" in path for path in seen)


def test_files_that_were_sent_are_kept_from_git(tmp_path: Path) -> None:
    """Git ignores them, and their ids are no digests by which a value could be tried; the same file has the same id."""
    vault = _opened(tmp_path).vault
    assert vault
    one, again, plain = (
        Uploads(folder, keyed).keep([("people.csv", BytesIO(b"slug,phone\nada,555-0108151\n"))])
        for folder, keyed in ((tmp_path, vault.digest), (tmp_path, vault.digest), (tmp_path / "plain", None))
    )
    assert (one.path.is_file(), one.id == again.id, one.id == plain.id) == (True, True, False)
    assert (tmp_path / "imports" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "plain" / "imports" / ".gitignore").exists()

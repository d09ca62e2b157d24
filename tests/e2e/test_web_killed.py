"""A server that is killed in the middle of its work: nothing is half done, and the next one says what is so."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from support.web import Page, bakery, text_of

import bake
from bake.web.shelf import name_of

#: A server that kills itself: while it compares, while it writes, or between the commit and the event in the file.
SERVER = """
import os, signal, sys
from pathlib import Path
from support.web import Page
from bake.app import application_run as applying
from bake.web import jobs

folder, address, moment = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def die(*_given):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "committed":
    applying.append_applied = die
page = Page(folder)
if moment == "comparing":
    upload = page.post("/import", {"pasted": (folder / "many.json").read_text()}).url.path
run = jobs._run
def dying(job, work):
    listening = lambda listen, cancel: work(lambda at: die() if at.step == moment and at.done else listen(at), cancel)
    run(job, listening)
jobs._run = dying
if moment == "comparing":
    page.finished(page.post(upload))
else:
    html = page.finished(page.client.get(address + "/apply")).text
    head = html.partition('name="head" value="')[2].partition('"')[0]
    page.finished(page.post(address + "/apply", {"head": head}))
print("alive")
"""


def killed(page: Page, address: str, moment: str) -> None:
    """Run a server that is killed at a moment."""
    support = Path(__file__).parents[1]
    command = [sys.executable, "-c", SERVER, str(page.folder), address, moment]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=support, timeout=120)
    assert (run.returncode, run.stdout) == (-signal.SIGKILL, ""), run.stderr


def shops(page: Page) -> int:
    """How many of the shops of the file are in the database."""
    with sqlite3.connect(page.folder / "bake.db") as connection:
        [found] = connection.execute("SELECT count(*) FROM suppliers WHERE name LIKE 'Shop %'")
    connection.close()
    return int(found[0])


def many(folder: Path) -> Path:
    """A file with so many shops that one is told how far it is."""
    records = [{"name": f"Shop {n}", "city": "Salem", "state": "MA"} for n in range(1200)]
    path = folder / "many.json"
    path.write_text(json.dumps({"suppliers": records}))
    return path


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A page of the bakery."""
    return Page(bakery(tmp_path))


def test_killed_while_it_compares(page: Page) -> None:
    """No changeset of it is listed, and the file that was sent is there, to be compared again."""
    many(page.folder)
    before = len(bake.list_changesets(page.project.changesets))
    killed(page, "", "comparing")
    assert len(bake.list_changesets(page.project.changesets)) == before
    [upload] = (page.folder / "imports").iterdir()
    done = page.finished(page.post(f"/import/{upload.name}"))
    assert "1,200 changes" in text_of(done.text)


@pytest.mark.parametrize("moment", ["applying", "committed"])
def test_killed_while_it_applies(page: Page, moment: str) -> None:
    """Before the commit nothing is there, and it can be applied; after it all is, and the page says so, once asked."""
    address = f"/c/{name_of(bake.build(page.project, many(page.folder)))}"
    killed(page, address, moment)
    assert shops(page) == (0 if moment == "applying" else 1200)
    checked = page.finished(page.client.get(f"{address}/apply"))
    if moment == "applying":
        assert "every expectation holds" in text_of(checked.text)
        return
    assert "as the database knows" in text_of(checked.text)
    assert "Applied" in text_of(page.get(address))
    assert "Undo" in text_of(page.get(address))
    assert shops(page) == 1200

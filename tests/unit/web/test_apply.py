"""A changeset that is checked, applied, rebased and undone on the page."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import threading
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from support.web import Page, bakery, text_of

import bake
from bake.web.jobs import Job
from bake.web.pages import apply as applying
from bake.web.shelf import name_of


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A page of the bakery."""
    return Page(bakery(tmp_path))


@pytest.fixture
def address(page: Page) -> str:
    """The address of a changeset that is ready: a corrected price."""
    source = page.folder / "prices.csv"
    [uuid] = rows(page, "SELECT uuid FROM purchases WHERE unit_price = 5.49")
    source.write_text(f"uuid,unit_price\n{uuid},5.29\n")
    return f"/c/{name_of(bake.build(page.project, source, view='purchases'))}"


def rows(page: Page, query: str) -> list[Any]:
    """The first column of what a query gives."""
    with sqlite3.connect(page.folder / "bake.db") as connection:
        found = [row[0] for row in connection.execute(query)]
    connection.close()
    return found


def edited(page: Page) -> None:
    """Somebody else changes the price that the changeset is about."""
    with sqlite3.connect(page.folder / "bake.db") as connection:
        connection.execute("UPDATE purchases SET unit_price = 5.99 WHERE unit_price = 5.49")
    connection.close()


def checked(page: Page, address: str) -> str:
    """The page that asks whether to apply, once the check has ended."""
    answer = page.finished(page.client.get(f"{address}/apply"))
    assert answer.status_code == 200
    return str(answer.text)


def applied(page: Page, address: str, **form: str) -> Any:
    """What is shown once it is applied."""
    head = checked(page, address).partition('name="head" value="')[2].partition('"')[0]
    return page.finished(page.post(f"{address}/apply", {"head": head, **form}))


def test_it_is_checked_then_applied_then_undone(page: Page, address: str) -> None:
    """Each step says what it did; undoing is a changeset of its own, and applying that brings the old price back."""
    assert "every expectation holds" in text_of(checked(page, address))
    assert rows(page, "SELECT count(*) FROM purchases WHERE unit_price = 5.29") == [0]
    done = applied(page, address)
    assert "Applied All of it is in sqlite:///" in text_of(done.text)
    assert rows(page, "SELECT count(*) FROM purchases WHERE unit_price = 5.29") == [1]
    digest = done.text.partition('name="digest" value="')[2].partition('"')[0]
    undoing = page.finished(page.post("/undo", {"digest": digest}))
    assert "undoes the other one" in text_of(undoing.text)
    assert rows(page, "SELECT count(*) FROM purchases WHERE unit_price = 5.29") == [1]
    applied(page, undoing.url.path)
    assert rows(page, "SELECT count(*) FROM purchases WHERE unit_price = 5.49") == [1]
    assert "undone" in text_of(page.get("/history"))


def test_what_moved_on_is_shown_from_three_sides_and_rebased(page: Page, address: str) -> None:
    """Expected, found, wanted; nothing is written; after the rebase the changeset knows of it."""
    edited(page)
    assert "stale" in page.get(f"{address}/state")
    said = text_of(checked(page, address))
    assert "The database has moved on" in said
    assert "5.49 5.99 5.29" in said
    page.finished(page.post(f"{address}/rebase"))
    assert "moved on" not in text_of(checked(page, address))


def test_what_was_changed_since_the_check_is_checked_again(page: Page, address: str) -> None:
    """Nothing is applied that nobody has seen."""
    head = checked(page, address).partition('name="head" value="')[2].partition('"')[0]
    path = page.site.shelf.item(address[3:]).listed.path
    bake.amend(page.project.acting("bob"), path, note="wait for me")
    answer = page.finished(page.post(f"{address}/apply", {"head": head}))
    assert "changed by somebody else" in text_of(answer.text)
    assert rows(page, "SELECT count(*) FROM purchases WHERE unit_price = 5.29") == [0]


def test_the_rest_is_applied_and_what_was_skipped_is_logged(page: Page) -> None:
    """With questions open, what waits for them is left out, and the log is there to download."""
    source = page.folder / "demo" / "view_purchases.json"
    address = f"/c/{name_of(bake.build(page.project, source))}"
    assert "left out, and written to a log" in text_of(checked(page, address))
    done = applied(page, address, skip="on")
    assert "were left out" in text_of(done.text)
    log = page.client.get(f"{done.url.path}/log")
    assert log.json()["total_skipped"] == 3


def test_a_cancelled_apply_writes_nothing(page: Page, address: str) -> None:
    """The page says so, and the database is as it was."""
    path = page.site.shelf.item(address[3:]).listed.path
    reached, go_on = threading.Event(), threading.Event()

    def work(listen: Any, cancel: bake.CancelToken) -> str:
        def slow(at: bake.Progress) -> None:
            listen(at)
            reached.set()
            go_on.wait(10)

        bake.apply(page.project.acting(progress=slow, cancel=cancel), path)
        return "/"

    job = page.site.jobs.start(Job("Applying", address), work)
    assert reached.wait(10)
    job.cancel.set()
    go_on.set()
    job.ended.wait(10)
    assert "cancelled; nothing was written" in text_of(page.get(f"/jobs/{job.id}"))
    assert rows(page, "SELECT count(*) FROM purchases WHERE unit_price = 5.29") == [0]


def test_a_second_apply_waits_at_the_first(page: Page, address: str) -> None:
    """Two tabs that apply one changeset see the same work; the review says that it is being worked on."""
    path = page.site.shelf.item(address[3:]).listed.path
    go_on = threading.Event()
    first = page.site.jobs.start(Job("Applying", address, about=str(path)), lambda _l, _c: str(go_on.wait(10)))
    assert "being worked on" in text_of(page.get(address))
    second = page.site.jobs.start(Job("Applying", address, about=str(path)), lambda _l, _c: "/")
    assert second is first
    go_on.set()


def test_an_end_cancels_what_is_at_work(page: Page, address: str) -> None:
    """When the server is told to end, work stops in order before it does."""
    path = page.site.shelf.item(address[3:]).listed.path
    reached = threading.Event()

    def work(listen: Any, cancel: bake.CancelToken) -> str:
        reached.set()
        while not cancel.is_set():
            pass
        bake.apply(page.project.acting(progress=listen, cancel=cancel), path)
        return "/"

    job = page.site.jobs.start(Job("Applying", address), work)
    reached.wait(10)
    page.site.jobs.stop()
    assert job.state == "failed"
    assert str(job.error) == "cancelled; nothing was written"


def test_the_history_of_a_row(page: Page, address: str) -> None:
    """Each change with before and after, who, and from which file and record; an unknown row is said."""
    applied(page, address)
    [uuid] = rows(page, "SELECT uuid FROM purchases WHERE unit_price = 5.29")
    said = text_of(page.get("/history/row", params={"entity": "purchases", "key": uuid}))
    assert "from 5.49 → to 5.29" in said
    assert "from prices.csv" in said
    assert "made to its unit price" in text_of(page.get(f"/history/row?entity=purchases&key={uuid}&field=unit_price"))
    assert page.client.get("/history/row?entity=purchases&key=nothing").status_code == 404
    assert page.client.get("/history/row").status_code == 404


def test_the_history_of_a_row_needs_no_key(page: Page, address: str) -> None:
    """A change leads to it, and so does a part of a name, or the entity alone; a row that is not there has none."""
    link = re.search(r'class="row-history" href="([^"]*)"', page.get(address))
    assert link
    assert "created" in text_of(page.get(unescape(link[1])))
    named = page.get("/history/row?entity=suppliers&key=costc")
    [link] = re.findall(r'<li><a href="(/history/row[^"]*)"', named)
    assert "suppliers costco" in text_of(page.get(unescape(link)))
    assert page.get("/history/row?entity=suppliers").count('<li><a href="/history/row') == 3
    created = page.folder / "shops.json"
    created.write_text('{"suppliers": [{"name": "Corner", "city": "Boston", "state": "MA"}]}')
    review = f"/c/{name_of(bake.build(page.project, created))}"
    assert "/history/row" not in page.get(review) + page.get(f"{review}/operations/1")


def test_a_bug_is_told_without_its_details(page: Page) -> None:
    """Whoever waits for work that fails because of a mistake is told so."""
    job = page.site.jobs.start(Job("Odd", "/"), lambda _l, _c: str(1 / 0))
    job.ended.wait(10)
    said = text_of(page.get(f"/jobs/{job.id}"))
    assert "mistake in Bake" in said
    assert "ZeroDivision" not in said


def test_what_the_policy_refuses_is_said_before(page: Page, address: str) -> None:
    """With the reason, and without a button that applies; an approval that it asks for is counted."""
    (page.folder / "bake-policy.toml").write_text(
        'format = "bake.policy/1"\n[[rule]]\nname = "prices"\nfields = ["unit_price"]\napprovals = 1\n'
    )
    html = checked(page, address)
    assert "The policy does not allow it yet" in text_of(html)
    assert 'the rule "prices" allows it only with an approval (there are 0)' in text_of(html)
    assert "Nobody has approved it" in text_of(html)
    assert f'action="{address}/apply"' in html
    assert "Apply</button>" not in html


def test_it_is_approved_on_the_page(page: Page, address: str) -> None:
    """By the key with which git signs; where there is none, it is said how to have one. Behind a proxy nobody can."""
    assert "which key signs is not known" in text_of(page.finished(page.post(f"{address}/approve")).text)
    key = page.folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", key], check=True)
    (page.folder / "allowed").write_text(f'ada namespaces="bake" {key.with_suffix(".pub").read_text()}')
    subprocess.run(["git", "init", "-q", page.folder], check=True)
    settings = {"gpg.format": "ssh", "user.signingkey": key, "gpg.ssh.allowedSignersFile": page.folder / "allowed"}
    for name, value in settings.items():
        subprocess.run(["git", "-C", page.folder, "config", name, str(value)], check=True)
    page.finished(page.post(f"{address}/approve"))
    html = text_of(checked(page, address))
    assert "1 approval" in html
    assert "by ada, signed by ada" in html
    shared = Page(page.folder, enter=False, user_header="x-user")
    shared.client.headers["x-user"] = "bob"
    token = shared.client.get("/import").text.partition('name="form_token" value="')[2].partition('"')[0]
    assert shared.client.post(f"{address}/approve", data={"form_token": token}).status_code == 403


def test_a_list_says_what_was_compared(page: Page, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list claims nothing that it has not looked at.

    A large changeset is compared when somebody asks for it, and then it is said when; a changed file was not compared.
    """
    assert "not compared" in text_of(page.get("/"))
    assert text_of(page.get(f"{address}/state")) == "ready"
    edited(page)
    assert text_of(page.get("/")).count("ready checked just now") == 1
    assert text_of(page.get(f"{address}/state")) == "stale"
    monkeypatch.setattr(applying, "_SMALL", 0)
    path = page.site.shelf.item(address[3:]).listed.path
    bake.amend(page.project.acting("bob"), path, note="wait for me")
    assert text_of(page.get(f"{address}/state")) == "not compared"
    checked(page, address)
    assert text_of(page.get(f"{address}/state")) == "stale checked just now"
    assert "stale checked just now" in text_of(page.get("/"))

"""The questions of a changeset, answered on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.web import Page, bakery, text_of

import bake
from bake.changeset.events import Answered
from bake.web.shelf import name_of

WEGMANS = 'map:{"slug":"wegmans_burlington_ma"}'


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A page of the bakery."""
    return Page(bakery(tmp_path))


@pytest.fixture
def address(page: Page) -> str:
    """The address of the demonstration's edited view, with its three questions."""
    return f"/c/{name_of(bake.build(page.project, page.folder / 'demo' / 'view_purchases.json', strict=True))}"


def answered(page: Page, address: str) -> dict[str, Answered]:
    """The answers that stand in the file."""
    return dict(page.site.shelf.item(address.removeprefix("/c/")).listed.changeset.decisions.answers)


def test_a_question_shows_all_that_is_needed(page: Page, address: str) -> None:
    """Its place among all, the record that asks, what waits, candidates with reasons, and what a skip costs."""
    said = text_of(page.get(f"{address}/resolve"))
    assert "Question 1 of 3 · 3 operations wait" in said
    assert "view_purchases.json:73" in said
    assert "ingredient_name" in said
    assert "2 operations are left out" in said
    assert "Wilson's Farm" in page.get(f"{address}/resolve").replace("&#39;", "'")


def test_a_row_is_created(page: Page, address: str) -> None:
    """The form has what the record says; what is typed fits its field or is refused, with all that was typed."""
    head = bake.read(page.site.shelf.item(address[3:]).listed.path).head
    form = {"head": head, "choice": "create", "f-name": "", "f-city": "Lexington", "f-state": "MA"}
    refused = page.post(f"{address}/resolve/q1", form)
    assert refused.status_code == 422
    assert "name" in text_of(refused.text)
    assert 'value="Lexington"' in refused.text
    page.post(f"{address}/resolve/q1", form | {"f-name": "Wilson's Farm"})
    given = answered(page, address)["q1"]
    assert given.values is not None
    assert (given.choice, given.values["city"]) == ("create", "Lexington")
    assert given.by == "ada"


def test_a_row_is_found_and_taken(page: Page, address: str) -> None:
    """Rows that were searched for are further lines of the same form."""
    found = page.get(f"{address}/resolve/q2/search?search=wegm", headers={"hx-request": "true"})
    assert "wegmans_burlington_ma" in found
    assert "<html" not in found
    answer = page.post(f"{address}/resolve/q2", {"choice": WEGMANS})
    assert answered(page, address)["q2"].key == {"slug": "wegmans_burlington_ma"}
    assert "Question 1 of 3" in text_of(answer.text)


def test_a_value_is_written(page: Page, address: str) -> None:
    """It is checked as it is typed, and when it is sent."""
    assert "is not a number" in page.get("/fits/purchases/unit_price?f-unit_price=cheap")
    assert "fits" in page.get("/fits/purchases/unit_price?f-unit_price=4.79")
    assert "is read as 2025-12-31" in page.get("/fits/purchases/purchase_date?value=12/31/2025")
    assert page.client.get("/fits/purchases/nothing?f-nothing=1").status_code == 404
    assert page.post(f"{address}/resolve/q3", {"choice": "value", "value": "cheap"}).status_code == 422
    page.post(f"{address}/resolve/q3", {"choice": "value", "value": "$4.79"})
    assert str(answered(page, address)["q3"].value) == "4.79"


def test_nothing_chosen_is_said(page: Page, address: str) -> None:
    """An answer needs a choice, and only one that the question has."""
    for choice in ("", "database", "map:nonsense", "map:[1]"):
        assert page.post(f"{address}/resolve/q1", {"choice": choice}).status_code == 422
    assert answered(page, address) == {}


def test_questions_are_put_off_and_found_again(page: Page, address: str) -> None:
    """Later leads to the next one; when all are put off, the review says so; they stay open."""
    assert page.client.get(f"{address}/resolve?later=q1").url.path.endswith("/q2")
    said = text_of(page.get(f"{address}/resolve?later=q1,q2,q3"))
    assert "put off" in said
    assert "3 questions are open" in said


def test_an_answer_can_be_changed(page: Page, address: str) -> None:
    """The question shows its answer as chosen, and the new one takes its place."""
    page.post(f"{address}/resolve/q3", {"choice": "value", "value": "4.79"})
    html = page.get(f"{address}/resolve/q3")
    assert "has an answer already" in html
    head = html.partition('name="head" value="')[2].partition('"')[0]
    page.post(f"{address}/resolve/q3", {"choice": "keep", "head": head})
    assert answered(page, address)["q3"].choice == "keep"


def test_two_tabs_lose_no_answer(page: Page, address: str) -> None:
    """The second tab is told what came in between; an answer to another question is recorded all the same."""
    before = page.get(f"{address}/resolve/q3")
    head = before.partition('name="head" value="')[2].partition('"')[0]
    project = page.project.acting("bob")
    bake.resolve(project, page.site.shelf.item(address[3:]).listed.path, [bake.Answer("q3", "value", value="4.79")])
    late = page.post(f"{address}/resolve/q3", {"choice": "keep", "head": head})
    assert "answered in the meantime by bob" in text_of(late.text)
    page.post(f"{address}/resolve/q2", {"choice": WEGMANS, "head": head})
    assert {id_: given.by for id_, given in answered(page, address).items()} == {"q3": "bob", "q2": "ada"}


def test_the_same_answer_goes_to_what_is_like_it(page: Page, address: str) -> None:
    """Only where it fits, and the page says to how many."""
    answer = page.post(f"{address}/resolve/q1", {"choice": "skip", "alike": "on"})
    assert set(answered(page, address)) == {"q1", "q2"}
    assert "The same answer was given to 1 more" in text_of(answer.text)


def test_answers_are_remembered(page: Page, address: str) -> None:
    """Where the box is ticked; and it is said if there is nothing to remember."""
    left_out = page.post(f"{address}/resolve/q1", {"choice": "skip", "remember": "on"})
    assert "nothing to remember" in text_of(left_out.text)
    found = page.post(f"{address}/resolve/q2", {"choice": WEGMANS, "remember": "on"})
    assert "remembered for later" in text_of(found.text)
    assert "wegmans_burlington_ma" in (page.folder / "changesets" / "answers.toml").read_text()


def test_columns_of_a_foreign_sheet_are_matched(page: Page) -> None:
    """A table with samples; what is still lacking is said on the same page; then the sheet is compared."""
    sheet = page.folder / "mine.csv"
    sheet.write_text("Wot,Town\nCorner,Boston\nBridge,Boston\n")
    address = f"/c/{name_of(bake.build(page.project, sheet, view='suppliers'))}"
    html = page.get(f"{address}/resolve/q1")
    assert "Corner" in html
    refused = page.post(f"{address}/columns", {"column-0": "", "column-1": "city"})
    assert refused.status_code == 422
    assert "no column says the name" in text_of(refused.text)
    assert '<option value="city" selected>' in refused.text
    form = {"column-0": "name", "column-1": "city", "all-state": "MA"}
    done = page.finished(page.post(f"{address}/columns", form))
    assert "2 changes" in text_of(page.get(address)), done.text


def test_proposed_columns_are_accepted_by_a_person(page: Page) -> None:
    """They are shown above the table; by accepting them, the sheet is read and compared."""
    (page.folder / "mine.csv").write_text("Wot,Town\nCorner,Boston\nBridge,Boston\n")
    built = bake.build(page.project, page.folder / "mine.csv", view="suppliers")
    columns = bake.Answer("q1", "choose", columns={"Wot": "name", "Town": "city"})
    bake.propose(page.project.acting("assistant"), built, [bake.Proposal("a model", columns, reason="as it looks")])
    address = f"/c/{name_of(built)}"
    html = page.get(f"{address}/resolve/q1")
    assert "as it looks" in html
    name = html.partition('name="proposal" value="')[2].partition('"')[0]
    done = page.finished(page.post(f"{address}/proposals", {"proposal": name, "what": "accept"}))
    assert "2 changes" in text_of(page.get(address)), done.text


def test_a_proposal_is_accepted_by_a_person(page: Page, address: str) -> None:
    """What an assistant offers is shown with its question; accepting it makes it the answer of whoever accepts."""
    path = page.site.shelf.item(address[3:]).listed.path
    offered = bake.Proposal(answer=bake.Answer("q3", "value", value="4.79"), model="a model", reason="the receipt")
    bake.propose(page.project.acting("assistant"), path, [offered])
    html = page.get(f"{address}/resolve/q3")
    assert "the receipt" in html
    name = html.partition('name="proposal" value="')[2].partition('"')[0]
    page.post(f"{address}/proposals", {"proposal": name, "what": "accept"})
    assert answered(page, address)["q3"].by == "ada"


def test_nothing_is_asked_where_nothing_can_be_answered(page: Page, address: str) -> None:
    """A read-only page shows the questions, and leads to no form; asking could write to the file."""
    shown = Page(page.folder, read_only=True)
    assert "q1" in text_of(shown.get(f"{address}/questions"))
    for path in ("/resolve", "/resolve/q1", "/resolve/q1/search?search=w"):
        assert shown.client.get(address + path).status_code == 403


def test_a_proposed_amendment_is_rejected(page: Page, address: str) -> None:
    """What belongs to no question stands in the list of questions, with who proposes it; and what became of it."""
    path = page.site.shelf.item(address[3:]).listed.path
    offered = bake.Proposal(set_=["1/unit_price=6.25"], model="a model", reason="the receipt")
    bake.propose(page.project.acting("assistant"), path, [offered])
    html = page.get(f"{address}/questions")
    assert "6.25" in html
    name = html.partition('name="proposal" value="')[2].partition('"')[0]
    answer = page.post(f"{address}/proposals", {"proposal": name, "what": "reject", "back": "questions"})
    assert "rejected" in text_of(answer.text)

"""What may go wrong between a question and the application of its answer, and names that are up to no good."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.shell import Shell, lines, query

from bake.changeset.file import read

SALE = {"product_slug": "flour_5_lb", "purchase_date": "2025-12-20", "unit_price": 3.5, "quantity_purchased": 1}
BAKERY = {
    "suppliers": [{"name": "Wilson Farm", "city": "Lexington", "state": "MA"}],
    "ingredients": [{"slug": "flour", "display_name": "Flour"}],
    "products": [{"slug": "flour_5_lb", "ingredient_slug": "flour", "package_unit": "lb", "package_unit_quantity": 5}],
}
NAMES = {
    "white space": " \t ",
    "a wildcard": "%",
    "an emoji": "🍞",
    "much too long": "x" * 10_000,
    "right to left": "Farm \u202emraF",
    "an escape sequence": "\x1b[31mRed\x1b[0m Farm",
    "a line break": "Farm\nquestion q1 is answered",
    "null": "Farm\0",
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A bakery with a product and a supplier."""
    shell = Shell(tmp_path)
    shell.done("init")
    shell.done("import", shell.write("bakery.json", BAKERY))
    return shell


def asking(shell: Shell, name: str = "Wilson Frams") -> Path:
    """A changeset that asks for a supplier."""
    return shell.built(shell.write("purchases.json", {"purchases": [{**SALE, "supplier_name": name}]}))


def test_a_row_that_was_chosen_may_be_gone(shell: Shell) -> None:
    """Deleted between the answer and the application: a conflict of the kind `reference`, and nothing is written."""
    changeset = asking(shell)
    shell.done("changeset", "resolve", changeset, "--map", "q1=wilson_farm_lexington_ma")
    query(shell.database, "DELETE FROM suppliers")
    said = shell.bake("changeset", "apply", changeset, "--format", "json")
    assert said.status == 4
    assert [conflict["kind"] for conflict in said.document["conflicts"]] == ["reference"]
    assert query(shell.database, "SELECT count(*) FROM purchases") == [(0,)]


def test_a_row_that_was_to_be_created_may_be_there(shell: Shell) -> None:
    """Made by somebody else meanwhile: a conflict of the kind `exists`, and nothing is written."""
    changeset = asking(shell)
    shell.done("changeset", "resolve", changeset, "--create", "q1")
    shell.done("import", shell.write("more.json", {"suppliers": [{"slug": "wilson_frams", "name": "Wilson Frams"}]}))
    said = shell.bake("changeset", "apply", changeset, "--format", "json")
    assert said.status == 4
    assert {conflict["kind"] for conflict in said.document["conflicts"]} == {"exists"}
    assert query(shell.database, "SELECT count(*) FROM purchases") == [(0,)]


def test_a_question_that_is_none_is_not_answered(shell: Shell) -> None:
    """Neither by an option nor by a file; what else the file says is recorded."""
    changeset = asking(shell)
    assert shell.bake("changeset", "resolve", changeset, "--skip", "q9").status == 5
    answers = {"questions": [{"question": "q9", "answer": "skip"}, {"question": "q1", "answer": "skip"}]}
    said = shell.bake("changeset", "resolve", changeset, "--answers", shell.write("answers.json", answers))
    assert said.status == 5
    assert "q9" in said.err
    assert [line["question"] for line in lines(changeset, "answered")] == ["q1"]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_shown_and_never_interpreted(shell: Shell, name: str) -> None:
    """Whatever it is, it names no row; what is shown of it is printable, and an answer to it is checked or recorded."""
    changeset = asking(shell, name)
    shown = [shell.bake("changeset", "show", changeset, *extra).out for extra in ((), ("--format", "markdown"))]
    shown.append(shell.done("changeset", "resolve", changeset, "--template"))
    created = shell.bake("changeset", "resolve", changeset, "--create", "q1")
    assert created.status in (0, 5)
    for text in (*shown, created.out, created.err):
        assert all(char.isprintable() or char == "\n" for char in text)
        assert max(map(len, text.splitlines()), default=0) < 12_000
    file = read(changeset).intact()
    assert (created.status == 0) == (file.decisions.open == [])


@pytest.mark.parametrize("name", [NAMES[kind] for kind in ("white space", "a wildcard", "an emoji", "right to left")])
def test_what_is_no_name_can_be_mapped_and_remembered(shell: Shell, name: str) -> None:
    """A person may know what was meant; the next time nothing is asked."""
    changeset = asking(shell, name)
    shell.done("changeset", "resolve", changeset, "--map", "q1=wilson_farm_lexington_ma", "--remember")
    shell.write("again.json", {"purchases": [{**SALE, "supplier_name": name, "unit_price": 4}]})
    again = shell.built("again.json")
    assert read(again).decisions.open == []


def test_amending_and_forgetting_from_the_command_line(shell: Shell) -> None:
    """The whole way: a changeset is amended, edited by hand, sealed and applied; what was remembered is forgotten."""
    changeset = asking(shell)
    said = shell.done("changeset", "resolve", changeset, "--map", "q1=wilson_farm_lexington_ma", "--remember")
    assert "1 remembered for the next time" in said
    assert "Wilson Frams" in shell.done("answers", "list")
    assert "amended operation 1" in shell.done(
        "changeset", "amend", changeset, "--set", "1/unit_price=4.25", "--note", "x"
    )
    changeset.write_text(changeset.read_text().replace('"quantity_purchased":1', '"quantity_purchased":2', 1))
    damaged = shell.bake("changeset", "apply", changeset)
    assert damaged.status == 6
    assert "bake changeset seal" in damaged.err
    assert "accepted what was edited by hand" in shell.done("changeset", "seal", changeset, "--reason", "two of them")
    assert "Amended" in shell.done("changeset", "show", changeset)
    shell.done("changeset", "apply", changeset)
    assert query(shell.database, "SELECT unit_price, quantity_purchased FROM purchases") == [(4.25, 2)]
    assert "Wilson Frams" in shell.done("answers", "forget", "suppliers:Wilson Frams")
    assert "nothing is remembered" in shell.done("answers", "list")
    assert shell.bake("answers", "forget", "suppliers").status == 2


def test_auto_create_from_the_command_line(shell: Shell) -> None:
    """Build and import take it; an entity that the catalog does not have is a usage error."""
    source = shell.write("purchases.json", {"purchases": [{**SALE, "supplier_name": "Corner Shop"}]})
    assert shell.bake("import", source, "--auto-create", "shops").status == 2
    shell.done("import", source, "--auto-create", "suppliers,products")
    assert ("corner_shop",) in query(shell.database, "SELECT slug FROM suppliers")

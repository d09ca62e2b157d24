"""`bake changeset rebase` as people meet it: somebody else was quicker, and no answer is given twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.kitchen import Kitchen, delivered, uid
from support.shell import lines

THEIRS = "UPDATE products SET upc_code = '041220576036' WHERE slug = 'king'"
OURS = "071012010103"
LOOKALIKE = ("suppliers", {"uuid": uid(91), "slug": "wilson", "name": "WILSON’S FARM"})


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    """A bakery on SQLite with a changeset, whose one question is answered with a new supplier."""
    return delivered(tmp_path, "--create", "q1")


def rebased(kitchen: Kitchen) -> Any:
    """What rebasing says."""
    said = kitchen.shell.bake("changeset", "rebase", kitchen.changeset, "--format", "json")
    assert said.status == 0, said
    return said.document


def upc(kitchen: Kitchen) -> str:
    """The code of the product that both sides change."""
    return str(kitchen.contents()["products"][uid(21)]["upc_code"])


@pytest.mark.parametrize(
    ("answer", "code"),
    [("--value=q2=078742351865", "078742351865"), ("--skip=q2", "041220576036")],
    ids=["a third value", "skip"],
)
def test_a_concurrent_edit_becomes_a_question(kitchen: Kitchen, answer: str, code: str) -> None:
    """What both sides changed is asked with all three values, other answers stay, and what is decided is applied."""
    kitchen.edit(THEIRS)
    assert kitchen.apply().status == 4
    said = rebased(kitchen)
    assert (said["asked"], said["changed"], said["open_questions"]) == (1, 1, ["q2"])
    [event] = lines(kitchen.changeset, "rebased")
    [question] = event["questions"]
    assert (question["kind"], question["field"]) == ("conflict", "upc_code")
    assert (question["base"], question["current"], question["value"]) == (None, "041220576036", OURS)
    assert kitchen.apply().document["error"] == "open_questions"
    kitchen.shell.done("changeset", "resolve", kitchen.changeset, answer)
    assert kitchen.apply().document["state"] == "applied"
    assert upc(kitchen) == code
    suppliers = [row["name"] for row in kitchen.contents()["suppliers"].values()]
    assert sorted(suppliers) == ["Costco", "Wegmans", "Wilson's Farm"]


@pytest.mark.parametrize(("choice", "code"), [("file", OURS), ("database", "041220576036")])
def test_one_of_the_two_sides_counts(kitchen: Kitchen, choice: str, code: str) -> None:
    """An answer file says which; the rest of the operation, which nobody contests, is applied in any case."""
    kitchen.edit(THEIRS)
    rebased(kitchen)
    answers = kitchen.shell.write("answers.json", {"questions": [{"question": "q2", "answer": choice}]})
    kitchen.shell.done("changeset", "resolve", kitchen.changeset, "--answers", answers)
    assert kitchen.apply().document["state"] == "applied"
    assert upc(kitchen) == code
    assert kitchen.contents()["products"][uid(21)]["preferred_supplier"] == uid(1)


def test_what_is_so_already_is_dropped(kitchen: Kitchen) -> None:
    """Somebody did the same by hand: that operation becomes a skip, and its record is still in exactly one."""
    kitchen.edit("UPDATE products SET upc_code = '071012010103', preferred_supplier_id = 1 WHERE slug = 'king'")
    assert rebased(kitchen)["dropped"] == {"already so": 1}
    [event] = lines(kitchen.changeset, "rebased")
    assert [(line["action"], line["from"]) for line in event["operations"]] == [("skip", [1])]
    assert kitchen.apply().document["done"]["products"] == {"create": 1, "update": 1}


def test_a_row_that_is_gone_is_dropped(kitchen: Kitchen) -> None:
    """It is not made again; everything else is applied."""
    kitchen.edit("DELETE FROM products WHERE slug = 'bobs'")
    assert rebased(kitchen)["dropped"] == {"the row is gone": 1}
    assert kitchen.apply().document["state"] == "applied"
    assert uid(22) not in kitchen.contents()["products"]


def test_a_lookalike_reopens_its_question(kitchen: Kitchen) -> None:
    """An answer that creates what is there by now is refused when applying, asked again, and mapped: no double."""
    kitchen.edit(LOOKALIKE)
    refused = kitchen.apply()
    assert refused.status == 4
    assert [(c["kind"], c["entity"], c["key"]) for c in refused.document["conflicts"]] == [
        ("exists", "suppliers", {"slug": "wilson"})
    ]
    said = rebased(kitchen)
    assert (said["reopened"], said["open_questions"], said["asked"]) == (["q1"], ["q1"], 0)
    kitchen.shell.done("changeset", "resolve", kitchen.changeset, "--map", "q1=wilson")
    assert kitchen.apply().document["state"] == "applied"
    now = kitchen.contents()
    assert sorted(row["slug"] for row in now["suppliers"].values()) == ["costco", "wegmans", "wilson"]
    assert {row["supplier"] for uuid, row in now["purchases"].items() if uuid != uid(31)} == {uid(91)}


def test_a_lookalike_may_be_another_one(kitchen: Kitchen) -> None:
    """Who says again that it is a new row, having seen the lookalike, is taken at their word."""
    kitchen.edit(LOOKALIKE)
    rebased(kitchen)
    kitchen.shell.done("changeset", "resolve", kitchen.changeset, "--create", "q1")
    assert kitchen.apply().document["state"] == "applied"
    assert len(kitchen.contents()["suppliers"]) == 4


def test_a_taken_key_is_asked_about(kitchen: Kitchen) -> None:
    """A row with the key of a new one is offered, with what would change on it; it is updated, not doubled."""
    kitchen.edit(("ingredients", {"uuid": uid(91), "slug": "spelt", "display_name": "Dinkel"}))
    assert rebased(kitchen)["open_questions"] == ["q2"]
    kitchen.shell.done("changeset", "resolve", kitchen.changeset, "--map", "q2=spelt")
    assert kitchen.apply().document["state"] == "applied"
    now = kitchen.contents()
    assert now["ingredients"][uid(91)]["display_name"] == "Spelt"
    bag = next(row for row in now["products"].values() if row["slug"] == "spelt_bag")
    assert bag["ingredient"] == uid(91)


def test_rebasing_twice_adds_nothing(kitchen: Kitchen) -> None:
    """The second time everything holds, before the answers and after them, and the file stays as it is."""
    kitchen.edit(THEIRS, LOOKALIKE)
    rebased(kitchen)
    text = kitchen.changeset.read_bytes()
    again = rebased(kitchen)
    assert (again["dropped"], again["changed"], again["asked"], again["reopened"]) == ({}, 0, 0, [])
    assert kitchen.changeset.read_bytes() == text
    kitchen.shell.done("changeset", "resolve", kitchen.changeset, "--map=q1=wilson", "--value=q2=078742351865")
    text = kitchen.changeset.read_bytes()
    assert "everything still holds" in kitchen.shell.done("changeset", "rebase", kitchen.changeset)
    assert kitchen.changeset.read_bytes() == text
    assert kitchen.apply().document["state"] == "applied"


def test_nothing_to_rebase(kitchen: Kitchen) -> None:
    """A changeset that holds is left alone; work of others that it does not touch is none of its business."""
    kitchen.edit("UPDATE products SET notes = 'theirs' WHERE slug = 'king'")
    text = kitchen.changeset.read_bytes()
    assert "everything still holds" in kitchen.shell.done("changeset", "rebase", kitchen.changeset)
    assert kitchen.changeset.read_bytes() == text


def test_rebasing_reads_and_never_writes(kitchen: Kitchen) -> None:
    """The database is the same, byte for byte."""
    kitchen.edit(THEIRS)
    before = (kitchen.folder / "bake.db").read_bytes()
    rebased(kitchen)
    assert (kitchen.folder / "bake.db").read_bytes() == before


def test_what_is_shown_is_what_will_be_done(kitchen: Kitchen) -> None:
    """After a rebase, `show` and `check` speak of today: the value that would be replaced, and the question."""
    kitchen.edit(THEIRS, "DELETE FROM products WHERE slug = 'bobs'")
    rebased(kitchen)
    shown = kitchen.shell.done("changeset", "show", kitchen.changeset, "--all")
    assert "041220576036" in shown
    assert "1 open question" in shown
    assert "bobs_dark_rye" not in shown
    checked = kitchen.shell.bake("changeset", "check", kitchen.changeset, "--format", "json")
    assert (checked.status, checked.document["state"], checked.document["conflicts"]) == (3, "open", [])


def test_an_applied_changeset_is_not_rebased(kitchen: Kitchen) -> None:
    """What was done is done; undoing it is what `revert` is for."""
    assert kitchen.apply().status == 0
    text = kitchen.changeset.read_bytes()
    said = kitchen.shell.bake("changeset", "rebase", kitchen.changeset)
    assert said.status == 2
    assert "bake changeset revert" in said.err
    assert kitchen.changeset.read_bytes() == text


def test_check_says_what_stands_and_what_to_do(kitchen: Kitchen) -> None:
    """Of a stale one, how to bring it up to date; of one that was undone, that it was, and that it can be applied."""
    kitchen.edit(THEIRS)
    said = kitchen.shell.bake("changeset", "check", kitchen.changeset)
    assert said.status == 4
    assert f"bake changeset rebase {kitchen.changeset}" in said.out
    kitchen.edit("UPDATE products SET upc_code = NULL WHERE slug = 'king'")
    assert kitchen.apply().status == 0
    undo = kitchen.revert()
    kitchen.edit(THEIRS)
    said = kitchen.shell.bake("changeset", "check", undo)
    assert (said.status, "bake changeset revert" in said.out) == (4, True)
    kitchen.edit(f"UPDATE products SET upc_code = '{OURS}' WHERE slug = 'king'")
    assert kitchen.apply(file=undo).status == 0
    said = kitchen.shell.bake("changeset", "check", kitchen.changeset)
    assert said.status == 0
    assert "by ada, and reverted since" in said.out


def test_a_revert_says_what_it_compares_with(kitchen: Kitchen) -> None:
    """What is shown of a revert does not speak of bases and of null, which are matters of sources."""
    assert kitchen.apply().status == 0
    shown = " ".join(kitchen.shell.done("changeset", "show", kitchen.revert()).split())
    assert "back to what was there before, field by field" in shown
    assert "two-way" not in shown

"""Rule 4: rows without a natural key that equal records are counted, whatever the order and the size of batches."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.compiling import changes, compiled, view
from support.market import uid
from support.till import BATCHES, sale, there


@BATCHES
def test_equal_rows_are_counted(batch: int) -> None:
    """Of three equal lines, the first two are the two rows that are here; the third is new, and warned of."""
    result = compiled(view("till", sale(), sale(), sale()), there({}, {}), batch=batch)
    assert result.skips == {"already here": [0, 1]}
    [create] = result.creates
    assert create.from_ == (2,)
    assert "a row here already is the same" in create.warnings[0].message
    assert not result.questions


@BATCHES
def test_a_sheet_that_grows_adds_what_was_added(batch: int) -> None:
    """Lines that are here are found in any order, with names in other letters, and only the added one is made."""
    later = view(
        "till", sale(price=5, day="2025-12-21"), sale(shop_name="barn"), sale(shop_name="the  MILL", price="3.990")
    )
    result = compiled(later, there({}, {"shop": 2}), batch=batch)
    assert result.skips == {"already here": [1, 2]}
    assert [create.values["price"] for create in result.creates] == [Decimal(5)]


@BATCHES
def test_rows_that_others_name_do_not_count(batch: int) -> None:
    """A row that a later record names by its uuid is not that of an earlier line without one: that is a second one."""
    result = compiled(view("till", sale(), sale(uuid=uid(101))), there({}), batch=batch)
    assert result.skips == {"unchanged": [1]}
    [create] = result.creates
    assert create.from_ == (0,)


def test_a_uuid_of_its_own_is_another_row() -> None:
    """Who gives a uuid says which row is meant: another one than the equal row here, of which it is warned."""
    [create] = compiled({"sales": [{"bag_uuid": uid(11), "shop_slug": "mill", "day": "2025-12-20", "price": 3.99,
                                    "uuid": uid(77)}]}, there({})).creates  # fmt: skip
    assert "a row here already is the same" in create.warnings[0].message


@BATCHES
@pytest.mark.parametrize("notes", [("sold out", "torn"), ("torn", "sold out"), (None, "torn"), ("torn", None)])
def test_the_line_that_says_what_is_here_is_the_row(batch: int, notes: tuple[str | None, str | None]) -> None:
    """Of two equal lines the one with the row's note is here, first or last; the other one is new with its own."""
    result = compiled(view("till", *(sale(note=note) for note in notes)), there({"note": "torn"}), batch=batch)
    assert result.skips == {"already here": [notes.index("torn")]}
    assert [create.values.get("note") for create in result.creates] == [note for note in notes if note != "torn"]
    assert not result.notices


def test_what_else_is_said_of_a_single_row_is_an_edit() -> None:
    """A note on the only line that equals the only row is written there."""
    [update] = compiled(view("till", sale(note="sold out")), there({})).updates
    assert changes(update) == {"note": (None, "sold out")}


@BATCHES
@pytest.mark.parametrize(("sales", "lines"), [(({}, {}), (sale(note="x"),)), (({},), (sale(note="x"), sale(note="y")))])
def test_what_else_is_said_of_one_of_several_is_left(sales: Any, lines: Any, batch: int) -> None:
    """Which of two equal rows, or lines, a note is meant for is not guessed: nothing is written, and that is noted."""
    result = compiled(view("till", *lines), there(*sales), batch=batch)
    assert not result.updates
    assert result.skips == {"already here": [0]}
    assert [notice.from_ for notice in result.notices["equal_several"]] == [(0,)]


def test_what_is_not_known_of_several_fields_is_asked() -> None:
    """A sale of which shop and price are unclear may be one that is here, which is left as it is there."""
    result = compiled(view("till", sale(shop_name="Nowhere", price="much")), there({}))
    [near] = [question for question in result.questions if question.kind == "decision"]
    assert near.problem == "1 record looks like a row here, except in shop and price, which are unclear"
    [create] = result.creates
    same = create.outcomes[near.id]["same"].same_as
    assert same is not None
    assert not same.patch


def test_what_is_hardly_known_is_not_compared() -> None:
    """A sale of which only the day is clear is new, and it is noted that it was not compared."""
    unclear = sale(shop_name="Nowhere", price="much", grain="Nothing", brand=None)
    result = compiled(view("till", unclear), there({}))
    assert len(result.creates) == 1
    assert "bag and shop and price are not known yet" in result.notices["not_compared"][0].message


def test_skip_existing_leaves_equal_rows() -> None:
    """Where only new rows are wanted, an equal one is here already, whatever else is said of it."""
    result = compiled(view("till", sale(note="x"), sale(price=5)), there({}), mode="skip-existing")
    assert result.skips == {"already here": [0]}
    assert len(result.creates) == 1


def test_a_mirror_keeps_equal_rows() -> None:
    """A row that a line equals is in the source: only the others are deleted."""
    result = compiled(view("till", sale()), there({}, {"price": Decimal(5)}), mode="mirror")
    assert [type(one).__name__ for one in result.operations] == ["Delete", "Skip"]
    assert result.operations[0].key == {"uuid": uid(102)}  # type: ignore[union-attr]


@BATCHES
@pytest.mark.parametrize("notes", [("sold out", "torn"), ("torn", "sold out")])
def test_the_line_that_says_what_is_here_is_the_row_however_its_date_is_written(
    batch: int, notes: tuple[str, str]
) -> None:
    """The same where the dates of the column wait for an answer: by the one that fits, the row is the torn one's."""
    lines = [sale(note=note, day="20/12/2025") for note in notes]
    result = compiled(view("till", *lines), there({"note": "torn"}), batch=batch)
    outcomes = {
        create.values["note"]: create.outcomes[result.question.id]["day/month/year"] for create in result.creates
    }
    assert [note for note, outcome in outcomes.items() if outcome.same_as is not None] == ["torn"]

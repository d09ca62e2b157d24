"""Rule 4: what differs from a row in one field is asked once for the source, and which row it is, is never guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.compiling import Compiled, compiled, described, view
from support.market import uid
from support.till import BATCHES, sale, there

from bake.catalog.bakery import BAKERY
from bake.changeset.events import Answered
from bake.changeset.fold import decide
from bake.changeset.model import Create, Outcome, Replace, Update
from bake.compiler.matching.equal_rows import ALREADY_HERE


def chosen(create: Create, option: str) -> Outcome | None:
    """What an option makes of an operation that waits for its only decision."""
    return create.outcomes[str(create.needs[""])].get(option)


def same_as(result: Compiled) -> dict[int | str, tuple[str, dict[str, Any]] | None]:
    """By record, the uuid of the row that it may be, and what would be written there."""
    found: dict[int | str, tuple[str, dict[str, Any]] | None] = {}
    for create in result.creates:
        outcome = chosen(create, "same") if create.outcomes else None
        row = outcome.same_as if outcome else None
        edits = {step.path: step.value for step in row.patch if isinstance(step, Replace)} if row else {}
        found[create.from_[0]] = (row.key["uuid"], edits) if row else None
    return found


@BATCHES
def test_corrected_prices_are_asked_once(batch: int) -> None:
    """Two corrected lines among others are one question, whose answers say what they would do to each."""
    days = [{"day": f"2025-12-{day}"} for day in (20, 21, 22)]
    lines = (sale(price=5), sale(**days[1]), sale(price=6, **days[2]), sale(day="2026-01-01", price=9))
    result = compiled(view("till", *lines), there(*days), batch=batch)
    assert result.skips == {"already here": [1]}
    assert same_as(result) == {
        0: (uid(101), {"/price": Decimal(5)}), 2: (uid(103), {"/price": Decimal(6)}), 3: None
    }  # fmt: skip
    question = result.question
    assert (question.kind, question.entity, question.field) == ("decision", "sales", "price")
    assert question.problem == "2 records look like rows here, except in price"
    assert [(option.name, option.records) for option in question.options] == [("same", 2), ("new", 2)]
    assert all(chosen(create, "new") == Outcome() for create in result.creates if create.outcomes)


@BATCHES
def test_two_numbers_that_were_corrected_together_are_asked(batch: int) -> None:
    """A price and a quantity may differ both; a row that differs in one of them alone is nearer."""
    rows: dict[str, list[dict[str, Any]]] = {
        "ingredients": [{"id": 1, "uuid": uid(1), "slug": "flour", "display_name": "Flour"}],
        "products": [{"id": 1, "uuid": uid(2), "slug": "king", "ingredient": 1}],
        "suppliers": [{"id": 1, "uuid": uid(3), "slug": "mill", "name": "Mill"}],
        "purchases": [
            {"id": n, "uuid": uid(100 + n), "product": 1, "supplier": 1, "purchase_date": f"2025-12-0{n}"}
            | {"unit_price": Decimal(6), "quantity_purchased": Decimal(1)}
            for n in (1, 2)
        ],
    }
    bought = {"product_slug": "king", "supplier_name": "Mill", "unit_price": 7, "quantity_purchased": 2}
    lines = [{**bought, "purchase_date": f"2025-12-0{n}"} for n in (1, 3)]
    lines.append({**bought, "purchase_date": "2025-12-02", "unit_price": 6})
    result = compiled(view("purchases", *lines), rows, catalog=BAKERY, batch=batch)
    edits = {"/unit_price": 7, "/quantity_purchased": 2}
    assert same_as(result) == {0: (uid(101), edits), 1: None, 2: (uid(102), {"/quantity_purchased": 2})}
    assert sorted(question.problem or "" for question in result.questions) == [
        "1 record looks like a row here, except in quantity_purchased",
        "1 record looks like a row here, except in unit_price and quantity_purchased",
    ]


@BATCHES
def test_a_corrected_reference_is_asked(batch: int) -> None:
    """A sale in another shop than the row may be that row."""
    result = compiled(view("till", sale(shop_name="Barn")), there({}), batch=batch)
    assert same_as(result) == {0: (uid(101), {"/shop": {"slug": "barn"}})}
    assert result.question.field == "shop"


@BATCHES
def test_a_name_in_other_letters_is_no_edit(batch: int) -> None:
    """What names the same row in other words is not written beside the corrected price."""
    result = compiled(view("till", sale(price=5, shop_name="the mill")), there({}), batch=batch)
    assert same_as(result) == {0: (uid(101), {"/price": Decimal(5)})}


@BATCHES
def test_equal_lines_are_paired_with_equal_rows(batch: int) -> None:
    """Two lines with one new price are the two rows with one old price; a third is new."""
    result = compiled(view("till", *[sale(price=5)] * 3), there({}, {}), batch=batch)
    edit = {"/price": Decimal(5)}
    assert same_as(result) == {0: (uid(101), edit), 1: (uid(102), edit), 2: None}


@BATCHES
@pytest.mark.parametrize(
    ("sales", "lines"),
    [
        (({}, {"price": Decimal(4)}), (sale(price=5),)),
        (({},), (sale(price=5), sale(price=6))),
        (({"price": Decimal(5)}, {"day": "2025-12-24"}), (sale(),)),
    ],
)
def test_which_row_is_not_guessed(sales: Any, lines: Any, batch: int) -> None:
    """Where a line is near several rows, or a row near several lines, the only ready answer is that it is new."""
    result = compiled(view("till", *lines), there(*sales), batch=batch)
    assert set(same_as(result).values()) == {None}
    assert [option.name for option in result.question.options] == ["new"]
    assert len(result.creates) == len(lines)


@BATCHES
def test_rows_of_other_lines_are_not_near(batch: int) -> None:
    """A row that a later line equals, or names, is not what an earlier one corrects: that one is new, unasked."""
    for later in (sale(), sale(uuid=uid(101))):
        result = compiled(view("till", sale(price=5), later), there({}), batch=batch)
        assert not result.questions
        assert [create.from_ for create in result.creates] == [(0,)]


@BATCHES
@pytest.mark.parametrize(
    "unclear", [{"shop_name": "Nowhere"}, {"price": "much"}, {"shop_name": None}, {"price": None}, {"day": None}]
)
def test_what_is_unclear_in_one_field_may_be_here(unclear: dict[str, Any], batch: int) -> None:
    """A line may be the row of the same rest if nobody knows its shop, or if its price cannot be read or is lacking."""
    result = compiled(view("till", sale(**unclear)), there({}), batch=batch)
    [decision] = [question for question in result.questions if question.kind == "decision"]
    assert str(decision.problem).endswith("which is unclear")
    [create] = result.creates
    outcome = create.outcomes[decision.id]["same"]
    assert outcome.same_as is not None
    assert outcome.same_as.key == {"uuid": uid(101)}
    assert outcome.same_as.patch == ()


def test_skip_existing_never_corrects() -> None:
    """Where only new rows are wanted, a row that is the same is left as it is."""
    [create] = compiled(view("till", sale(price=5)), there({}), mode="skip-existing").creates
    assert chosen(create, "same") == Outcome(skip=ALREADY_HERE)


def test_a_mirror_keeps_rows_that_are_asked_about() -> None:
    """A row that may be corrected is not deleted before that is decided."""
    result = compiled(view("till", sale(price=5)), there({}), mode="mirror")
    assert [type(operation).__name__ for operation in result.operations] == ["Create"]


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_batches_do_not_show(batch: int) -> None:
    """Equal, near and new lines come to the same however many are read together."""
    rows = there({}, {}, {"price": Decimal(4)}, {"day": "2025-12-21"}, {"day": "2025-12-22", "shop": 2})
    lines = (sale(day="2025-12-22"), sale(), sale(price=7), sale(day="2025-12-21", price=1), sale(), sale(price=4))
    document = view("till", *lines)
    assert described(compiled(document, rows, batch=batch)) == described(compiled(document, rows))


@BATCHES
def test_which_of_several_rows_a_line_is_can_be_said(batch: int) -> None:
    """The rows that a line is near to are options of its operation alone, with what would be corrected there."""
    result = compiled(view("till", sale(price=5)), there({}, {"price": Decimal(4)}), batch=batch)
    [create] = result.creates
    found = {name: one.same_as for name, one in create.outcomes["q1"].items() if one.same_as is not None}
    assert {name: row.key for name, row in found.items()} == {uid(n): {"uuid": uid(n)} for n in (101, 102)}
    assert [step.value for step in found[uid(102)].patch] == [4, 5]
    decisions = decide(1, result.questions, [choose(uid(102), 1)], lambda: result.operations)
    assert not decisions.open
    assert decisions.effective(create) == Update(
        n=1, entity="sales", key={"uuid": uid(102)}, label=create.label, patch=found[uid(102)].patch, from_=(0,)
    )


def test_two_lines_are_not_one_row() -> None:
    """Where two lines are said to be the same row, neither answer counts, and the question stays open for both."""
    result = compiled(view("till", sale(price=5), sale(price=6)), there({}))
    both = [choose(uid(101), 1), choose(uid(101), 2)]
    decisions = decide(2, result.questions, both, lambda: result.operations)
    assert [decisions.effective(operation) for operation in result.operations] == result.operations
    assert list(decisions.undecided(result.question)) == [1, 2]
    other = decide(2, result.questions, [both[0], choose("new", 2)], lambda: result.operations)
    assert [type(other.effective(operation)) for operation in result.operations] == [Update, Create]


def choose(option: str, operation: int) -> Answered:
    """An option for one operation."""
    return Answered(by="ada", at="t", prev="p", question="q1", choice="choose", option=option, operation=operation)

"""Amendments of operations: the patch between two of them, and what it must leave alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from bake.changeset.amendment import Unfit, amended, document, steps
from bake.changeset.codec import decode, encode
from bake.changeset.decisions import Decisions
from bake.changeset.events import Amended, Answered, Asked, Event
from bake.changeset.fold import decide
from bake.changeset.model import (
    Add,
    Amendment,
    Create,
    Delete,
    Json,
    Operation,
    Question,
    Remove,
    Replace,
    Skip,
    Test,
    Update,
    Warn,
)

WHO: dict[str, Any] = {"by": "ada", "at": "2025-12-24T10:00:00Z", "prev": ""}
SALE = Create(
    n=1,
    entity="sales",
    key={"uuid": "a"},
    values={"uuid": "a", "a/b": 1, "price": Decimal("3.99")},
    from_=(0,),
    needs={"/shop": "q1", "/a~1b": "q2"},
)
EDIT = Update(
    n=2,
    entity="bags",
    key={"slug": "rye"},
    patch=(Test(path="/weight", value=5), Replace(path="/weight", value=2)),
    from_=("1-2",),
    warnings=(Warn(field="weight", message="small"),),
)
DROP = Delete(n=3, entity="bags", key={"slug": "rye"}, before={"slug": "rye", "weight": None})
TAIL = (Test(path="/note", value=None), Replace(path="/note", value="x"))

PAIRS: list[tuple[Operation, Operation]] = [
    (SALE, msgspec.structs.replace(SALE, values={"uuid": "a", "price": True}, needs={})),
    (SALE, msgspec.structs.replace(SALE, values={**SALE.values, "shop": {"slug": "x"}}, needs={"/a~1b": 7})),
    (SALE, Skip(n=1, entity="sales", reason="dropped", from_=(0,))),
    (EDIT, msgspec.structs.replace(EDIT, patch=(EDIT.patch[0], Replace(path="/weight", value=3)), warnings=())),
    (EDIT, msgspec.structs.replace(EDIT, patch=(*EDIT.patch, *TAIL))),
    (msgspec.structs.replace(EDIT, patch=(*EDIT.patch, *TAIL)), EDIT),
    (EDIT, msgspec.structs.replace(EDIT, patch=TAIL)),
    (EDIT, msgspec.structs.replace(EDIT, patch=())),
    (EDIT, Skip(n=2, entity="bags", reason="dropped", from_=("1-2",))),
    (DROP, Skip(n=3, entity="bags", reason="dropped")),
    (Skip(n=3, entity="bags", reason="dropped"), DROP),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_patch_between_two_operations_leads_from_one_to_the_other(before: Operation, after: Operation) -> None:
    """Also after it was written to a file and read again; and what it takes away it tests for first."""
    event = Amended(operation=before.n, patch=steps(before, after), **WHO)
    again = decode(encode(event))
    assert isinstance(again, Amended)
    assert amended(before, again.patch) == after
    for step, tested in zip(again.patch[1:], again.patch[:-1], strict=True):
        if isinstance(step, Replace | Remove):
            assert isinstance(tested, Test)
            assert tested.path == step.path


def test_equal_operations_have_no_patch_between_them() -> None:
    """Nothing changes, nothing is written."""
    assert all(steps(operation, operation) == () for pair in PAIRS for operation in pair)


def test_an_amendment_leaves_its_operation_alone() -> None:
    """The operation as built can be folded again: nothing in it was changed in place."""
    before = document(SALE)
    amended(SALE, (Add(path="/values/x", value={"y": [1]}), Remove(path="/values/price")))
    assert document(SALE) == before


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        ((Test(path="/values/price", value=4),), "is not what it was"),
        ((Test(path="/values/a~1b", value=True),), "is not what it was"),
        ((Replace(path="/values/colour", value=4),), "there is no /values/colour"),
        ((Remove(path="/nowhere/colour"),), "there is no /nowhere/colour"),
        ((Remove(path="/values/price/x"),), "there is no /values/price/x"),
        ((Replace(path="/n", value=9),), "it changes one of n, entity, from"),
        ((Replace(path="/from", value=[1]),), "it changes one of n, entity, from"),
        ((Remove(path="/from"),), "it changes one of n, entity, from"),
        ((Replace(path="/action", value="skip"),), "it leaves no operation"),
        ((Replace(path="/action", value="explode"),), "it leaves no operation"),
        ((Add(path="/colour", value=1),), "not part of an operation"),
        ((Remove(path="/values"),), "it leaves no operation"),
        ((Add(path="", value={}),), "it changes one of n, entity, from"),
        ((Add(path="", value=[]),), "it leaves no operation"),
        ((Remove(path=""),), "it leaves no operation"),
        ((Remove(path="values/price"),), "there is no values/price"),
        ((Add(path="/values/~2", value=1),), "there is no place for /values/~2"),
        ((Add(path="/values/price/x", value=1),), "there is no place for /values/price/x"),
        ((Test(path="/from/-", value=0),), "there is no /from/-"),
        ((Test(path="/from/-/x", value=0),), "there is no /from/-/x"),
    ],
)
def test_an_amendment_that_does_not_fit_is_refused(patch: Amendment, why: str) -> None:
    """It tests for something else, leads nowhere, or makes something of the operation that is none."""
    with pytest.raises(Unfit, match=why):
        amended(SALE, patch)


@pytest.mark.parametrize("value", [1, 1.0, True, "1", Decimal("1.0"), Decimal("1.00"), [1], None])
def test_a_value_is_what_it_was_only_as_the_file_writes_it(value: Json) -> None:
    """`1`, `1.0` and `true` are three values, although Python and jsonpatch take some of them for one."""
    step = Test(path="/values/a~1b", value=value)
    if type(value) is int:
        assert amended(SALE, (step,)) == SALE
    else:
        with pytest.raises(Unfit, match="/values/a~1b is not what it was"):
            amended(SALE, (step,))


def test_numbers_stay_exact() -> None:
    """Digits that no float holds, within other values too."""
    value = {"x": [Decimal("0.10000000000000000001"), 12345678901234567890123]}
    after = amended(SALE, (Add(path="/values/note", value=value), Test(path="/values/note", value=value)))
    assert isinstance(after, Create)
    assert (after.values["note"], after.values["price"]) == (value, Decimal("3.99"))


def test_an_empty_pointer_is_the_whole_operation() -> None:
    """As RFC 6901 says; it may be tested for, and replaced by another of the same number, entity and records."""
    skip = Skip(n=1, entity="sales", reason="dropped", from_=(0,))
    steps_ = (Test(path="", value=document(SALE)), Replace(path="", value=document(skip)))
    assert amended(SALE, steps_) == skip


def test_what_is_nested_too_deeply_is_refused() -> None:
    """It can be read from a file, but not be copied."""
    value: Json = None
    for _ in range(900):
        value = [value]
    for step in (Add(path="/values/x", value=value), Test(path="/values/a~1b", value=value)):
        with pytest.raises(Unfit, match="/values/"):
            amended(SALE, (step,))


@pytest.mark.parametrize("place", ["/patch/9", "/patch/x", "/patch/-1", "/patch/00", "/patch/+0", "/patch/\u0660"])
def test_a_place_that_a_list_does_not_have_is_refused(place: str) -> None:
    """Neither past its end, nor one that is no number as RFC 6901 writes it."""
    for step in (Add(path=place, value=1), Remove(path=place), Replace(path=place, value=1), Test(path=place, value=1)):
        with pytest.raises(Unfit):
            amended(EDIT, (step,))


SHOP = Create(n=2, entity="shops", key={"slug": "x"}, values={"slug": "x"})
SELLS = Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, needs={"/bag": "q1", "/shop": 2})
QUESTIONS = [Question(id="q1", kind="missing", entity="bags", lookup={"slug": "b"}, asked_by=(1,))]
CREATED = Answered(question="q1", choice="create", key={"slug": "b"}, values={"slug": "b", "weight": 1}, **WHO)


def folded(*events: Event) -> Decisions:
    """A sale of a bag that is asked about, in a shop that is created."""
    return decide(2, QUESTIONS, events, lambda: [SELLS, SHOP])


def amend(before: Operation, after: Operation) -> Amended:
    """The event that leads from one to the other."""
    return Amended(operation=before.n, patch=steps(before, after), **WHO)


def dropping(operation: Create) -> Amended:
    """The event that drops an operation."""
    return amend(operation, Skip(n=operation.n, entity=operation.entity, reason="no", from_=operation.from_))


def test_a_decided_place_no_longer_asks() -> None:
    """The question is moot, and an answer to it, or a skip, does not touch the operation."""
    decided = msgspec.structs.replace(SELLS, values={"uuid": "a", "bag": {"slug": "rye"}}, needs={"/shop": 2})
    event = amend(SELLS, decided)
    assert folded(event).open == []
    for answer in (CREATED, Answered(question="q1", choice="skip", **WHO)):
        for events in ((event, answer), (answer, event)):
            assert folded(*events).effective(SELLS) == decided
    assert list(folded(event, CREATED).created()) == []


def test_what_is_dropped_takes_with_it_what_needs_it() -> None:
    """The sale cannot be without its shop, and says why; its question is moot."""
    decisions = folded(dropping(SHOP))
    assert decisions.effective(SHOP) == Skip(n=2, entity="shops", reason="no")
    assert decisions.effective(SELLS) == Skip(n=1, entity="sales", reason="operation 2 was dropped")
    assert decisions.open == []


def test_a_drop_can_be_amended_away() -> None:
    """A later amendment makes an operation of the skip again."""
    skip = Skip(n=2, entity="shops", reason="no")
    decisions = folded(dropping(SHOP), amend(skip, SHOP))
    assert decisions.effective(SHOP) == SHOP
    assert decisions.skipped == {}


def test_amendments_follow_one_another() -> None:
    """Each is one on what the earlier ones left."""
    first = msgspec.structs.replace(SHOP, values={"slug": "x", "city": "Bostn"})
    second = msgspec.structs.replace(SHOP, values={"slug": "x", "city": "Boston"})
    assert folded(amend(SHOP, first), amend(first, second)).effective(SHOP) == second


def test_a_row_that_an_answer_creates_can_be_amended() -> None:
    """Under its number, as long as the answer stands."""
    made = Create(n=3, entity="bags", key={"slug": "b"}, values={"slug": "b", "weight": 1})
    heavy = msgspec.structs.replace(made, values={"slug": "b", "weight": 9})
    event = amend(made, heavy)
    assert list(folded(CREATED, event).created()) == [heavy]
    assert list(folded(CREATED, event, CREATED).created()) == [heavy]
    first = msgspec.structs.replace(CREATED, digest="d1")
    light = msgspec.structs.replace(CREATED, values={"slug": "b", "weight": 2}, revises=("d1",))
    other = msgspec.structs.replace(made, values={"slug": "b", "weight": 2})
    assert list(folded(first, event, light).created()) == [other]
    assert folded(CREATED, event, CREATED).unfit == ()
    assert folded(CREATED, dropping(made)).effective(SELLS) == Skip(
        n=1, entity="sales", reason="operation 3 was dropped"
    )


@pytest.mark.parametrize(
    "event",
    [
        Amended(operation=9, patch=(Remove(path="/label"),), **WHO),
        Amended(operation=3, patch=(Remove(path="/label"),), **WHO),
        Amended(operation=1, patch=(Test(path="/label", value="x"),), **WHO),
    ],
)
def test_what_does_not_fit_changes_nothing_and_is_kept(event: Amended) -> None:
    """There is no such operation, or it is another: it stays as it was, and the fold says what did not fit."""
    decisions = folded(event)
    assert [unfit for unfit, _ in decisions.unfit] == [event]
    assert decisions.effective(SELLS) == SELLS


def test_a_note_changes_nothing() -> None:
    """It stands among the amendments, without an operation."""
    note = Amended(reason="checked with the shop", **WHO)
    assert folded(note).amended == (note,)
    assert folded(note).effective(SELLS) == SELLS


def test_a_question_of_a_created_row_that_was_amended_is_moot() -> None:
    """The row no longer waits for it."""
    asked = Asked(
        question=Question(id="q2", kind="missing", entity="grains", lookup={"slug": "g"}, asked_by=(3,)), **WHO
    )
    answer = msgspec.structs.replace(CREATED, needs={"/grain": "q2"})
    made = Create(n=3, entity="bags", key={"slug": "b"}, values={"slug": "b", "weight": 1}, needs={"/grain": "q2"})
    assert [q.id for q in folded(asked, answer).open] == ["q2"]
    done = msgspec.structs.replace(made, values={**made.values, "grain": {"slug": "rye"}}, needs={})
    assert folded(asked, answer, amend(made, done)).open == []

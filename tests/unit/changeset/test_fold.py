"""What a changeset is now: each answer's effect, cascades, and what is still open. The laws are in tests/laws."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from msgspec import structs

from bake.changeset.decisions import Decisions
from bake.changeset.effects import CHOICES
from bake.changeset.events import Answered, Applied, Asked, Derived, Entailed, Event, Failed, Rebased, Withdrawn
from bake.changeset.fold import decide
from bake.changeset.model import (
    Candidate,
    Create,
    Delete,
    Operation,
    Outcome,
    Question,
    QuestionKind,
    Replace,
    Skip,
    Test,
    Update,
    Warn,
)

PATCH = (Test(path="/price", value=3), Replace(path="/price", value=30))
OTHER = (Test(path="/note", value=None), Replace(path="/note", value="x"))


KEY = {"uuid": "00000000-0000-4000-8000-000000000001"}
AT = "2025-12-20T10:00:00Z"


def answer(question: str, choice: Any, **more: Any) -> Answered:
    """An answer by somebody."""
    return Answered(**{"by": "ada", "at": "t", "prev": "p", "question": question, "choice": choice, **more})


def sale(n: int, **needs: str | int) -> Create:
    """A create whose fields wait."""
    values = {"uuid": f"u{n}", "price": 3, "shop": {"name": "?"}}
    return Create(n=n, entity="sales", key={"uuid": f"u{n}"}, values=values, from_=(n,), needs=places(needs))


def places(needs: dict[str, Any]) -> dict[str, Any]:
    """Field names as pointers; `whole` is the operation itself."""
    return {"" if name == "whole" else f"/{name}": need for name, need in needs.items()}


def ask(kind: QuestionKind, *by: int, n: int = 1, **more: Any) -> Question:
    """A question of operations."""
    return Question(id=f"q{n}", kind=kind, entity="shops", asked_by=by, **more)


def one(operation: Operation, question: Question, *events: Event) -> Operation:
    """What an operation becomes."""
    return decide(operation.n, [question], events, lambda: [operation]).effective(operation)


def test_every_kind_has_its_choices() -> None:
    """The closed list of kinds and the table of choices are one."""
    assert set(CHOICES) == set(get_args(QuestionKind))


@pytest.mark.parametrize("kind", ["missing", "ambiguous"])
def test_map_writes_the_key_of_the_row_that_was_chosen(kind: QuestionKind) -> None:
    """The reference becomes that key and waits no more."""
    result = one(sale(1, shop="q1"), ask(kind, 1), answer("q1", "map", key={"slug": "mill"}))
    assert result == sale(1).__class__(**{**fields(sale(1)), "values": {**sale(1).values, "shop": {"slug": "mill"}}})


def test_map_to_a_row_that_another_operation_creates_waits_for_it() -> None:
    """The need of the answer becomes the operation's need."""
    result = one(sale(2, shop="q1"), ask("missing", 2), answer("q1", "map", key={"slug": "new"}, needs={"": 1}))
    assert isinstance(result, Create)
    assert result.needs == {"/shop": 1}


def test_create_makes_a_row_and_refers_to_it() -> None:
    """The row's number is the operations' total plus the question's, and the reference waits for it."""
    operations = [sale(1, shop="q1"), sale(2, shop="q1")]
    made = answer("q1", "create", key={"slug": "new"}, values={"slug": "new"})
    decisions = decide(2, [ask("missing", 1, 2)], [made], lambda: operations)
    assert list(decisions.created()) == [Create(n=3, entity="shops", key={"slug": "new"}, values={"slug": "new"})]
    for operation in map(decisions.effective, operations):
        assert isinstance(operation, Create)
        assert operation.values["shop"] == {"slug": "new"}
        assert operation.needs == {"/shop": 3}


def test_identity_map_makes_the_candidates_update() -> None:
    """The create becomes the update of that row, with that row's patch, and keeps only needs of what is patched."""
    candidates = (
        Candidate(key={"slug": "a"}, label="A", patch=PATCH),
        Candidate(key={"slug": "b"}, label="B", patch=OTHER),
    )
    question = ask("identity", 1, candidates=candidates)
    result = one(sale(1, whole="q1", price="q2", shop="q3"), question, answer("q1", "map", key={"slug": "a"}))
    assert result == Update(n=1, entity="sales", key={"slug": "a"}, patch=PATCH, from_=(1,), needs={"/price": "q2"})


def test_identity_create_leaves_the_create() -> None:
    """It is new, and waits no more."""
    assert one(sale(1, whole="q1"), ask("identity", 1), answer("q1", "create")) == sale(1)


UPDATE = Update(n=1, entity="sales", key={"slug": "a"}, patch=PATCH + OTHER, from_=(0,), needs={"/price": "q1"})


@pytest.mark.parametrize(
    ("choice", "more", "patch"),
    [
        ("file", {}, PATCH + OTHER),
        ("database", {}, OTHER),
        ("value", {"value": 7}, (PATCH[0], Replace(path="/price", value=7), *OTHER)),
    ],
)
def test_conflict(choice: str, more: dict[str, Any], patch: Any) -> None:
    """The value of the file stays, the field is left alone, or it gets another value; the other fields stay."""
    assert one(UPDATE, ask("conflict", 1), answer("q1", choice, **more)) == Update(
        n=1, entity="sales", key={"slug": "a"}, patch=patch, from_=(0,)
    )


@pytest.mark.parametrize(
    ("choice", "more", "values"),
    [
        ("value", {"value": 0}, {"uuid": "u1", "price": 0, "shop": {"name": "?"}}),
        ("value", {"value": None}, {"uuid": "u1", "price": None, "shop": {"name": "?"}}),
        ("omit", {}, {"uuid": "u1", "shop": {"name": "?"}}),
    ],
)
def test_invalid(choice: str, more: dict[str, Any], values: dict[str, Any]) -> None:
    """The field gets the value, null and zero being two, or is left out."""
    result = one(sale(1, price="q1"), ask("invalid", 1, field="price"), answer("q1", choice, **more))
    assert isinstance(result, Create)
    assert (result.values, result.needs) == (values, {})


def test_a_value_in_the_key_changes_the_key() -> None:
    """An answer about a field of the key names the row by the answer."""
    row = Create(n=1, entity="shops", key={"slug": None}, values={"slug": None}, needs={"/slug": "q1"})
    result = one(row, ask("invalid", 1, field="slug"), answer("q1", "value", value="mill"))
    assert result == Create(n=1, entity="shops", key={"slug": "mill"}, values={"slug": "mill"})


def test_duplicate_take_keeps_one() -> None:
    """The operation that counts stays and waits no more; the others that asked are skipped, with their records."""
    operations = [sale(1), sale(2, whole="q1"), sale(3, whole="q1")]
    decisions = decide(3, [ask("duplicate", 1, 2, 3)], [answer("q1", "take", operation=2)], lambda: operations)
    first, second, third = map(decisions.effective, operations)
    assert second == sale(2)
    assert first == Skip(n=1, entity="sales", reason="answer to q1", from_=(1,))
    assert third == Skip(n=3, entity="sales", reason="answer to q1", from_=(3,))


@pytest.mark.parametrize("taken", [1, 2, 3])
def test_what_refers_to_a_duplicate_refers_to_the_one_that_counts(taken: int) -> None:
    """All of them are about one row: a reference to it neither falls with those left out, nor keeps their key."""
    operations = [
        *(Create(n=n, entity="shops", key={"slug": f"s{n}"}, values={"slug": f"s{n}"}) for n in (1, 2, 3)),
        structs.replace(sale(4, shop=1), values={"uuid": "u4", "shop": {"slug": "s1"}}),
        sale(5, bag=4),
    ]
    decide_ = answer("q1", "take", operation=taken)
    decisions = decide(5, [ask("duplicate", 1, 2, 3)], [decide_], lambda: operations)
    referring, further = map(decisions.effective, operations[3:])
    assert isinstance(referring, Create)
    assert (referring.values["shop"], referring.needs) == ({"slug": f"s{taken}"}, {"/shop": taken})
    assert further == sale(5, bag=4)
    neither = decide(5, [ask("duplicate", 1, 2, 3)], [answer("q1", "skip")], lambda: operations)
    assert [type(one) for one in map(neither.effective, operations)] == [Skip] * 5


@pytest.mark.parametrize(("option", "alone", "expected"), [("same", None, 1), ("new", None, 2), ("new", "same", 1)])
def test_what_refers_to_a_row_that_is_another_refers_to_that(option: str, alone: str | None, expected: int) -> None:
    """What a decision leaves out for another operation about the same row is referred to as that one's row.

    So in a chain of them, too, and whether the answer is for all or for one operation.
    """
    outcomes = {n: {"q1": {"same": Outcome(skip="said twice", taken=n - 1), "new": Outcome()}} for n in (2, 3)}
    shops = [Create(n=n, entity="shops", key={"slug": f"s{n}"}, values={"slug": f"s{n}"}) for n in (1, 2, 3)]
    asking = [structs.replace(one, needs={"": "q1"}, outcomes=outcomes[one.n]) for one in shops[1:]]
    operations = [shops[0], *asking, *(sale(n + 2, shop=n) for n in (2, 3))]
    answers = [answer("q1", "choose", option=option), answer("q1", "choose", option="same", operation=3)]
    answers += [answer("q1", "choose", option=alone, operation=2)] if alone else []
    decisions = decide(5, [ask("decision", 2, 3)], answers, lambda: operations)
    for referring in map(decisions.effective, operations[3:]):
        assert isinstance(referring, Create)
        assert referring.needs == {"/shop": expected}
        assert referring.values["shop"] in ({"name": "?"}, {"slug": f"s{expected}"})


@pytest.mark.parametrize("kind", list(CHOICES))
def test_skip_skips_whoever_asked(kind: QuestionKind) -> None:
    """Every kind of question takes `skip`; the records stay accounted for."""
    result = one(sale(1, shop="q1"), ask(kind, 1), answer("q1", "skip"))
    assert result == Skip(n=1, entity="sales", reason="answer to q1", from_=(1,))


def test_a_skip_cascades() -> None:
    """What needs a skipped row is skipped, and what needs that; through rows that answers create, too; nothing else."""
    operations = [sale(1, shop="q1"), sale(2, bag=1), sale(3, bag=2), sale(4, shop="q2"), sale(5)]
    questions = [ask("invalid", 1, n=1), ask("missing", 4, n=2)]
    made = answer("q2", "create", key={"slug": "new"}, values={"slug": "new"}, needs={"/owner": 3})
    decisions = decide(5, questions, [made, answer("q1", "skip")], lambda: operations)
    assert [type(operation) for operation in map(decisions.effective, operations)] == [Skip, Skip, Skip, Skip, Create]
    assert list(decisions.created()) == []


def test_an_answer_may_be_taken_back() -> None:
    """The last answer counts, a skip and its cascade included."""
    operations = [sale(1, shop="q1"), sale(2, bag=1)]
    again = answer("q1", "map", key={"slug": "mill"})
    decisions = decide(2, [ask("missing", 1)], [answer("q1", "skip"), again], lambda: operations)
    assert [type(decisions.effective(operation)) for operation in operations] == [Create, Create]


def test_what_is_open() -> None:
    """Questions without an answer, those asked later included; not those whose operations are all skipped or unmade."""
    operations = [sale(1, shop="q1", price="q2"), sale(2, price="q3")]
    questions = [ask("missing", 1, n=1), ask("invalid", 1, n=2), ask("invalid", 2, n=3)]
    later = Asked(by="ada", at="t", prev="p", question=ask("missing", 3, n=4))
    made = answer("q1", "create", key={"slug": "new"}, values={"slug": "new"}, needs={"/owner": "q4"}, digest="d1")

    def still(*events: Event) -> list[str]:
        return [question.id for question in decide(2, questions, events, lambda: operations).open]

    assert still() == ["q1", "q2", "q3"]
    assert still(later, made) == ["q2", "q3", "q4"]
    assert still(later, made, answer("q1", "map", key={"slug": "mill"}, revises=("d1",))) == ["q2", "q3"]
    assert still(later, made, answer("q2", "skip")) == ["q3"]


def test_applications_and_failures_are_kept_in_order() -> None:
    """Nothing that happened is forgotten."""
    failed = Failed(by="ada", at="1", prev="p", database="d", code="conflicts", message="no")
    applied = Applied(by="ada", at="2", prev="p", database="d", counts={}, receipt="r")
    decisions = decide(0, [], [failed, applied, failed])
    assert (decisions.failed, decisions.applied) == ((failed, failed), (applied,))


def test_operations_are_not_read_unless_something_is_skipped() -> None:
    """Folding a large changeset costs what its questions cost."""

    def never() -> list[Operation]:
        pytest.fail("the operations were read")

    decisions = decide(9, [ask("missing", 1)], [answer("q1", "map", key={"slug": "a"})], never)
    assert isinstance(decisions, Decisions)


def test_a_delete_waits_no_more_once_it_is_answered() -> None:
    """An answer takes its need from a delete as from any other operation."""
    delete = Delete(n=1, entity="sales", key={"uuid": "u"}, before={}, needs={"": "q1"})
    result = one(delete, ask("conflict", 1), answer("q1", "file"))
    assert result == Delete(n=1, entity="sales", key={"uuid": "u"}, before={})


def fields(operation: Create) -> dict[str, Any]:
    """The fields of a create."""
    return {name: getattr(operation, name) for name in operation.__struct_fields__}


def test_an_answer_after_a_rebase_counts() -> None:
    """A rebased operation keeps waiting for its question, so that answering again changes it."""
    question, operation = ask("missing", 1), sale(1, shop="q1")
    rebased = Rebased(by="a", at="t", prev="", database="d", operations=(structs.replace(operation, label="x"),))
    events: list[Event] = [
        answer("q1", "map", key={"slug": "mill"}, digest="d1"),
        rebased,
        answer("q1", "map", key={"slug": "barn"}, revises=("d1",)),
    ]
    now = one(operation, question, *events)
    assert isinstance(now, Create)
    assert (now.label, now.values["shop"]) == ("x", {"slug": "barn"})


def test_a_file_that_counts_may_name_a_new_row() -> None:
    """After a conflict about a reference, the operation waits again for the row that its value names."""
    patch = (Test(path="/shop", value={"slug": "mill"}), Replace(path="/shop", value={"slug": "new"}))
    update = Update(n=2, entity="sales", key={"uuid": "u"}, patch=patch, needs={"/shop": "q1"})
    now = one(update, ask("conflict", 2, field="shop"), answer("q1", "file", needs={"": 1}))
    assert now == structs.replace(update, needs={"/shop": 1})


def test_what_waits_for_a_skipped_row_after_a_conflict_is_skipped() -> None:
    """An answer `file` that names a row of another operation falls with that operation."""
    shop = Create(n=1, entity="shops", key={"slug": "new"}, values={"slug": "new"}, needs={"": "q2"})
    patch = (Test(path="/shop", value=None), Replace(path="/shop", value={"slug": "new"}))
    update = Update(n=2, entity="sales", key={"uuid": "u"}, patch=patch, needs={"/shop": "q1"})
    questions = [ask("conflict", 2, field="shop"), ask("identity", 1, n=2)]
    events = [answer("q1", "file", needs={"": 1}), answer("q2", "skip")]
    decisions = decide(2, questions, events, lambda: [shop, update])
    assert isinstance(decisions.effective(update), Skip)


def test_a_record_asks_what_a_new_row_needs_only_if_it_is_a_new_row() -> None:
    """What only a new row needs is asked once the record is said to be new; what the update touches, at once."""
    patch = (Test(path="/price", value=None), Replace(path="/price", value=None))
    identity = Question(
        id="q1",
        kind="identity",
        entity="sales",
        asked_by=(1,),
        candidates=(Candidate(key=KEY, label="it", patch=patch),),
    )
    needed = Question(id="q2", kind="invalid", entity="sales", field="day", asked_by=(1,))
    touched = Question(id="q3", kind="invalid", entity="sales", field="price", asked_by=(1,))
    questions = [identity, needed, touched]
    mapped = Answered(by="ada", at=AT, prev="", question="q1", choice="map", key=KEY)
    new = structs.replace(mapped, choice="create", key=None)

    def asked(*answers: Answered) -> tuple[list[str], dict[str, str]]:
        decisions = decide(1, questions, answers)
        return [question.id for question in decisions.open], decisions.later

    assert asked() == (["q1", "q3"], {"q2": "q1"})
    assert asked(mapped) == (["q3"], {})
    assert asked(new) == (["q2", "q3"], {})
    assert asked(new, mapped) == (["q1", "q3"], {"q2": "q1"}), "two answers that contradict each other"


def test_what_another_record_asks_too_is_asked_at_once() -> None:
    """A question waits only if none of the records that ask it has to be answered now."""
    near = (Candidate(key=KEY, label="it"),)
    identity = Question(id="q1", kind="identity", entity="sales", asked_by=(1,), candidates=near)
    shared = Question(id="q2", kind="missing", entity="goods", lookup={"name": "x"}, asked_by=(1, 2))
    alone = Question(id="q3", kind="missing", entity="goods", lookup={"name": "y"}, asked_by=(1,))
    none = Question(id="q4", kind="identity", entity="sales", asked_by=(3,))
    needed = Question(id="q5", kind="invalid", entity="sales", field="day", asked_by=(3,))
    decisions = decide(3, [identity, shared, alone, none, needed], [])
    assert [question.id for question in decisions.open] == ["q1", "q2", "q4", "q5"], "q4 offers no row, only a new one"
    assert decisions.later == {"q3": "q1"}


SAME = Outcome(same_as=Candidate(key={"slug": "a"}, label="A", patch=PATCH))
HERE = Outcome(same_as=Candidate(key={"slug": "a"}, label="A"))


def undecided(n: int, at: str = "", **options: Outcome) -> Create:
    """A create that waits for the decision q1, and what its options make of it."""
    values = {"uuid": f"u{n}", "price": 3, "day": None}
    return Create(
        n=n,
        entity="sales",
        key={"uuid": f"u{n}"},
        values=values,
        from_=(n,),
        needs={at: "q1"},
        outcomes={"q1": options},
    )


def plain(n: int, price: int = 3) -> Create:
    """The same, decided."""
    return structs.replace(undecided(n), values={"uuid": f"u{n}", "price": price, "day": None}, needs={}, outcomes={})


def choose(option: str, operation: int | None = None) -> Answered:
    """An option for all that ask, or for one of them."""
    return answer("q1", "choose", option=option, operation=operation)


def decided(operations: list[Operation], *events: Event) -> tuple[list[Operation], list[str]]:
    """What operations that all ask the decision q1 become, and the questions that are open."""
    question = ask("decision", *(operation.n for operation in operations))
    decisions = decide(len(operations), [question], events, lambda: operations)
    return list(map(decisions.effective, operations)), [question.id for question in decisions.open]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(), plain(1)),
        (Outcome(values={"price": 4}), plain(1, price=4)),
        (
            Outcome(omit=("day",)),
            Create(n=1, entity="sales", key={"uuid": "u1"}, values={"uuid": "u1", "price": 3}, from_=(1,)),
        ),
        (Outcome(skip="a total"), Skip(n=1, entity="sales", reason="a total", from_=(1,))),
        (SAME, Update(n=1, entity="sales", key={"slug": "a"}, patch=PATCH, from_=(1,))),
        (HERE, Skip(n=1, entity="sales", reason="already here", from_=(1,))),
    ],
    ids=["as it is", "values", "omit", "skip", "same row", "same row, nothing changed"],
)
def test_an_option_makes_of_an_operation_what_its_outcome_says(outcome: Outcome, expected: Operation) -> None:
    """Each part of an outcome does what the table says, and nothing is left to wait for."""
    assert decided([undecided(1, same=outcome)], choose("same")) == ([expected], [])


def test_a_value_is_chosen_for_a_field_of_an_update() -> None:
    """The after-value becomes that of the option; what is so already leaves the patch, and nothing left is a skip."""
    options = {"usual": Outcome(values={"price": 30}), "odd": Outcome(values={"price": 3})}
    patch = (PATCH[0], Replace(path="/price", value=None))
    waiting = Update(n=1, entity="sales", key=KEY, patch=patch, needs={"/price": "q1"}, outcomes={"q1": options})
    assert decided([waiting], choose("usual"))[0] == [Update(n=1, entity="sales", key=KEY, patch=PATCH)]
    assert decided([waiting], choose("odd"))[0] == [Skip(n=1, entity="sales", reason="unchanged")]
    both = structs.replace(waiting, patch=patch + OTHER)
    assert decided([both], choose("odd"))[0] == [Update(n=1, entity="sales", key=KEY, patch=OTHER)]


def test_the_answer_for_one_operation_outweighs_the_one_for_all() -> None:
    """Whichever of the two came first."""
    operations: list[Operation] = [undecided(n, same=HERE, new=Outcome()) for n in (1, 2)]
    for events in ([choose("same"), choose("new", 2)], [choose("new", 2), choose("same")]):
        now, open_ = decided(operations, *events)
        assert [type(operation) for operation in now] == [Skip, Create]
        assert open_ == []


def test_a_decision_is_open_until_all_that_ask_are_decided() -> None:
    """An option that is not there for one of them leaves that one waiting; so do answers for some of them alone."""
    operations: list[Operation] = [undecided(1, same=HERE, new=Outcome()), undecided(2, new=Outcome())]
    now, open_ = decided(operations, choose("same"))
    assert (now[1], open_) == (operations[1], ["q1"])
    assert decided(operations, choose("same", 1))[1] == ["q1"]
    assert decided(operations, choose("same"), choose("new", 2))[1] == []
    assert decided(operations, choose("same", 1), choose("new", 2))[1] == []
    assert decided(operations, choose("same"), answer("q1", "skip", operation=2))[1] == []
    assert decided(operations, answer("q1", "skip"))[1] == []


def test_one_operation_of_a_decision_gets_a_value() -> None:
    """A value outweighs what is chosen for all."""
    operations: list[Operation] = [undecided(n, at="/day", usual=Outcome(values={"day": "2025-02-01"})) for n in (1, 2)]
    now, open_ = decided(operations, choose("usual"), answer("q1", "value", value="2025-01-02", operation=2))
    assert [operation.values["day"] for operation in now if isinstance(operation, Create)] == [
        "2025-02-01",
        "2025-01-02",
    ]
    assert open_ == []


@pytest.mark.parametrize("order", [1, -1])
def test_operations_that_lack_a_value_get_one_for_all_or_each_its_own(order: int) -> None:
    """The answer for one operation outweighs the one for all, whichever came first; without that, the others wait."""
    operations = [structs.replace(plain(n), needs={"/price": "q1"}) for n in (1, 2, 3)]
    question = ask("invalid", 1, 2, 3, field="price")
    alone = [answer("q1", "value", value=7, operation=2), answer("q1", "skip", operation=3)]
    for_all = answer("q1", "value", value=5)

    def now(*events: Answered) -> tuple[list[Any], list[int]]:
        decisions = decide(3, [question], events, lambda: operations)
        values = [
            one.values["price"] if isinstance(one, Create) else "skipped"
            for one in map(decisions.effective, operations)
        ]
        return values, list(decisions.undecided(question))

    assert now(*[for_all, *alone][::order]) == ([5, 7, "skipped"], [])
    assert now(*alone[::order]) == ([3, 7, "skipped"], [1])
    assert now(for_all) == ([5, 5, 5], [])


def test_what_an_option_skips_takes_its_dependents() -> None:
    """As what is skipped by an answer does."""
    line = Create(n=2, entity="lines", key={"uuid": "l"}, values={"sale": {"uuid": "u1"}}, needs={"/sale": 1})
    operations: list[Operation] = [undecided(1, total=Outcome(skip="a total")), line]
    decisions = decide(2, [ask("decision", 1)], [choose("total")], lambda: operations)
    assert [type(decisions.effective(operation)) for operation in operations] == [Skip, Skip]


@pytest.mark.parametrize("outcome", [SAME, HERE])
def test_what_refers_to_a_row_that_is_the_same_refers_to_that(outcome: Outcome) -> None:
    """Its dependents name the row that is there, and wait for nothing."""
    line = Create(n=2, entity="lines", key={"uuid": "l"}, values={"sale": {"uuid": "u1"}}, needs={"/sale": 1})
    operations: list[Operation] = [undecided(1, same=outcome), line]
    decisions = decide(2, [ask("decision", 1)], [choose("same")], lambda: operations)
    assert decisions.effective(line) == structs.replace(line, values={"sale": {"slug": "a"}}, needs={})


def test_what_refers_to_a_record_that_is_a_row_refers_to_that() -> None:
    """Questions of identity lead their dependents, too."""
    line = Create(n=2, entity="lines", key={"uuid": "l"}, values={"sale": {"uuid": "u1"}}, needs={"/sale": 1})
    candidates = (Candidate(key={"slug": "a"}, label="A", patch=PATCH),)
    operations: list[Operation] = [sale(1, whole="q1"), line]
    mapped = answer("q1", "map", key={"slug": "a"})
    decisions = decide(2, [ask("identity", 1, candidates=candidates)], [mapped], lambda: operations)
    assert decisions.effective(line) == structs.replace(line, values={"sale": {"slug": "a"}}, needs={})


def test_a_question_about_a_record_that_is_the_same_row_is_moot() -> None:
    """A field that the row's patch does not touch is asked about no more."""
    waiting = undecided(1, same=HERE, new=Outcome())
    waiting = structs.replace(waiting, needs={"": "q1", "/day": "q2"})
    questions = [ask("decision", 1), ask("invalid", 1, n=2, field="day")]
    for option, left in (("same", []), ("new", ["q2"])):
        decisions = decide(1, questions, [choose(option)], lambda: [waiting])
        assert [question.id for question in decisions.open] == left


def told(*events: Event, question: Question | None = None) -> Decisions:
    """What stands of the answers to a question of one sale."""
    return decide(1, [question or ask("missing", 1)], events, lambda: [sale(1, shop="q1")])


CREATE = answer("q1", "create", key={"slug": "new"}, values={"slug": "new"}, digest="d1")
MAP = answer("q1", "map", key={"slug": "mill"}, by="bob", digest="d2")


def test_two_answers_that_contradict_each_other_reopen_the_question() -> None:
    """Whichever came first, and whoever gave them: neither counts, both are shown."""
    for first, second in ((CREATE, MAP), (MAP, CREATE), (CREATE, structs.replace(MAP, by="ada"))):
        decisions = told(first, second)
        assert [question.id for question in decisions.open] == ["q1"]
        assert decisions.contradicting("q1") == (first, second)
        assert decisions.answers == {}
        assert list(decisions.created()) == []
        assert decisions.effective(sale(1, shop="q1")) == sale(1, shop="q1")


def test_an_answer_that_revises_takes_the_place() -> None:
    """A change of mind is no contradiction, nor is an answer that settles one; an answer that revises one of two is."""
    changed = structs.replace(MAP, revises=("d1",))
    assert told(CREATE, changed).answers == {"q1": changed}
    settled = answer("q1", "skip", revises=("d1", "d2"), digest="d3")
    assert told(CREATE, MAP, settled).answers == {"q1": settled}
    half = structs.replace(settled, revises=("d1",))
    assert told(CREATE, MAP, half).contradicting("q1") == (MAP, half)
    mine, yours = (structs.replace(one, revises=("d0",)) for one in (CREATE, MAP))
    assert told(structs.replace(settled, digest="d0", revises=()), mine, yours).contradicting("q1") == (mine, yours)


def test_the_same_answer_twice_is_one() -> None:
    """Two people who agree do not contradict each other, wherever they said so."""
    again = structs.replace(CREATE, by="bob", at="later", origin="answers.json", digest="d9")
    decisions = told(CREATE, again)
    assert (decisions.answers, decisions.contradictions, decisions.open) == ({"q1": CREATE}, {}, [])


def test_an_answer_that_was_withdrawn_is_gone() -> None:
    """The question is open as if it had never been answered; the other of two answers stands."""
    back = Withdrawn(by="ada", at="t", prev="p", question="q1", answers=("d1",))
    assert told(CREATE, back).open == told().open
    assert told(CREATE, back).answers == {}
    assert told(CREATE, MAP, back).answers == {"q1": MAP}


def test_answers_for_one_operation_may_contradict_each_other() -> None:
    """Then that operation waits, whatever was chosen for all."""
    operations: list[Operation] = [undecided(n, same=HERE, new=Outcome()) for n in (1, 2)]
    now, open_ = decided(operations, choose("new"), choose("same", 2), choose("new", 2))
    assert now == [plain(1), operations[1]]
    assert open_ == ["q1"]


LATER = Update(
    n=1,
    entity="sales",
    key={"slug": "a"},
    patch=PATCH,
    from_=(1,),
    uuids={"": "00000000-0000-4000-8000-000000000001"},
)


@pytest.mark.parametrize("today", [structs.replace(LATER, label="A"), Skip(n=1, entity="sales", reason="already so")])
def test_what_depends_on_a_row_that_is_another_one_is_led_to_it_after_a_rebase_too(today: Operation) -> None:
    """A create that was decided to be a row stays that row for the others when it is derived again, or done already."""
    row = Candidate(key={"slug": "a"}, label="A", patch=PATCH, uuids=LATER.uuids)
    first = undecided(1, same=Outcome(same_as=row), new=Outcome())
    second = Create(n=2, entity="notes", key={"slug": "n"}, values={"sale": first.key}, needs={"/sale": 1})
    rebased = Rebased(by="ada", at=AT, prev="", database="d", operations=(today,))
    question, operations = ask("decision", 1), [first, second]
    decisions = decide(2, [question], [choose("same"), rebased], lambda: operations)
    led = structs.replace(second, values={"sale": row.key}, needs={}, uuids={"/sale": LATER.uuids[""]})
    assert [decisions.effective(operation) for operation in operations] == [today, led]
    assert decisions.open == []


@pytest.mark.parametrize("alone", [None, 1])
def test_another_answer_counts_after_a_rebase(alone: int | None) -> None:
    """What rebasing made of an operation with its answer is forgotten with the answer: the operation is new again."""
    first = structs.replace(choose("same", alone), digest="d1")
    again = structs.replace(choose("new", alone), revises=("d1",))
    rebased = Rebased(by="ada", at=AT, prev="", database="d", operations=(LATER,))
    assert decided([undecided(1, same=SAME, new=Outcome())], first, rebased, again) == ([plain(1)], [])


def test_a_further_answer_copies_nothing_but_the_answers() -> None:
    """The questions, which may be many, are shared by the decisions before and after; both stay as they are."""
    before = decide(2, [ask("missing", 1), ask("missing", 2, n=2)], [])
    after = before.after([answer("q1", "skip")])
    assert after.questions is before.questions
    assert after.exceptions is before.exceptions
    assert (set(before.answers), set(after.answers)) == (set(), {"q1"})
    asked = after.after([Asked(by="ada", at="t", prev="p", question=ask("missing", 3, n=3))])
    assert (set(after.questions), set(asked.questions)) == ({"q1", "q2"}, {"q1", "q2", "q3"})
    assert asked.answers is after.answers


_WARNED = Warn(field="price", message="30 is 10 times more than the last, 3", code="outlier", factor=10)


def _entailed(*events: Event) -> Decisions:
    """A sale of an unknown shop that was answered, by which its price looks wrong; then these events."""
    asked = Question(id="q7", kind="invalid", entity="sales", field="price", warning="outlier", asked_by=(1,))
    entails = Derived(by="ada", at="t", prev="p", operations={1: Entailed(warnings=(_WARNED,))}, questions=(asked,))
    first = answer("q1", "map", key={"slug": "mill"}, digest="d1")
    return decide(1, [ask("missing", 1)], (first, entails, *events), lambda: [sale(1, shop="q1")])


def test_what_answers_entail_is_part_of_the_operation() -> None:
    """Its warnings are the operation's, and it waits for the question that came with them, until that is answered."""
    now = _entailed().effective(sale(1, shop="q1"))
    assert isinstance(now, Create)
    assert (now.warnings, now.needs) == ((_WARNED,), {"/price": "q7"})
    assert [question.id for question in _entailed().open] == ["q7"]
    kept = _entailed(answer("q7", "keep"))
    assert isinstance(after := kept.effective(sale(1, shop="q1")), Create)
    assert (after.warnings, after.needs, kept.open) == ((_WARNED,), {}, [])


def test_what_answers_entailed_falls_with_them() -> None:
    """Another answer takes away the warnings, their question, and what was answered to that, a skip included."""
    other = answer("q1", "map", key={"slug": "corner"}, revises=("d1",))
    for given in ((), (answer("q7", "skip"),), (answer("q7", "value", value=4),)):
        decisions = _entailed(*given, other)
        now = decisions.effective(sale(1, shop="q1"))
        assert isinstance(now, Create)
        assert (now.values["price"], now.warnings, now.needs, decisions.open) == (3, (), {}, [])


def test_what_a_contested_answer_entails_does_not_count() -> None:
    """Where another version of the file has another answer, the order in which the two were merged does not matter."""
    other = answer("q1", "map", key={"slug": "corner"}, digest="d2")
    entails = Derived(by="bob", at="t", prev="p", operations={1: Entailed(warnings=(_WARNED,))})
    decisions = _entailed(other, entails)
    assert decisions.derived == {}
    assert [question.id for question in decisions.open] == ["q1"]


def test_references_follow_a_key_that_answers_entail() -> None:
    """What needs a new row names it by the key that it gets by the answer."""
    shop = Create(n=1, entity="shops", key={"slug": "mill"}, values={"slug": "mill"}, needs={"/city": "q1"})
    bought = structs.replace(sale(2), values={"shop": {"slug": "mill"}}, needs={"/shop": 1})
    key = {"slug": "mill_troy"}
    entails = Derived(by="ada", at="t", prev="p", operations={1: Entailed(values=key, key=key)})
    question = Question(id="q1", kind="invalid", entity="shops", field="city", asked_by=(1,))
    decisions = decide(2, [question], [answer("q1", "value", value="Troy"), entails], lambda: [shop, bought])
    now, after = (decisions.effective(one) for one in (shop, bought))
    assert isinstance(now, Create)
    assert isinstance(after, Create)
    assert (now.key, now.values) == (key, {**key, "city": "Troy"})
    assert (after.values, after.needs) == ({"shop": key}, {"/shop": 1})


def test_a_record_that_is_about_the_new_row_of_an_earlier_one_is_left_out_for_that() -> None:
    """What refers to its row refers to that one, which it then waits for."""
    shops = [Create(n=n, entity="shops", key={"slug": slug}, values={"slug": slug}) for n, slug in ((1, "a"), (2, "b"))]
    doubtful = structs.replace(shops[1], needs={"": "q1"})
    bought = structs.replace(sale(3), values={"shop": {"slug": "b"}}, needs={"/shop": 2})
    question = ask("identity", 2, candidates=(Candidate(key={"slug": "a"}, label="A", operation=1),))
    operations: list[Operation] = [shops[0], doubtful, bought]
    decisions = decide(3, [question], [answer("q1", "map", key={"slug": "a"})], lambda: operations)
    now = [decisions.effective(one) for one in operations]
    assert isinstance(now[1], Skip)
    assert isinstance(now[2], Create)
    assert (now[2].values, now[2].needs, decisions.open) == ({"shop": {"slug": "a"}}, {"/shop": 1}, [])

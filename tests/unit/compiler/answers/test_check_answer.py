"""Answers checked against their questions, the catalog, the rows of the database and those of the changeset."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs
from support.held import HeldOperations
from support.memory import MILL, MemorySnapshot

from bake.changeset.events import Answered, Asked, Event
from bake.changeset.fold import decide
from bake.changeset.further_id import further_id
from bake.changeset.model import Candidate, Create, Operation, Option, Outcome, Question, Replace, Test, Update
from bake.compiler.answers.answer_choices import choices_of
from bake.compiler.answers.check_answer import Accepted, check_answer
from bake.compiler.answers.resolution_state import ResolutionState, resolution_state
from bake.compiler.questions.question_prompts import prompt_of
from bake.errors import InvalidAnswers
from bake.resolution.answers import Answer

ROWS = {
    "shops": [
        {"id": 1, "uuid": "u1", "slug": "wilson_farm", "name": "Wilson Farm", "city": "Lexington", "open": True},
        {"id": 2, "uuid": "u2", "slug": "costco", "name": "Costco", "city": "Waltham", "open": True},
    ],
    "grains": [
        {"id": 1, "uuid": "g1", "slug": "rye", "name": "Rye"},
        {"id": 2, "uuid": "g2", "slug": "oats_a", "name": "Oats"},
        {"id": 3, "uuid": "g3", "slug": "oats_b", "name": "Oats"},
    ],
    "bags": [{"id": 1, "uuid": "b1", "slug": "old_rye", "grain": 1, "brand": "Old", "weight": Decimal(5)}],
}

SALE = Create(
    n=1,
    entity="sales",
    key={"uuid": "s1"},
    values={"uuid": "s1", "bag": {"slug": "oat_bag"}, "shop": {"name": "Wilsons"}, "price": None},
    needs={"/bag": "q2", "/shop": "q1", "/price": "q3"},
)
NEW_SHOP = Create(n=2, entity="shops", key={"slug": "aldi"}, values={"slug": "aldi", "name": "Aldi", "city": "Boston"})
EDIT = Update(
    n=3,
    entity="bags",
    key={"slug": "old_rye"},
    patch=(Test(path="/weight", value=Decimal(5)), Replace(path="/weight", value=None)),
    needs={"/weight": "q4"},
)
OPERATIONS: list[Operation] = [SALE, NEW_SHOP, EDIT]
QUESTIONS = [
    Question(id="q1", kind="missing", entity="shops", lookup={"name": "Wilsons"}, asked_by=(1,)),
    Question(id="q2", kind="missing", entity="bags", lookup={"slug": "oat_bag"}, where="a.json:7", asked_by=(1,)),
    Question(id="q3", kind="invalid", entity="sales", field="price", value="$6", asked_by=(1,)),
    Question(id="q4", kind="invalid", entity="bags", field="weight", value=-1, asked_by=(3,)),
    Question(
        id="q5",
        kind="identity",
        entity="shops",
        candidates=(Candidate(key={"slug": "costco"}, label="Costco"),),
        asked_by=(2,),
    ),
    Question(id="q6", kind="duplicate", entity="shops", asked_by=(2, 3)),
    Question(id="q7", kind="conflict", entity="shops", field="open", value=True, current=False, asked_by=(3,)),
    Question(id="q8", kind="invalid", entity="sales", field="shop", asked_by=(1,)),
]


def stand(events: Sequence[Event] = (), revising: Sequence[str] = ()) -> ResolutionState:
    """The changeset after some events."""
    decisions = decide(len(OPERATIONS), QUESTIONS, events, lambda: OPERATIONS)
    snapshot = MemorySnapshot(MILL, ROWS)
    return resolution_state(MILL, snapshot, "sha256:1", decisions, HeldOperations(OPERATIONS), revising=revising)


def check(answer: Answer, events: Sequence[Event] = (), revising: Sequence[str] = ()) -> Accepted:
    """What comes of an answer."""
    return check_answer(answer, stand(events, revising))


def answered(answer: Answer, events: Sequence[Event] = ()) -> Answered:
    """The event of an answer that fits and opens no question."""
    (event,) = check(answer, events).events
    assert isinstance(event, Answered)
    return event


def problems(answer: Answer, events: Sequence[Event] = (), revising: Sequence[str] = ()) -> str:
    """Why an answer does not fit."""
    with pytest.raises(InvalidAnswers) as caught:
        check(answer, events, revising)
    assert caught.value.problems
    return "\n".join(problem.message for problem in caught.value.problems)


def create(question: str, **values: Any) -> Answer:
    """An answer that creates a row."""
    return Answer(question, "create", values=values)


BAG = {"grain": {"slug": "spelt"}, "weight": 2, "brand": "Mill"}


def test_a_new_row_takes_what_the_source_says_of_it() -> None:
    """The lookup's name is the new row's; slug and uuid are derived, and the fields stand in the catalog's order."""
    event = answered(create("q1", city="Lexington"))
    assert event.key == {"slug": "wilsons_lexington"}
    assert event.values is not None
    assert list(event.values) == ["uuid", "slug", "name", "city"]
    assert event.values["name"] == "Wilsons"


def test_the_same_answer_makes_the_same_row() -> None:
    """The uuid comes from the changeset and the question, not from chance; another question's differs."""
    first, again = answered(create("q1")), answered(create("q1"))
    assert first == again
    other = check(create("q2", grain="rye", weight=2)).events[-1]
    assert isinstance(other, Answered)
    assert first.values is not None
    assert other.values is not None
    assert first.values["uuid"] != other.values["uuid"]


def test_all_that_is_wrong_with_a_new_row_is_said_at_once() -> None:
    """An unknown field with the nearest name, a value that does not fit, and what is lacking."""
    said = problems(create("q2", wieght=5, note=7))
    assert "did you mean weight?" in said
    assert "note: " in said
    assert "needs grain; expected one of the grains" in said
    assert "needs weight" in said


def test_a_new_row_must_not_be_there_already() -> None:
    """Neither in the database nor among the rows that the changeset creates."""
    assert "Wilson Farm (Lexington) is there already" in problems(create("q1", name="Wilson Farm", city="Lexington"))
    assert "Aldi (Boston) is created here" in problems(create("q1", slug="aldi"))


def test_a_derived_key_is_made_unique() -> None:
    """Another Costco gets a slug of its own."""
    assert answered(create("q1", name="Costco", city=None)).key == {"slug": "costco_2"}


def test_a_reference_to_a_row_of_the_database_becomes_its_key() -> None:
    """By key or by a name alone; a name that is only alike is said to have been taken for the row."""
    accepted = check(create("q2", grain="RYE", weight=2))
    event = accepted.events[0]
    assert isinstance(event, Answered)
    assert event.values is not None
    assert event.values["grain"] == {"slug": "rye"}
    assert event.needs == {}
    assert accepted.warnings == ('grain: "RYE" was taken for rye',)


#: The id of the question which grain spelt is.
SPELT = further_id("grains", {"slug": "spelt"}, ())


def test_an_unknown_reference_opens_a_further_question() -> None:
    """The new bag waits for it, and the question says who asks."""
    asked, event = check(create("q2", **BAG)).events
    assert isinstance(asked, Asked)
    assert isinstance(event, Answered)
    assert event.needs == {"/grain": SPELT}
    assert asked.question == Question(
        id=SPELT, kind="missing", entity="grains", lookup={"slug": "spelt"}, where="a.json:7", asked_by=(5,)
    )


def test_a_reference_that_several_rows_have_is_asked_about() -> None:
    """The first of several is never taken: the question is `ambiguous` and offers both."""
    asked, _ = check(create("q2", grain="Oats", weight=2)).events
    assert isinstance(asked, Asked)
    assert asked.question.kind == "ambiguous"
    assert [c.key["slug"] for c in asked.question.candidates] == ["oats_a", "oats_b"]


def test_a_question_that_is_asked_already_is_joined() -> None:
    """A further row that needs the same unknown row asks no second question."""
    first = check(create("q2", **BAG)).events
    question = first[0].question if isinstance(first[0], Asked) else None
    assert question is not None
    other = Question(id="q10", kind="missing", entity="bags", lookup={"slug": "b"}, asked_by=(1,))
    events: list[Event] = [*first, Asked(by="", at="", prev="", question=other)]
    joined, event = check(create("q10", grain={"slug": "spelt"}, weight=3), events).events
    assert isinstance(joined, Asked)
    assert isinstance(event, Answered)
    assert joined.question.id == SPELT
    assert joined.question.asked_by == (5, 13)
    assert event.needs == {"/grain": SPELT}


def test_a_chain_folds_to_complete_rows() -> None:
    """Bag, then the grain it needs: no question stays open, and the bag names the grain by the key that it got."""
    events: list[Event] = list(check(create("q2", **BAG)).events)
    events += check(create(SPELT, name="Spelt"), events).events
    decisions = stand(events).decisions
    assert SPELT not in [question.id for question in decisions.open]
    bag, grain = decisions.created()
    assert (bag.values["grain"], grain.key) == ({"slug": "spelt"}, {"slug": "spelt"})


def test_a_row_that_an_answer_creates_can_be_referred_to() -> None:
    """Its key is used, and what refers to it waits for its operation."""
    events = check(create("q1", city="Lexington")).events
    mapped = answered(Answer("q8", "value", value="wilsons_lexington"), events)
    assert (mapped.value, mapped.needs) == ({"slug": "wilsons_lexington"}, {"": 4})
    sale = stand([*events, mapped]).decisions.effective(
        Create(n=1, entity="sales", key={}, values={"shop": None}, needs={"/shop": "q8"})
    )
    assert isinstance(sale, Create)
    assert (sale.values["shop"], sale.needs) == ({"slug": "wilsons_lexington"}, {"/shop": 4})


def test_a_row_does_not_refer_to_itself() -> None:
    """A new grain whose family is the grain that is asked for would."""
    question = Question(id="q9", kind="missing", entity="grains", lookup={"slug": "spelt"}, asked_by=(1,))
    events = [Asked(by="", at="", prev="", question=question)]
    assert "refer to itself" in problems(create("q9", name="Spelt", family={"slug": "spelt"}), events)


def test_an_id_names_nothing() -> None:
    """Surrogate ids of whoever answers mean nothing here."""
    assert "names no row" in problems(create("q2", grain={"id": 1}, weight=2))


def test_map_takes_rows_that_are_there() -> None:
    """A row of the database by its key, with nothing to wait for."""
    event = answered(Answer("q1", "map", key={"slug": "wilson_farm"}))
    assert (event.key, event.needs) == ({"slug": "wilson_farm"}, {})


def test_map_takes_rows_that_the_changeset_creates() -> None:
    """What asked then waits for the operation that makes the row."""
    assert answered(Answer("q1", "map", key={"slug": "aldi"})).needs == {"": 2}


def test_map_refuses_what_is_not_there_and_says_what_is() -> None:
    """A key that is only alike is never guessed: it is offered in the message."""
    assert "did you mean wilson_farm" in problems(Answer("q1", "map", key={"slug": "Wilson_Farm"}))
    assert "did you mean costco" in problems(Answer("q1", "map", key={"slug": "costko"}))
    assert "needs the key" in problems(Answer("q1", "map"))


def test_values_are_read_by_the_field() -> None:
    """Exact numbers stay exact; what does not fit says what would."""
    assert answered(Answer("q3", "value", value="6.90")).value == Decimal("6.9")
    assert "expected a number" in problems(Answer("q3", "value", value="$6"))
    assert "takes no null" in problems(Answer("q3", "value", value=None))
    assert answered(Answer("q7", "value", value="yes", typed=True)).value is True
    assert "neither true nor false" in problems(Answer("q7", "value", value="yes"))


def test_what_a_new_row_needs_cannot_be_left_out() -> None:
    """A sale needs its price, so `omit` is no choice; an update may leave its field alone."""
    assert "expected value or skip" in problems(Answer("q3", "omit"))
    assert answered(Answer("q4", "omit")).choice == "omit"
    assert "omit" not in choices_of(QUESTIONS[2], stand())


def test_only_what_fits_can_be_kept() -> None:
    """A question that comes from a warning takes `keep`; a value that does not fit cannot stay."""
    assert "keep" not in choices_of(QUESTIONS[2], stand())
    warned = structs.replace(QUESTIONS[2], warning="outlier")
    assert choices_of(warned, stand()) == ("value", "keep", "skip")
    assert "does not fit" in problems(Answer("q3", "keep"))


def test_a_choice_must_fit_the_kind() -> None:
    """The message lists those that do."""
    assert "expected create or map or skip" in problems(Answer("q1", "take", operation=1))
    assert "no such question" in problems(Answer("q99", "skip"))


def test_a_record_may_only_be_one_of_its_candidates() -> None:
    """`identity` offers rows with what would change on them; no other row has that."""
    assert answered(Answer("q5", "map", key={"slug": "costco"})).key == {"slug": "costco"}
    assert "expected costco" in problems(Answer("q5", "map", key={"slug": "wilson_farm"}))
    assert answered(Answer("q5", "create")).values is None


def test_one_of_the_rivals_is_taken() -> None:
    """By the number of an operation that asked."""
    assert answered(Answer("q6", "take", operation=3)).operation == 3
    assert "expected 2 or 3" in problems(Answer("q6", "take", operation=1))


def test_what_looks_wrong_is_a_warning() -> None:
    """The catalog's checks never refuse."""
    assert check(create("q1", name="W")).warnings == ("name: 'W' is short for a name",)


def test_an_answer_can_be_taken_back() -> None:
    """Created again the row keeps its slug: its earlier self is not in its way."""
    events = check(create("q1", city="Lexington")).events
    (event,) = check(create("q1", city="Lexington", rating=5), events, ["q1"]).events
    assert isinstance(event, Answered)
    assert event.key == {"slug": "wilsons_lexington"}


def test_a_row_that_others_chose_is_not_taken_back() -> None:
    """The message says which answers to give again first; skipping cascades instead."""
    events = list(check(create("q1")).events)
    events += check(Answer("q8", "value", value="wilsons"), events).events
    assert "chosen for q8" in problems(Answer("q1", "map", key={"slug": "costco"}), events, ["q1"])
    assert check(Answer("q1", "skip"), events, ["q1"]).events


def test_a_prompt_has_all_that_is_needed() -> None:
    """Choices, required fields first with what the source says of them, who waits, and a search over all rows."""
    now = stand()
    prompt = prompt_of(QUESTIONS[0], now, "who?")
    assert [blank.name for blank in prompt.blanks] == ["name", "slug", "city", "open", "rating"]
    assert (prompt.blanks[0].required, prompt.blanks[0].default) == (True, "Wilsons")
    assert prompt.examples == (SALE,)
    assert [candidate.key["slug"] for candidate in prompt.search("shops", "cost")][:1] == ["costco"]
    assert prompt_of(QUESTIONS[4], now, "").blanks == ()
    assert str(prompt_of(QUESTIONS[2], now, "").blank).count("price") == 1


def test_a_prompt_offers_rows_that_earlier_answers_create() -> None:
    """So answering one question can answer the next."""
    twin = Question(id="q9", kind="missing", entity="shops", lookup={"name": "Wilsons Lexington"}, asked_by=(1,))
    events = [*check(create("q1", city="Lexington")).events, Asked(by="", at="", prev="", question=twin)]
    (candidate,) = prompt_of(twin, stand(events), "").candidates
    assert (candidate.key, candidate.why) == ({"slug": "wilsons_lexington"}, "created here")


def test_what_is_referred_to_is_asked_first() -> None:
    """Shops and grains before bags, bags before sales."""
    assert [question.entity for question in stand().ordered()] == ["shops"] * 4 + ["bags"] * 2 + ["sales"] * 2


#: A decision about the weights of two bags.
WEIGHT = Question(
    id="q9",
    kind="decision",
    entity="bags",
    field="weight",
    asked_by=("4-5",),
    options=(Option(name="pounds", label="pounds", records=2), Option(name="grams", label="grams", records=1)),
)
BAGS = [
    Create(
        n=n,
        entity="bags",
        key={"slug": f"bag_{n}"},
        values={"slug": f"bag_{n}", "weight": None},
        needs={"/weight": "q9"},
        outcomes={"q9": {name: Outcome(values={"weight": Decimal(n)}) for name in options}},
    )
    for n, options in ((4, ("pounds", "grams")), (5, ("pounds",)))
]


def weighing(*events: Event) -> ResolutionState:
    """A changeset that asks for the decision alone."""
    decisions = decide(5, [WEIGHT], events, lambda: BAGS)
    return resolution_state(MILL, MemorySnapshot(MILL, ROWS), "sha256:1", decisions, HeldOperations(BAGS))


def weighed(answer: Answer) -> Answered:
    """The event of an answer to the decision."""
    (event,) = check_answer(answer, weighing()).events
    assert isinstance(event, Answered)
    return event


def refused(answer: Answer) -> str:
    """Why an answer to the decision does not fit."""
    with pytest.raises(InvalidAnswers) as caught:
        check_answer(answer, weighing())
    return "\n".join(problem.message for problem in caught.value.problems)


def test_a_decision_is_made_for_all_or_for_one() -> None:
    """The event says which option, and for which operation if it is for one alone."""
    event = weighed(Answer("q9", "choose", option="pounds"))
    assert (event.choice, event.option, event.operation) == ("choose", "pounds", None)
    event = weighed(Answer("q9", "choose", option="grams", operation=4))
    assert (event.option, event.operation) == ("grams", 4)
    assert weighed(Answer("q9", "skip", operation=5)).operation == 5


def test_an_option_that_does_not_fit_all_is_taken_and_told() -> None:
    """The others wait; one that does not fit the operation is refused, with those that do."""
    assert check_answer(Answer("q9", "choose", option="pounds"), weighing()).warnings == ()
    assert check_answer(Answer("q9", "choose", option="grams"), weighing()).warnings == (
        "grams does not fit 1 of the operations that ask; they wait",
    )
    assert "expected pounds" in refused(Answer("q9", "choose", option="grams", operation=5))
    assert "expected pounds or grams" in refused(Answer("q9", "choose", option="ounces"))
    assert "expected pounds or grams" in refused(Answer("q9", "choose"))
    assert "expected one of 4, 5" in refused(Answer("q9", "skip", operation=1))


def test_a_value_of_a_decision_is_for_one_operation() -> None:
    """It is read as the field's type says; for all at once it is refused, and what to type instead is said."""
    event = weighed(Answer("q9", "value", value="2.5", operation=4, typed=True))
    assert (event.value, event.operation) == (Decimal("2.5"), 4)
    assert "q9/4=" in refused(Answer("q9", "value", value="2.5"))


def test_which_row_a_record_is_has_no_value() -> None:
    """A decision about an operation as a whole is none about a field, although the rows differ in one."""
    new = structs.replace(BAGS[0], needs={"": "q9"}, outcomes={"q9": {"pounds": Outcome()}})
    decisions = decide(4, [WEIGHT], (), lambda: [new])
    state = resolution_state(MILL, MemorySnapshot(MILL, ROWS), "sha256:1", decisions, HeldOperations([new]))
    with pytest.raises(InvalidAnswers, match="does not fit"):
        check_answer(Answer("q9", "value", value="2.5", operation=4, typed=True), state)
    assert prompt_of(WEIGHT, state, "which one?", new).choices == ("choose", "skip")
    typed = Answered(by="ada", at="t", prev="p", question="q9", choice="value", value=Decimal(2), operation=4)
    after = decide(4, [WEIGHT], [typed], lambda: [new])
    assert (after.effective(new), [one.id for one in after.open]) == (new, ["q9"])


def test_a_decision_is_put_with_its_options() -> None:
    """For all, with how many wait; for one operation, with the options that fit it, and its field to be typed."""
    state = weighing(weighed(Answer("q9", "choose", option="grams")))
    prompt = prompt_of(state.questions["q9"], state, "how heavy?")
    assert [option.name for option in prompt.options] == ["pounds", "grams"]
    assert (prompt.choices, prompt.waiting, prompt.operation) == (("choose", "skip"), 1, None)
    alone = prompt_of(state.questions["q9"], state, "how heavy?", BAGS[1])
    assert [option.name for option in alone.options] == ["pounds"]
    assert (alone.choices, alone.examples, alone.operation) == (("choose", "value", "skip"), (BAGS[1],), 5)
    assert alone.blank is not None


def test_what_waits_for_an_answer_is_not_looked_up() -> None:
    """A created row's reference that is undecided may hold anything: here what is no name of a shop."""
    odd = {"name": {"/shop": "q1"}, "city": "Waltham"}
    sale = structs.replace(SALE, values={**SALE.values, "shop": odd})
    decisions = decide(3, QUESTIONS, (), lambda: [sale, NEW_SHOP, EDIT])
    state = resolution_state(
        MILL, MemorySnapshot(MILL, ROWS), "sha256:1", decisions, HeldOperations([sale, NEW_SHOP, EDIT])
    )
    [event] = check_answer(Answer("q1", "map", key={"slug": "costco"}), state).events
    assert isinstance(event, Answered)
    assert event.key == {"slug": "costco"}


@pytest.mark.parametrize("city", ["Troy", None])
def test_two_records_of_one_key_are_not_both_new(city: str | None) -> None:
    """Whichever is said to be new first: the other one is refused, and may be the new row of that one; null is null."""
    shops = [
        Create(
            n=n,
            entity="shops",
            key={"uuid": f"x{n}"},
            values={"uuid": f"x{n}", "slug": f"corner_{n}", "name": "Corner", "city": city},
            needs={"": f"q{n}"},
        )
        for n in (1, 2)
    ]
    made = Candidate(key={"uuid": "x1"}, label="the new row of record 0", operation=1)
    questions = [
        Question(id=f"q{n}", kind="identity", entity="shops", lookup={"uuid": f"x{n}"}, asked_by=(n,), candidates=more)
        for n, more in ((1, ()), (2, (made,)))
    ]

    def state_after(*events: Event) -> ResolutionState:
        start = decide(2, questions, (), lambda: shops)
        now = resolution_state(MILL, MemorySnapshot(MILL, ROWS), "sha256:0", start, HeldOperations(shops))
        return now.after([event for event in events if isinstance(event, Answered)]) if events else now

    for first, second in (("q1", "q2"), ("q2", "q1")):
        said = Answered(by="ada", at="t", prev="p", question=first, choice="create")
        check_answer(Answer(first, "create"), state_after())
        with pytest.raises(InvalidAnswers) as caught:
            check_answer(Answer(second, "create"), state_after(said))
        [problem] = caught.value.problems
        assert "makes a new row with the same name and city already" in problem.message
    assert check_answer(Answer("q2", "map", key={"uuid": "x1"}), state_after()).events

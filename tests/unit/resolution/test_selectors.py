"""Selectors: answers from the command line."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from support.memory import MILL

from bake.changeset.model import Question
from bake.errors import InvalidAnswers
from bake.resolution.answers import Answer
from bake.resolution.selectors import Selectors, selector_of

Q1 = Question(id="q1", kind="missing", entity="shops", lookup={"name": "Wilson's Farm"})
Q2 = Question(id="q2", kind="missing", entity="shops", lookup={"name": "Price = Right"})
Q3 = Question(id="q3", kind="invalid", entity="sales", field="price", value="$6.99")
Q4 = Question(id="q4", kind="missing", entity="bags", lookup={"grain": {"name": "Rye"}, "weight": Decimal(5)})
Q5 = Question(id="q5", kind="missing", entity="sales", lookup={"uuid": "x"})
Q7 = Question(id="q7", kind="decision", entity="sales", field="day", asked_by=("4-6",))
OPEN = [Q1, Q2, Q3, Q4, Q5, Q7]


def selectors(open_: list[Question] = OPEN) -> Selectors:
    """Selectors over all questions, of which some are open."""
    return Selectors(MILL, OPEN, open_)


def test_a_question_is_named_by_its_id() -> None:
    """`q1=KEY` maps question q1 to the row with that slug."""
    (answer,) = selectors().answers(map_=["q1=wilson_farm"])
    assert (answer.question, answer.choice, answer.key) == ("q1", "map", {"slug": "wilson_farm"})


def test_a_question_is_named_by_what_it_asks() -> None:
    """ENTITY:NAME means the question whose lookup holds that name as it stands."""
    (answer,) = selectors().answers(skip=["shops:Wilson's Farm"])
    assert answer == Answer("q1", "skip", origin="command line")


def test_all_conflicts_of_an_entity_are_answered_at_once() -> None:
    """`--take sales=database` answers each of its open conflicts, and nothing else; without any, nothing."""
    conflicts = [Question(id=f"q{n}", kind="conflict", entity="sales", field="price") for n in (11, 12)]
    other = Question(id="q13", kind="conflict", entity="shops", field="rating")
    everything = [*OPEN, *conflicts, other]
    answers = Selectors(MILL, everything, everything).answers(take=["sales=database"])
    assert [(answer.question, answer.choice) for answer in answers] == [("q11", "database"), ("q12", "database")]
    with pytest.raises(InvalidAnswers):
        selectors().answers(take=["sales=database"])


def test_what_only_looks_wrong_can_be_kept() -> None:
    """`--keep q3` says that the value is right as it stands."""
    assert selectors().answers(keep=["q3"]) == [Answer("q3", "keep", origin="command line")]


def test_what_does_not_fit_can_be_left_out() -> None:
    """`--omit q3` says that the field is left alone."""
    assert selectors().answers(omit=["q3"]) == [Answer("q3", "omit", origin="command line")]


def test_a_name_may_be_written_otherwise() -> None:
    """Case, blanks and the kind of apostrophe do not matter where nothing has the name as it stands."""
    (answer,) = selectors().answers(create=["shops:WILSON\u2019S  FARM"])
    assert answer.question == "q1"


def test_a_name_within_a_nested_lookup_counts() -> None:
    """A bag is asked for by the name of its grain."""
    (answer,) = selectors().answers(skip=["bags:Rye"])
    assert answer.question == "q4"


def test_a_name_may_hold_an_equals_sign() -> None:
    """The longest selector that means something counts, so that the rest is the key."""
    (answer,) = selectors().answers(map_=["shops:Price = Right=price_right"])
    assert (answer.question, answer.key) == ("q2", {"slug": "price_right"})


def test_a_key_of_several_fields_is_json() -> None:
    """A key that begins with a brace is read as a JSON object, its numbers exact."""
    (answer,) = selectors().answers(map_=['q4={"grain": {"slug": "rye"}, "weight": 2.50}'])
    assert answer.key == {"grain": {"slug": "rye"}, "weight": Decimal("2.50")}


def test_a_side_of_a_conflict_is_taken_by_name_and_one_of_several_by_number() -> None:
    """--take says file or database, or the number of the operation that stays; anything else is refused."""
    answers = selectors().answers(take=["q3=file", "q3=database", "q3=12"])
    assert [(answer.choice, answer.operation) for answer in answers] == [
        ("file", None),
        ("database", None),
        ("take", 12),
    ]
    for text in ("q3", "q3=", "q3=mine", "q3=-1", "q3=²"):
        with pytest.raises(InvalidAnswers, match="fit no question"):
            selectors().answers(take=[text])


def test_a_decision_is_answered_for_all_or_for_one() -> None:
    """`q7` is all that ask, `q7/5` operation 5 alone; the name of an option may hold a slash and an equals sign."""
    answers = selectors().answers(
        choose=["q7=day/month", "q7/5=a=b"], skip=["q7/6", "q7"], value=["q7/4=2025-12-01", "q7/4="]
    )
    assert [(a.question, a.operation, a.choice, a.option or a.value) for a in answers] == [
        ("q7", 6, "skip", UNSET),
        ("q7", None, "skip", UNSET),
        ("q7", 4, "value", "2025-12-01"),
        ("q7", 4, "value", ""),
        ("q7", None, "choose", "day/month"),
        ("q7", 5, "choose", "a=b"),
    ]
    for text in ("q7", "q7=", "q7/x=same", "q1/5=same"):
        with pytest.raises(InvalidAnswers, match="fit no question"):
            selectors().answers(choose=[text])


def test_create_takes_further_fields() -> None:
    """What follows the selector of --create is an object of fields."""
    (answer,) = selectors().answers(create=['shops:Wilson\'s Farm={"city": "Lexington"}'])
    assert answer.values == {"city": "Lexington"}


def test_a_value_stays_as_it_was_typed() -> None:
    """--value hands the text on; what it means depends on the field."""
    (answer,) = selectors().answers(value=["q3=6.99"])
    assert (answer.choice, answer.value, answer.typed) == ("value", "6.99", True)


def test_everything_wrong_is_listed_with_what_is_open() -> None:
    """All options that cannot be read are problems of one error, and its hint names the open questions."""
    with pytest.raises(InvalidAnswers) as caught:
        selectors().answers(map_=["shops:Nobody=x", "q1"], create=["q1=[1]"], skip=["grains:"], value=["q3"])
    messages = [problem.message for problem in caught.value.problems]
    assert len(messages) == 5
    assert "no open question" in messages[0]
    assert "SELECTOR=KEY" in messages[1]
    assert "JSON object" in messages[2]
    assert "q1 (shops:Wilson's Farm)" in str(caught.value.hint)


def test_a_name_that_several_questions_have_is_refused() -> None:
    """The first of several is never taken."""
    twin = Question(id="q6", kind="missing", entity="shops", lookup={"name": "wilson's farm", "city": "Boston"})
    with pytest.raises(InvalidAnswers) as caught:
        Selectors(MILL, [Q1, twin], [Q1, twin]).answers(skip=["shops:WILSON'S FARM"])
    assert "several questions are meant: q1, q6" in caught.value.problems[0].message


def test_an_answered_question_is_only_named_by_its_id() -> None:
    """A name means open questions; for an answered one the message says how to answer it again."""
    with pytest.raises(InvalidAnswers) as caught:
        selectors([Q2]).answers(skip=["shops:Wilson's Farm"])
    assert "q1 is not open" in caught.value.problems[0].message
    assert selectors([Q2]).answers(skip=["q1"])[0].question == "q1"


@given(st.text())
def test_a_selector_means_its_question(name: str) -> None:
    """However a row is called, `selector_of` gives a selector that leads back to the question."""
    question = Question(id="q1", kind="missing", entity="shops", lookup={"name": name})
    (answer,) = Selectors(MILL, [question], [question]).answers(map_=[f"{selector_of(question)}=x"])
    assert (answer.question, answer.key) == ("q1", {"slug": "x"})

"""Questions that one answer may be given to."""

from __future__ import annotations

from typing import Any

import pytest

from bake.catalog.field_types import Text
from bake.changeset.model import Question
from bake.resolution.answers import Answer
from bake.resolution.resolver import Blank
from bake.resolution.similar_questions import answer_for, applies_to_all, recipients, similar_questions


def question(id_: str, kind: Any = "invalid", entity: str = "sales", **fields: Any) -> Question:
    """A question."""
    return Question(id=id_, kind=kind, entity=entity, **fields)


def invalid(id_: str, value: str, field: str = "price", wrong: str = "is not a number") -> Question:
    """A value that does not fit, with the sentence that says so."""
    return question(id_, field=field, value=value, problem=f'"{value}" {wrong}; expected a number')


def test_values_that_are_wrong_in_the_same_way_are_alike() -> None:
    """Whatever the values are; another field or another fault is another question."""
    others = [
        invalid("q2", "$7"),
        invalid("q3", "$7", field="weight"),
        invalid("q4", "$7", wrong="is out of range"),
        question("q5", "missing"),
    ]
    assert [other.id for other in similar_questions(invalid("q1", "$6"), [invalid("q1", "$6"), *others])] == ["q2"]


def test_references_to_one_kind_of_row_are_alike() -> None:
    """Whatever they name."""
    others = [question("q2", "missing", "shops", lookup={"name": "B"}), question("q3", "ambiguous", "shops")]
    assert [
        other.id for other in similar_questions(question("q1", "missing", "shops", lookup={"name": "A"}), others)
    ] == ["q2"]


def test_conflicts_over_one_field_are_alike() -> None:
    """In different rows."""
    others = [question("q2", "conflict", field="note", key={"slug": "b"}), question("q3", "conflict", field="price")]
    assert [other.id for other in similar_questions(question("q1", "conflict", field="note"), others)] == ["q2"]


@pytest.mark.parametrize(
    ("kind", "choice", "fits"),
    [
        ("missing", "skip", True),
        ("missing", "map", False),
        ("ambiguous", "create", False),
        ("conflict", "database", True),
        ("conflict", "value", False),
        ("invalid", "omit", True),
        ("invalid", "value", True),
        ("duplicate", "take", False),
    ],
)
def test_some_answers_can_be_given_to_all(kind: str, choice: str, fits: bool) -> None:
    """A row that one name means, or one operation that counts, says nothing of another question."""
    assert applies_to_all(Answer("q1", choice), question("q1", kind)) is fits


@pytest.mark.parametrize(
    ("value", "choice", "passed"),
    [("$6", "value", True), ("$7", "value", False), ("$7", "omit", True), ("$7", "skip", True)],
)
def test_a_value_is_passed_on_only_where_the_source_says_the_same(value: str, choice: str, passed: bool) -> None:
    """Four different dates never become one; to leave the field or the record out can be said of all."""
    others = [invalid("q2", value)]
    assert recipients(Answer("q1", choice, value=6), invalid("q1", "$6"), others) == (others if passed else [])


def test_warnings_of_one_code_are_alike() -> None:
    """Whatever the numbers in them; each of them may be kept as it is."""
    first, second = (
        question(f"q{n}", field="price", value=n, problem=f"{n} is 10 times more than the last", warning="outlier")
        for n in (1, 2)
    )
    assert recipients(Answer("q1", "keep"), first, [second]) == [second]


def test_a_new_row_is_for_all_if_nothing_was_added() -> None:
    """What the source says of each is each one's own; a city that somebody typed is not everybody's."""
    asked = question("q1", "missing", "shops")
    blanks = [Blank("name", Text(), required=True, default="Corner"), Blank("city", Text())]
    assert applies_to_all(Answer("q1", "create", values={"name": "Corner"}), asked, blanks)
    assert applies_to_all(Answer("q1", "create"), asked, blanks)
    assert not applies_to_all(Answer("q1", "create", values={"name": "Corner", "city": "Boston"}), asked, blanks)
    assert not applies_to_all(Answer("q1", "create", values={"name": "Corner 2"}), asked, blanks)


def test_an_answer_is_passed_on_without_what_was_said_of_one() -> None:
    """And it is not passed on again."""
    answer = Answer("q1", "create", values={"name": "A"}, origin="terminal", alike=True)
    assert answer_for(answer, question("q2")) == Answer("q2", "create", origin="terminal")

"""Files of answers: templates, and what is read back."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import structs

from bake.catalog.field_types import Exact, Reference, Text
from bake.changeset.model import Candidate, Create, Option, Question
from bake.errors import InvalidAnswers
from bake.resolution.answer_file import parse_answers, template
from bake.resolution.answers import Answer
from bake.resolution.resolver import Blank, Prompt

SCHEMA = json.loads((files("bake.resolution") / "answers.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)

MISSING = Prompt(
    question=Question(id="q1", kind="missing", entity="shops", lookup={"name": "Wilson's Farm"}, where="a.json:3"),
    sentence="no shop is called so",
    choices=("create", "map", "skip"),
    candidates=(Candidate(key={"slug": "wilson_farm"}, label="Wilson Farm", score=Decimal("0.93"), why="alike"),),
    blanks=(Blank("name", Text(40), required=True, default="Wilson's Farm"), Blank("chain", Reference("shops"))),
    waiting=3,
)
INVALID = Prompt(
    question=Question(id="q2", kind="invalid", entity="sales", field="price", value="$6"),
    sentence="what is the price?",
    choices=("value", "omit", "skip"),
    blank=Blank("price", Exact(8, 2), default=Decimal("6.50")),
)
DUPLICATE = Prompt(
    question=Question(id="q3", kind="duplicate", entity="shops", asked_by=(1, 4)),
    sentence="which one?",
    choices=("take", "skip"),
    examples=(Create(n=1, entity="shops", key={"slug": "a"}, values={}),),
)

DECISION = Prompt(
    question=Question(id="q4", kind="decision", entity="sales", asked_by=(1, 4)),
    sentence="the same?",
    choices=("choose", "skip"),
    examples=(Create(n=1, entity="sales", key={"uuid": "a"}, values={}),),
    options=(Option(name="same", label="the same rows", records=2, example="3 to 4"), Option(name="new", label="new")),
)


def written(*entries: Any) -> bytes:
    """A file with these entries."""
    return json.dumps({"questions": entries}).encode()


def test_a_template_is_valid_and_leaves_everything_open() -> None:
    """It fits its JSON Schema; read back as it stands it answers nothing."""
    raw = "".join(template("sha256:1", [MISSING, INVALID, DUPLICATE, DECISION])).encode()
    VALIDATOR.validate(json.loads(raw))
    read = parse_answers(raw, "answers.json")
    assert (read.answers, read.problems, read.changeset) == ((), (), "sha256:1")


def test_a_template_without_questions_is_valid() -> None:
    """Where nothing is open, the template is a file of no answers."""
    assert json.loads("".join(template("sha256:1", []))) == {
        "format": "bake.answers/1",
        "changeset": "sha256:1",
        "questions": [],
    }


def test_a_template_says_what_can_be_answered() -> None:
    """Each question comes with its sentence, choices, candidates, and the fields of a new row in words."""
    raw = "".join(template("sha256:1", [MISSING, INVALID, DUPLICATE, DECISION])).encode()
    first, second, third, fourth = json.loads(raw)["questions"]
    assert first["asks"] == "no shop is called so"
    assert list(first["choices"]) == ["create", "map", "skip"]
    assert first["candidates"][0]["key"] == {"slug": "wilson_farm"}
    assert first["fields"]["name"] == {
        "expected": "text of at most 40 characters",
        "required": True,
        "default": "Wilson's Farm",
    }
    assert second["fields"]["price"]["default"] == 6.5
    assert third["operations"] == [{"operation": 1, "action": "create", "key": {"slug": "a"}}]
    assert fourth["options"] == [
        {"name": "same", "label": "the same rows", "records": 2, "example": "3 to 4"},
        {"name": "new", "label": "new"},
    ]
    assert "except" in fourth["choices"]["choose"]
    assert fourth["operations"] == [{"operation": 1, "action": "create", "key": {"uuid": "a"}}]


def test_what_a_template_says_is_not_held_while_it_is_read() -> None:
    """Of a file of answers the memory holds the answers, and one question at a time."""
    asked = [structs.replace(MISSING.question, id=f"q{n}") for n in range(1, 1001)]
    raw = "".join(template("sha256:1", [replace(MISSING, question=one) for one in asked])).encode()
    raw = raw.replace(b'"answer": null', b'"answer": "skip"')
    tracemalloc.start()
    try:
        assert len(parse_answers(raw, "answers.json").answers) == len(asked)
        assert tracemalloc.get_traced_memory()[1] < len(raw)
    finally:
        tracemalloc.stop()


def test_every_form_of_an_answer_is_read() -> None:
    """An object with what the choice carries, or the name of a choice that carries nothing."""
    raw = written(
        {"question": "q1", "answer": {"choice": "map", "key": {"slug": "x"}}},
        {"question": "q2", "answer": {"choice": "value", "value": None}},
        {"question": "q3", "answer": {"choice": "take", "operation": 4}},
        {"question": "q4", "answer": "skip"},
        {"question": "q5", "answer": {"choice": "create", "values": {"city": "Boston"}}},
        {"question": "q6"},
    )
    VALIDATOR.validate(json.loads(raw))
    assert list(parse_answers(raw, "a.json").answers) == [
        Answer("q1", "map", key={"slug": "x"}, origin="a.json"),
        Answer("q2", "value", value=None, origin="a.json"),
        Answer("q3", "take", operation=4, origin="a.json"),
        Answer("q4", "skip", origin="a.json"),
        Answer("q5", "create", values={"city": "Boston"}, origin="a.json"),
    ]


def test_a_decision_is_read_for_all_and_for_some_otherwise() -> None:
    """In JSON and in TOML; an exception is the name of an option, or an object; nothing need be said for all."""
    singly = {"5": "new", "6": {"choice": "skip"}, "7": {"choice": "value", "value": 3}, "8": {"choose": "same"}}
    raw = written(
        {"question": "q4", "answer": {"choose": "same", "except": singly}},
        {"question": "q5", "answer": {"except": {"5": "new"}}},
        {"question": "q6", "answer": {"choice": "choose", "choose": "same"}},
    )
    VALIDATOR.validate(json.loads(raw))
    assert list(parse_answers(raw, "a").answers) == [
        Answer("q4", "choose", option="same", origin="a"),
        Answer("q4", "choose", option="new", operation=5, origin="a"),
        Answer("q4", "skip", operation=6, origin="a"),
        Answer("q4", "value", value=3, operation=7, origin="a"),
        Answer("q4", "choose", option="same", operation=8, origin="a"),
        Answer("q5", "choose", option="new", operation=5, origin="a"),
        Answer("q6", "choose", option="same", origin="a"),
    ]
    toml = b'[[questions]]\nquestion = "q4"\nanswer = { choose = "same", except = { 5 = "new" } }\n'
    assert [(a.option, a.operation) for a in parse_answers(toml, "a.toml").answers] == [("same", None), ("new", 5)]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"except": {}},
        {"choice": "skip", "choose": "same"},
        {"choose": "same", "except": {"x": "new"}},
        {"choose": "same", "except": {"5": {}}},
        {"choose": "same", "except": {"5": 7}},
    ],
)
def test_a_decision_that_cannot_be_read_is_a_problem(answer: dict[str, Any]) -> None:
    """It names the entry, and gives no answer, not even a part of one."""
    read = parse_answers(written({"question": "q4", "answer": answer}), "a.json")
    assert read.answers == ()
    assert [p.location.pointer for p in read.problems if p.location] == ["/questions/0"]


def test_toml_says_the_same() -> None:
    """The same answers as TOML; its numbers stay exact and its dates become text."""
    raw = b"""
    [[questions]]
    question = "q1"
    answer = { choice = "create", values = { price = 6.90, day = 2025-12-20 } }
    """
    (answer,) = parse_answers(raw, "a.toml").answers
    assert answer.values == {"price": Decimal("6.90"), "day": "2025-12-20"}


def test_what_cannot_be_read_takes_nothing_down() -> None:
    """Each bad entry is a problem with its JSON pointer; the good ones are answers."""
    bad: list[Any] = [
        7,
        {"question": "q1", "anwser": "skip"},
        {"question": "q1", "answer": {"choice": "map", "kee": {}}},
        {"question": "q1", "answer": {"choice": "take", "operation": "4"}},
        {"answer": "skip"},
    ]
    read = parse_answers(written(*bad, {"question": "q9", "answer": "skip"}), "a.json")
    assert [answer.question for answer in read.answers] == ["q9"]
    assert [p.location.pointer for p in read.problems if p.location] == [f"/questions/{n}" for n in range(5)]
    for entry in bad:
        assert not VALIDATOR.is_valid({"questions": [entry]})


def test_a_question_is_answered_once() -> None:
    """A second answer to one question in one file is a problem, not a race."""
    read = parse_answers(written(*[{"question": "q1", "answer": "skip"}] * 2), "a.json")
    assert (len(read.answers), len(read.problems)) == (1, 1)


def test_an_unknown_name_at_the_top_is_a_problem() -> None:
    """What would be ignored is reported."""
    read = parse_answers(b'{"questions": [], "question": []}', "a.json")
    assert [p.location.pointer for p in read.problems if p.location] == ["/question"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"", "a.json"),
        (b"[]", "a.json"),
        (b'{"questions": 1}', "a.json"),
        (b'{"questions": [], "format": "bake.answers/9"}', "a.json"),
        (b'{"questions": NaN}', "a.json"),
        (b"\xff", "a.json"),
        (b"[" * 100_000, "a.json"),
        (b"questions = ", "a.toml"),
    ],
)
def test_what_is_no_file_of_answers_is_refused(raw: bytes, name: str) -> None:
    """One error with the file's name and how to get a good one, and no traceback."""
    with pytest.raises(InvalidAnswers) as caught:
        parse_answers(raw, name)
    assert caught.value.location is not None
    assert "--template" in str(caught.value.hint)


def test_a_byte_order_mark_does_no_harm() -> None:
    """Editors on Windows write one."""
    assert parse_answers(b'\xef\xbb\xbf{"questions": []}', "a.json").answers == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["skip", "map", "q1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["question", "answer", "choice", "key", "values", "operation"]), inner)
    ),
)


@given(JSON)
def test_the_schema_refuses_what_the_reader_refuses(entry: Any) -> None:
    """An entry that fits the schema is read without problems."""
    if VALIDATOR.is_valid({"questions": [entry]}):
        assert parse_answers(written(entry), "a.json").problems == ()

"""Questions in words, and what to type to answer them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.changeset.effects import CHOICES
from bake.changeset.events import Answered
from bake.changeset.model import Candidate, Choice, Option, Question, QuestionKind, Replace, Test
from bake.renderer.printable import printable
from bake.renderer.sentences import (
    answer_text,
    candidate_text,
    commands,
    option_text,
    options,
    place_text,
    sentence,
)

WILSON = Candidate(key={"slug": "wilson_farm_lexington_ma"}, label="Wilson Farm", score=Decimal("0.93"), why="near")
MISSING = Question(
    id="q1", kind="missing", entity="suppliers", lookup={"name": "Wilson's Farm"}, candidates=(WILSON,), asked_by=(2, 3)
)
SAME = Option(name="same", label="the same rows", records=1200, example="4.99 instead of 3.99")
PATH = Path("changesets/a b.changeset.jsonl")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (MISSING, '"Wilson\'s Farm" is not among the suppliers; 2 operations wait'),
        (
            Question(id="q1", kind="ambiguous", entity="suppliers", lookup={"name": "Costco", "city": "Danvers"}),
            "(name=Costco, city=Danvers) is the name of several of the suppliers; 2 operations wait",
        ),
        (
            Question(id="q1", kind="identity", entity="products", lookup={"slug": "x"}, problem="2 rows have this key"),
            "products x: which row is it, or is it a new one? (2 rows have this key); 2 operations wait",
        ),
        (
            Question(id="q1", kind="identity", entity="guests", label="Ann", lookup={"uuid": "a6"}),
            "guests Ann: which row is it, or is it a new one?; 2 operations wait",
        ),
        (
            Question(
                id="q1",
                kind="conflict",
                entity="products",
                key={"slug": "x"},
                field="price",
                base=None,
                current=1,
                value=2,
            ),
            "products x: price was null, is now 1, is to become 2; 2 operations wait",
        ),
        (
            Question(
                id="q1", kind="invalid", entity="products", field="price", value="$1", problem='"$1" is no number'
            ),
            'products, price: "$1" is no number; 2 operations wait',
        ),
        (
            Question(id="q1", kind="duplicate", entity="products", key={"slug": "x"}),
            "products x: which of the records counts?; 2 operations wait",
        ),
        (
            Question(
                id="q1", kind="decision", entity="purchases", field="day", problem="which comes first, day or month?"
            ),
            "purchases, day: which comes first, day or month?; 2 operations wait",
        ),
    ],
)
def test_sentences(question: Question, said: str) -> None:
    """Each kind of question has its sentence."""
    assert sentence(question, 2) == said


def test_how_many_wait() -> None:
    """The number of operations that wait is said only if there are some, and agrees with its verb."""
    ends = [sentence(MISSING, n).partition(";")[2] for n in (0, 1, 1000)]
    assert ends == ["", " 1 operation waits", " 1,000 operations wait"]


@given(st.sampled_from(get_args(QuestionKind)), st.text(), st.text())
def test_sentences_are_printable(kind: QuestionKind, name: str, problem: str) -> None:
    """Whatever the source says, a sentence is one printable line."""
    question = Question(id="q1", kind=kind, entity=name, lookup={"name": name}, field=name, value=name, problem=problem)
    assert sentence(question, 1) == printable(sentence(question, 1))


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        (Question(id="q1", kind="invalid", entity="products", field="price"), ["--value 'q1=…'", "--skip q1"]),
        (
            Question(id="q1", kind="conflict", entity="products", field="price"),
            ["--take q1=file", "--take q1=database", "--value 'q1=…'", "--skip q1"],
        ),
        (
            Question(id="q1", kind="duplicate", entity="products", asked_by=(3, "5-9")),
            ["--take q1=3", "--take q1=5", "--take q1=6", "--skip q1"],
        ),
        (Question(id="q1", kind="duplicate", entity="products", asked_by=("x",)), ["--skip q1"]),
        (
            Question(id="q1", kind="decision", entity="products", options=(SAME, Option(name="new ones", label="new"))),
            ["--choose q1=same", "--choose 'q1=new ones'", "--skip q1"],
        ),
    ],
)
def test_options(question: Question, offered: list[str]) -> None:
    """A value that does not fit can be typed, a side of a conflict taken, and one of those that say the same."""
    assert options(question) == offered


def test_commands() -> None:
    """The commands create, map, skip, and ask; they can be typed as they are, but for a key that has to be chosen."""
    file = "bake changeset resolve 'changesets/a b.changeset.jsonl'"
    assert commands(MISSING, PATH) == [
        f'{file} --create "suppliers:Wilson\'s Farm"',
        f'{file} --map "suppliers:Wilson\'s Farm=KEY"',
        f'{file} --skip "suppliers:Wilson\'s Farm"',
        f"{file} --interactive",
    ]


@pytest.mark.parametrize(
    ("kind", "scores", "key"),
    [
        ("missing", ["1"], "a"),
        ("missing", ["1", "0.9"], "a"),
        ("missing", ["0.99"], "KEY"),
        ("missing", ["1", "1"], "KEY"),
        ("ambiguous", [None, None], "KEY"),
        ("identity", [None], "a"),
        ("identity", [None, None], "KEY"),
    ],
)
def test_a_key_is_offered_only_where_it_is_all_but_certain(
    kind: QuestionKind, scores: list[str | None], key: str
) -> None:
    """The only row that is called what is looked for, or the only one that an existing row can be; never a guess."""
    rows = [
        Candidate(key={"slug": slug}, label=slug, score=None if score is None else Decimal(score))
        for slug, score in zip("ab", scores, strict=False)
    ]
    question = Question(id="q1", kind=kind, entity="shops", candidates=tuple(rows))
    assert options(question) == ["--create q1", f"--map q1={key}", "--skip q1"]


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        (
            Question(id="q1", kind="missing", entity="suppliers", lookup={"name": "\x1b"}),
            ["--create q1", "--map q1=KEY", "--skip q1"],
        ),
        (
            Question(id="q1", kind="missing", entity="suppliers", lookup={"name": "a=b"}),
            ["--create q1", "--map q1=KEY", "--skip q1"],
        ),
        (
            Question(id="q1", kind="missing", entity="x", lookup={"a": "b", "c": "d"}),
            ["--create q1", "--map q1=KEY", "--skip q1"],
        ),
        (
            Question(
                id="q1",
                kind="identity",
                entity="x",
                candidates=(Candidate(key={"a": 1, "b": Decimal("2.50")}, label=""),),
            ),
            ["--create q1", """--map 'q1={"a":1,"b":2.50}'""", "--skip q1"],
        ),
    ],
)
def test_what_cannot_be_typed_by_name_is_named_by_its_id(question: Question, typed: list[str]) -> None:
    """A name with control characters, a `=`, or of several fields is not to be typed; composite keys are JSON."""
    assert options(question) == typed


@pytest.mark.parametrize("choice", get_args(Choice))
def test_answers(choice: Choice) -> None:
    """Each choice has words of its own."""
    by = {
        choice: answer_text(Answered(by="a", at="", prev="", question="q1", choice=choice))
        for choice in get_args(Choice)
    }
    assert by[choice]
    assert list(by.values()).count(by[choice]) == 1
    assert any(choice in choices for choices in CHOICES.values())


def test_answers_and_options_of_decisions() -> None:
    """An answer for one operation says which; an option says how many records it fits, and gives its example."""
    chosen = Answered(by="a", at="", prev="", question="q1", choice="choose", option="same", operation=5)
    assert answer_text(chosen) == "operation 5: choose same"
    assert option_text(SAME) == "same: the same rows (1,200 records), such as 4.99 instead of 3.99"
    assert option_text(Option(name="new", label="new ones", records=1)) == "new: new ones (1 record)"


def test_candidates_and_places() -> None:
    """A candidate says how alike it is and what would change; a question, where it came up and who asks it."""
    patch = (Test(path="/brand", value="a"), Replace(path="/brand", value="b"))
    assert candidate_text(WILSON) == "Wilson Farm [wilson_farm_lexington_ma] (93% alike, near)"
    assert candidate_text(Candidate(key={"slug": "x"}, label="x", patch=patch)) == "x (would change brand)"
    assert place_text(MISSING) == "asked by operations 2, 3"

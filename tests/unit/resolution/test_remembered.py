"""Answers that are remembered: found again by what is written, and kept in a file that people read."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.toml_text import toml_tables
from bake.changeset.events import Answered
from bake.changeset.model import Question
from bake.errors import UsageError
from bake.resolution.remembered import (
    Memory,
    Remembered,
    answer_of,
    asked_by,
    encode_memory,
    entry_text,
    parse_memory,
    worth_remembering,
)

COSTCO = Remembered(
    entity="suppliers",
    written={"name": "Costco Waltham"},
    means={"slug": "costco_ma"},
    by="ada",
    at="2025-12-24T10:00:00Z",
)
POUND = Remembered(entity="products", field="package_unit", written="lbs", value="lb")
NOT_WILSON = Remembered(entity="suppliers", written={"name": "Wilsons"}, never=({"slug": "wilson_farm"},))
MEMORY = Memory().with_entries([POUND, NOT_WILSON, COSTCO])


def missing(**lookup: Any) -> Question:
    """A supplier that was not found."""
    return Question(id="q1", kind="missing", entity="suppliers", lookup=lookup)


def invalid(value: Any, field: str = "package_unit") -> Question:
    """A value of a product that does not fit."""
    return Question(id="q1", kind="invalid", entity="products", field=field, value=value, problem="?")


def answered(choice: Any, **given_: Any) -> Answered:
    """An answer to q1."""
    return Answered(question="q1", choice=choice, by="ada", at="2025-12-24T10:00:00Z", prev="", **given_)


def test_the_file_is_read_by_people() -> None:
    """One entry after the other, ordered, and the same for the same memory whatever came first."""
    assert encode_memory(MEMORY).decode().split("\n\n", 1)[1] == (
        '[[answer]]\nentity = "products"\nfield = "package_unit"\nwritten = "lbs"\nvalue = "lb"\n\n'
        '[[answer]]\nentity = "suppliers"\nwritten = { name = "Costco Waltham" }\nmeans = { slug = "costco_ma" }\n'
        'by = "ada"\nat = "2025-12-24T10:00:00Z"\n\n'
        '[[answer]]\nentity = "suppliers"\nwritten = { name = "Wilsons" }\nnever = [{ slug = "wilson_farm" }]\n'
    )
    assert encode_memory(Memory().with_entries([COSTCO, NOT_WILSON, POUND])) == encode_memory(MEMORY)


def test_what_is_written_is_read_back() -> None:
    """Nothing is lost on the way."""
    assert parse_memory(encode_memory(MEMORY), "answers.toml") == MEMORY
    assert parse_memory(b"", "answers.toml") == Memory()


@given(
    st.recursive(
        st.text()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.decimals(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_any_value_is_written_so_that_toml_has_it(value: Any) -> None:
    """Texts with quotes, control characters and line ends among them; and nothing in the file hides or steers."""
    text = toml_tables("answer", [{"value": value}])
    assert tomllib.loads(text, parse_float=Decimal) == {"answer": [{"value": value}]}
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"answer = 7", ""),
        (b"[[answer]]\nentity = 'x'", ":1"),
        (b"# Some\n[[answer]]\nentity = 'x'\nwritten = 'y'\nmaens = {}", ":2"),
        (b"# Some\n\xff", ":2"),
        (b"# Some\n[[", ":2"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(raw: bytes, where: str) -> None:
    """With its name, and the line if there is one; an unknown word is not passed over: it may be a misspelt one."""
    with pytest.raises(UsageError, match=rf"^answers\.toml{where}: the remembered answers cannot be read"):
        parse_memory(raw, "answers.toml")


def test_names_are_found_again_in_their_normal_form() -> None:
    """Case and blanks do not matter, punctuation does; a lookup that says more, or of another entity, is another."""
    assert MEMORY.meant(missing(name="COSTCO  Waltham")) == COSTCO
    assert MEMORY.meant(missing(name="Costco, Waltham")) is None
    assert MEMORY.meant(missing(id=7, name="Costco Waltham")) == COSTCO
    assert MEMORY.meant(missing(name="Costco Waltham", city=None)) is None, "one that has no city"
    assert MEMORY.meant(missing(name="Costco Waltham", city="Boston")) is None
    assert MEMORY.meant(Question(id="q1", kind="missing", entity="shops", lookup={"name": "Costco Waltham"})) is None


def test_values_are_found_again_as_they_stand_and_by_their_field() -> None:
    """`LBS` may be something else, and so may `lbs` in another field."""
    assert MEMORY.meant(invalid("lbs")) == POUND
    assert MEMORY.meant(invalid("LBS")) is None
    assert MEMORY.meant(invalid("lbs", "notes")) is None


def test_marks_alone_are_told_apart() -> None:
    """Names of signs only are not all the same name."""
    memory = Memory().with_entries([Remembered(entity="suppliers", written={"name": "%"}, means={"slug": "x"})])
    assert memory.meant(missing(name="%")) is not None
    assert memory.meant(missing(name="🍞")) is None


def test_what_something_is_not_answers_nothing() -> None:
    """It only keeps a row from being taken or offered."""
    assert MEMORY.meant(missing(name="Wilsons")) is None
    assert MEMORY.distinct("suppliers", {"name": "WILSONS"}) == {repr({"slug": "wilson_farm"})}
    assert MEMORY.distinct("suppliers", {"name": "Wilson"}) == frozenset()


def test_the_last_word_counts() -> None:
    """What is meant is replaced; what is not meant is gathered, and the two do not contradict each other."""
    other = Remembered(entity="suppliers", written={"name": "costco waltham"}, means={"slug": "costco_2"})
    never = Remembered(entity="suppliers", written={"name": "Costco Waltham"}, never=({"slug": "costco_2"},))
    [entry] = Memory().with_entries([COSTCO, other]).ordered()
    assert entry.means == {"slug": "costco_2"}
    [entry] = Memory().with_entries([COSTCO, other, never]).ordered()
    assert (entry.means, entry.never) == (None, ({"slug": "costco_2"},))
    [entry] = Memory().with_entries([COSTCO, never]).ordered()
    assert (entry.means, entry.never) == ({"slug": "costco_ma"}, ({"slug": "costco_2"},))
    [entry] = Memory().with_entries([never, other]).ordered()
    assert (entry.means, entry.never) == ({"slug": "costco_2"}, ())


@pytest.mark.parametrize(
    ("question", "answer", "remembered"),
    [
        (missing(name="X"), answered("map", key={"slug": "x"}), {"means": {"slug": "x"}}),
        (missing(name="X"), answered("create", key={"slug": "x"}, values={"name": "X", "slug": "x"}), None),
        (missing(name="X"), answered("create", key={"slug": "y"}, values={"name": "Y"}), {"means": {"slug": "y"}}),
        (missing(name="X"), answered("skip"), None),
        (missing(id=7), answered("map", key={"slug": "x"}), None),
        (invalid("lbs"), answered("value", value="lb"), {"value": "lb"}),
        (invalid(Decimal("1.5")), answered("value", value=2), {"value": 2}),
        (invalid("lbs"), answered("value", value=None), None),
        (invalid("lbs"), answered("omit"), None),
        (invalid(None), answered("value", value="lb"), None),
        (invalid("long…"), answered("value", value="lb"), None),
    ],
)
def test_only_what_helps_the_next_time_is_remembered(
    question: Question, answer: Answered, remembered: dict[str, Any] | None
) -> None:
    """A row that is created under the name that the source has is found by it; a skip is of this once."""
    entry = worth_remembering(question, answer)
    if remembered is None:
        assert entry is None
    else:
        assert entry is not None
        assert {name: getattr(entry, name) for name in remembered} == remembered
        assert entry.by == "ada"


def test_an_entry_gives_the_answer() -> None:
    """To a reference by mapping, to a value by value; its origin is kept."""
    mapped, valued = answer_of(missing(name="x"), COSTCO, "memory"), answer_of(invalid("lbs"), POUND, "memory")
    assert (mapped.choice, mapped.key, mapped.origin) == ("map", {"slug": "costco_ma"}, "memory")
    assert (valued.choice, valued.value) == ("value", "lb")


def test_entries_are_said_in_a_line() -> None:
    """What is written, what it means, and what it never means."""
    assert [entry_text(entry) for entry in MEMORY.ordered()] == [
        'products, package_unit: "lbs" means "lb"',
        'suppliers: "Costco Waltham" means costco_ma',
        'suppliers: "Wilsons" never wilson_farm',
    ]


def test_other_kinds_of_question_are_of_this_once() -> None:
    """A conflict, a duplicate and a doubtful identity are about the rows of this changeset."""
    for kind in ("conflict", "duplicate", "identity"):
        question = Question(id="q1", kind=kind, entity="suppliers", lookup={"name": "x"}, value="x")
        assert asked_by(question) is None

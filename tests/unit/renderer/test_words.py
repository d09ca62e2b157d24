"""How values, keys, numbers and times are said."""

from __future__ import annotations

import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.changeset.header import Section
from bake.changeset.model import Json, Key, Runs
from bake.renderer.document_parts import FieldChange
from bake.renderer.words import (
    change_text,
    counted,
    field_sides,
    key_text,
    moment,
    numbered,
    runs_text,
    sections_text,
    value_text,
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null"),
        (False, "false"),
        (0, "0"),
        (Decimal("0.0"), "0.0"),
        ("0", '"0"'),
        ("", '""'),
        ('9" pan', '"9\\" pan"'),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        ({"slug": "costco_waltham_ma"}, "costco_waltham_ma"),
        ([1, {"a": None}], '[1,{"a":null}]'),
        ("x" * 300, '"' + "x" * 240 + '… (60 more characters)"'),
    ],
)
def test_values(value: Json, said: str) -> None:
    """Values that differ are said differently: `0`, `0.0`, `false`, `null` and `"0"` are five things."""
    assert value_text(value) == said


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"slug": "penzeys"}, "penzeys"),
        ({"name": "Wilson Farm", "city": "Lexington"}, "name=Wilson Farm, city=Lexington"),
        ({"ingredient": {"slug": "flour"}, "size": None}, "ingredient=(flour), size=null"),
        ({"product": {"slug": "flour"}}, "flour"),
        ({"slug": ""}, 'slug=""'),
        ({}, "(no key)"),
    ],
)
def test_keys(key: Key, said: str) -> None:
    """A key of one text is that text; of several fields, each has its name."""
    assert key_text(key) == said


@given(st.text(string.ascii_lowercase, min_size=300), st.text("abc", max_size=400), st.text("abc", max_size=400))
def test_a_change_of_a_long_text_shows_the_difference(start: str, before: str, after: str) -> None:
    """However much two long texts have in common at their start, what is shown of them differs if they differ."""
    shown = change_text(start + before, start + after)
    assert (shown[0] == shown[1]) == (before == after)


@pytest.mark.parametrize(("before", "after"), [("King Arthur", "King\u00a0Arthur"), ("é", "e\u0301"), ("fi", "ﬁ")])
def test_a_change_that_cannot_be_seen_is_shown(before: str, after: str) -> None:
    """Texts that look alike are told apart by the numbers of their characters."""
    one, other = change_text(before, after)
    assert one != other
    assert (one + other).isascii()


@pytest.mark.parametrize(
    ("change", "sides"),
    [
        (FieldChange(field="a", before=1, after=2), ("1", "2")),
        (FieldChange(field="a", before=1), ("1", "")),
        (FieldChange(field="a", after=None), ("", "null")),
        (FieldChange(field="a", waits_for="q1"), ("", "waits for q1")),
        (FieldChange(field="a", after={"name": "X"}, waits_for="q1"), ("", "waits for q1 (says X)")),
        (FieldChange(field="a", after={"slug": "x"}, waits_for=7), ("", "x (operation 7)")),
    ],
)
def test_sides_of_a_field(change: FieldChange, sides: tuple[str, str]) -> None:
    """A side that is not there is empty; what is undecided says what it waits for."""
    assert field_sides(change) == sides


def test_numbers_and_times() -> None:
    """Nouns agree with their numbers; a time that is none is shown as it stands, and printable."""
    assert [counted(n, "record") for n in (0, 1, 1234)] == ["0 records", "1 record", "1,234 records"]
    assert moment("2025-12-24T10:00:00Z") == "2025-12-24 10:00 UTC"
    assert moment("yesterday\x1b") == "yesterday␛"


@pytest.mark.parametrize(
    ("runs", "said"), [((3,), "record 3"), (("5-6",), "records 5-6"), ((1, 3, 5, 7, 9, 11), "records 1, 3, 5, 7, 9, …")]
)
def test_runs(runs: Runs, said: str) -> None:
    """The first few runs are shown, and that there are more."""
    assert numbered("record", runs) == said
    assert runs_text(runs) in said


def test_sections() -> None:
    """Sections that the catalog does not know are marked, and not more than some are listed."""
    known, unknown = Section(name="suppliers", records=6, entity="suppliers"), Section(name="x\n", records=1200)
    assert sections_text((known, unknown)) == "suppliers 6, x␊ 1,200 (unknown)"
    assert sections_text((known, known), limit=1) == "suppliers 6, …"

"""What data may say to a terminal: nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.renderer.printable import printable

STEERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(st.characters(codec=None)))
def test_nothing_that_steers_gets_through(text: str) -> None:
    """Whatever the text, no control character, new line, direction sign or half character is left, and it is text."""
    shown = printable(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert not STEERING & set(shown)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown.splitlines()) <= 1


@given(st.text(st.characters(codec=None)))
def test_what_is_printable_stays(text: str) -> None:
    """Making text printable twice is the same as once."""
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("two\nlines\r\n\tand a tab", "two␊lines␍␊␉and a tab"),
        ("a\x7fb", "a␡b"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("half \ud83d", "half \\ud83d"),
        ("tag \U000e0041", "tag \\U000e0041"),
    ],
)
def test_signs_are_shown(text: str, shown: str) -> None:
    """A sign that would steer or hide is replaced by one that can be seen."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text", ["Wilson's Farm", "crème brûlée 5 €", "小麦粉", "👩\u200d🍳", "می\u200cخوریم", r"C:\new [bold]<b>", ""]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Accents, other scripts, emoji and their joiners, back slashes and brackets are passed on as they are."""
    assert printable(text) == text

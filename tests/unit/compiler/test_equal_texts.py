"""Texts that a collation may hold equal, by their rough form; what it really does is tried on databases."""

from __future__ import annotations

import pytest

from bake.compiler.drafting.equal_texts import rough_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob@example.org", "BOB@example.org "),
        ("cr\u00e8me", "CREME"),
        ("ca\u00dfe", "case"),
        ("stra\u00dfe", "STRASSE"),
        ("\uff21\uff22", "ab"),
        ("a\u00adb", "a-b"),
        ("\u0130stanbul", "istanbul"),
    ],
)
def test_what_collations_hold_equal_has_one_rough_form(one: str, other: str) -> None:
    """Case, accents, widths, blanks, signs and doubled letters are left out of it."""
    assert rough_form(one) == rough_form(other)


@pytest.mark.parametrize(("one", "other"), [("ab", "ba"), ("a1", "a2"), ("!", "?"), ("", "a"), ("rye", "rice")])
def test_other_texts_have_another_one(one: str, other: str) -> None:
    """So that the database is not asked about them."""
    assert rough_form(one) != rough_form(other)

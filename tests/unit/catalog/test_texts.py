"""Texts: what is tidied of them, what is warned of, and that nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.names import normal_form
from bake.catalog.texts import oddities, tidied, unmangled


@pytest.mark.parametrize(
    ("text", "name", "other", "done"),
    [
        ("Costco", "Costco", "Costco", ()),
        (" Costco\t", "Costco", "Costco", ("blanks around it",)),
        ("King  Arthur", "King Arthur", "King  Arthur", ("doubled blanks",)),
        ("King\u00a0Arthur\u00a0", "King Arthur", "King Arthur", ("no-break spaces", "blanks around it")),
        ("Cre\u0300me", "Cr\u00e8me", "Cr\u00e8me", ("its Unicode form",)),
        ("one\n\ntwo", "one\n\ntwo", "one\n\ntwo", ()),
        ("  ", "  ", "  ", ()),
        ("", "", "", ()),
        ("\u00bd cup", "\u00bd cup", "\u00bd cup", ()),
    ],
)
def test_what_is_tidied(text: str, name: str, other: str, done: tuple[str, ...]) -> None:
    """Doubled blanks only in names; compatibility forms, case and line breaks stay."""
    assert tidied(text, is_name=True) == (name, done)
    assert tidied(text, is_name=False)[0] == other


@given(st.text(), st.booleans())
def test_tidied_texts_are_tidy_and_the_same_names(text: str, is_name: bool) -> None:
    """To tidy twice is to tidy once, and no name becomes another one."""
    once, _ = tidied(text, is_name=is_name)
    assert tidied(once, is_name=is_name) == (once, ())
    assert normal_form(once) == normal_form(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Cost\u200bco", ["U+200B ZERO WIDTH SPACE"]),
        ("\u202eoctsoC", ["U+202E RIGHT-TO-LEFT OVERRIDE"]),
        ("\u0421ostco", ["letters of several scripts (Cyrillic and Latin): U+0421 CYRILLIC CAPITAL LETTER ES"]),
        ("Al\u03c1ha", ["Greek and Latin"]),
        ("Cr\u00c3\u00a8me", ['read as Windows-1252; mended, it is "Cr\u00e8me"']),
        ("King Arthur\u00e2\u20ac\u2122s", ['mended, it is "King Arthur\u2019s"']),
        ("\u00c3\u0081gua", ['mended, it is "\u00c1gua"']),
        ("Cr\u00e8me fra\u00eeche \u20ac5 \u2013 \u201cthe best\u201d", []),
        ("\u0445\u043b\u0435\u0431 Costco \u03b1-Tocopherol 5\u00b5m", []),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", []),
        ("\u00c2\u00ae\u00ae", []),
        ("NESTL\u00c9\u00ae", []),
    ],
)
def test_what_is_warned_of(text: str, says: list[str]) -> None:
    """With code points, or what it would be mended; words of other scripts, signs and joiners are right as they are."""
    found = list(oddities(text))
    assert len(found) == len(says)
    assert all(part in message for part, message in zip(says, found, strict=True))


COMMON = st.characters(min_codepoint=0xA0, max_codepoint=0x17F) | st.characters(
    min_codepoint=0x370, max_codepoint=0x2FFF
)


@given(st.text(COMMON, min_size=1))
def test_what_was_mangled_is_mended(text: str) -> None:
    """For any text but letters of phonetics: its UTF-8 read as Windows-1252 becomes what it was."""
    mangled = "".join(bytes([one]).decode("cp1252", "ignore") or chr(one) for one in text.encode())
    assert unmangled(mangled) == text
    assert unmangled("Plain") == "Plain"

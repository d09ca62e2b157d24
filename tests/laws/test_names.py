"""Laws of names: their two forms are stable, whatever a name is made of."""

from __future__ import annotations

import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from bake.catalog.names import loose_form, normal_form

#: Any text, and text dense in what the forms treat specially. U+0345 is left out: Unicode's own case folding of it is
#: not stable, as it makes a letter of a mark whose order did not matter.
NAMES = (
    st.text() | st.text(st.sampled_from("aAbß İıςΣ1½-‐–'’´`\"“«.,/#+%_\u0301\u0323\u0307\u00a0\u200dकि가ガ゙ﾞตู"))
).filter(lambda name: "\u0345" not in unicodedata.normalize("NFD", name))


@given(name=NAMES)
def test_the_forms_are_idempotent(name: str) -> None:
    """A name that is in a form stays as it is."""
    assert normal_form(normal_form(name)) == normal_form(name)
    assert loose_form(loose_form(name)) == loose_form(name)


@given(name=NAMES)
def test_rule_02_compatibility_forms_and_case_do_not_matter(name: str) -> None:
    """What NFKC and case folding make of a name is the same name."""
    assert normal_form(unicodedata.normalize("NFKC", name)) == normal_form(name)
    assert normal_form(unicodedata.normalize("NFD", name)) == normal_form(name)
    assert normal_form(name.casefold()) == normal_form(name)


@given(name=st.text(st.characters(max_codepoint=127)) | st.text(st.sampled_from("aB19-.,:/_'`\"#(! \x1c")))
def test_rule_02_the_width_of_letters_does_not_matter(name: str) -> None:
    """ASCII is compared in a quicker way than all other texts: both ways give the same."""
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in name)
    assert loose_form(wide) == loose_form(name)
    assert normal_form(wide) == normal_form(name)


@given(name=NAMES)
def test_rule_02_blanks_do_not_matter(name: str) -> None:
    """Blanks before and after, and doubled ones, are not part of a name; one with an acute on it is an apostrophe."""
    assume("\u0301" not in unicodedata.normalize("NFKD", name))
    assert normal_form(f" \u00a0{name}\t ") == normal_form(name)
    assert normal_form(name.replace(" ", "  ")) == normal_form(name)
    assert normal_form(name).split() == normal_form(name).split(" ") or not normal_form(name)


@given(name=NAMES)
def test_rule_02_the_same_names_are_candidates_of_each_other(name: str) -> None:
    """The loose form is made of the normal one: it tells nothing apart that the normal form takes for the same."""
    assert loose_form(normal_form(name)) == loose_form(name)

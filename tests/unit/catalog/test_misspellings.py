"""Which names may be others, misspelt: the table of `bake.catalog.misspellings`, in many scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from bake.catalog.misspellings import SLIPS, allowed, misspelt, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Burlingtn", "Burlington"),
        ("Almnod Butter", "Almond Butter"),
        ("almnod_butter", "almond_butter"),
        ("ALMNOD BUTTER", "Almond  Butter"),
        ("Almnod Butter 16 oz", "Almond Butter 16 oz"),
        ("Costko", "Costco"),
        ("Bread Flor", "Bread Flour"),
        ("urlington", "Burlington"),
        ("Brlingtonn", "Burlington"),
        ("Bread FLuor", "Bread Flour"),
        ("Massachusets Tecnology", "Massachusetts Technology"),
        ("Confectionners Suggar", "Confectioners Sugar"),
        ("Rosemarry's Kitchen", "Rosemary’s Kitchen"),
        ("Mühlenbäkerei", "Mühlenbäckerei"),
        ("Пекраня", "Пекарня"),
        ("Μπισκτα", "Μπισκότα"),
        ("अलसीकातेल", "अलसीकतेल"),
        ("طحينابيض", "طحينابيص"),
        ("קמחכוסמין", "קמחכסמין"),
        ("แป้งขนมปง", "แป้งขนมปัง"),
        ("アーモンドパター", "アーモンドバター"),
        ("아몬드버터빵", "알몬드버터빵"),
        ("Նուշակարագ", "Նուշիկարագ"),
    ],
)
def test_names_that_may_be_misspelt(one: str, other: str) -> None:
    """One letter of a word of five and more, or two of ten, in either."""
    assert misspelt(one, other)
    assert misspelt(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rice", "Ride"),
        ("Anna", "Anne"),
        ("Dark Rum", "Dark Gum"),
        ("Bread", "Tread"),
        ("grated", "rated"),
        ("Salted Butter", "Unsalted Butter"),
        ("Flour 1", "Flour 2"),
        ("Flour No 12345", "Flour No 12346"),
        ("Type 405", "Type 550"),
        ("Flour 500g", "Flour 50g"),
        ("Shirt M", "Shirt L"),
        ("Shirt Red", "Shirt Rod"),
        ("Vitamin C", "Vitamin D"),
        ("Coarse Sea Salt", "Coarse Salt"),
        ("Bread Flour", "Flour Bread"),
        ("Bread Flour", "Bread Flour"),
        ("Bread Flour", "BREAD FLOUR"),
        ("Almond Butter", "Almond Batteries"),
        ("Liquid", "Liquids"),
        ("FRANK", "FRANS"),
        ("ANTON", "ANTOM"),
        ("jon@example.org", "john@example.org"),
        ("Мак", "Лак"),
        ("東京都庁舎前", "東京部庁舎前"),
        ("ライ麦", "ライ表"),
        ("किला", "काला"),
        ("ตู", "ตี"),
        ("빵집", "빵칩"),
        ("", "a"),
    ],
)
def test_names_that_are_others(one: str, other: str) -> None:
    """Short words, digits, words of one letter, a word more, ideographs, codes, and what is the same."""
    assert not misspelt(one, other)
    assert not misspelt(other, one)


def test_more_may_differ_where_all_else_is_the_same() -> None:
    """Two letters of five, but not the first and another one."""
    assert not misspelt("All-Purpose Flower", "All-Purpose Flour")
    assert misspelt("All-Purpose Flower", "All-Purpose Flour", SLIPS)
    assert not misspelt("Salted Butter", "Unsalted Butter", SLIPS)


@given(word=st.text("abc", min_size=4, max_size=12), other=st.text("abc", min_size=4, max_size=12))
def test_words_that_differ_by_slips_have_a_stem_in_common(word: str, other: str) -> None:
    """So that one is found by the other, whatever the slips are."""
    if OSA.distance(word, other) <= allowed(max(len(word), len(other))):
        assert not {*stems(word)}.isdisjoint(stems(other))

"""Names as people write them: which are the same, labels without dangling words, and the name that was meant."""

from __future__ import annotations

import pytest

from bake.catalog.names import (
    enumerated,
    label,
    letters,
    loose_form,
    name_forms,
    near,
    normal_form,
)

SALE = "{product}: {quantity} at {price} on {date}"


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_in_a_sentence(names: list[str], said: str) -> None:
    """Names are separated as people separate them, however many there are."""
    assert enumerated(names) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"product": "Rye", "quantity": 1, "price": 5, "date": "2025-12-20"}, "Rye: 1 at 5 on 2025-12-20"),
        ({"product": "Rye", "quantity": 1, "price": 5, "date": None}, "Rye: 1 at 5"),
        ({"product": "Rye", "quantity": 1, "date": "2025-12-20"}, "Rye: 1 on 2025-12-20"),
    ],
)
def test_no_word_dangles(values: dict[str, str | int | None], said: str) -> None:
    """A word before a field goes where that is null."""
    assert label(SALE, values, "row") == said


def test_brackets_go_with_what_they_hold() -> None:
    """Empty brackets and lone commas are left out; of a row of which nothing is left, the fallback is said."""
    assert label("{name} ({city}, {state})", {"name": "Costco"}, "row") == "Costco"
    assert label("{name} ({city}, {state})", {"name": "Costco", "state": "MA"}, "row") == "Costco (MA)"
    assert label("{name}", {}, "row") == "row"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("UPC", "upc_code"), ("Brnad", "brand"), ("unit", None), ("unit price", "unit_price"), ("x", None), ("", None)],
)
def test_the_name_that_was_meant(typed: str, meant: str | None) -> None:
    """Case and underscores do not matter; the beginning of only one name is that name."""
    assert near(typed, ["upc_code", "brand", "unit_price", "unit_weight_of_the_package"]) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wilson's", "Wilson\u2019s"),
        ("Wilson's", "WILSON`S"),
        ("Wilson's", "Wilson\u00b4s"),
        ("King  Arthur ", "king\u00a0arthur"),
        ("King Arthur", "\tKing\u2003Arthur\n"),
        ("\uff21BC", "abc"),
        ("All-Purpose", "all\u2013purpose"),
        ("Temp -5", "temp \u22125"),
        ('12" pan', "12\u201d pan"),
        ('"Romashka"', "\u00abromashka\u00bb"),
        ("cafe\u0301", "CAFÉ"),
        ("Straße", "STRASSE"),
        ("ΟΔΟΣ", "οδος"),
        ("Οδός", "οδόσ"),
        ("ЁЛКА", "ёлка"),
        ("Հաց", "հաց"),
        ("ბანი", "ᲑᲐᲜᲘ"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("क़िला", "क\u093cिला"),
        ("ﻡﻼﺣ", "ملاح"),
    ],
)
def test_rule_02_taken_for_the_same(one: str, other: str) -> None:
    """Compatibility forms, case, blanks and variants of one sign make no other name, in whatever script."""
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wilson's", "Wilsons"),
        ("St. Louis, MA", "st louis ma"),
        ("co-op", "co op"),
        ("bread_flour", "Bread Flour"),
        ("Costco", "COSTCO!"),
        ("Café", "Cafe"),
        ("Σιτάρι", "Σιταρι"),
        ("Ёлка", "Елка"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("東京・大阪", "東京 大阪"),
        ("İstanbul", "istanbul"),
        ("Al\u00adpha", "Alpha"),
        ("\ufeffAlpha", "alpha"),
        ("Alpha\u200b", "ALPHA"),
        ("\u200eAlpha Mill\u200f", "Alpha Mill"),
        ("Al\u200d\u200cpha \u200d", "Alpha"),
        ("\uff21\u200dlpha", "Alpha"),
        ("❤\ufe0f Bakery", "❤ bakery"),
        ("קמח\u200f", "קמח"),
    ],
)
def test_rule_02_only_a_candidate(one: str, other: str) -> None:
    """What differs in accents, punctuation or what cannot be seen may be meant, and is not taken without asking."""
    assert normal_form(one) != normal_form(other)
    assert loose_form(one) == loose_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C#", "C++"),
        ("C#", "C"),
        ("A-", "A+"),
        ("A-", "A"),
        ("-5", "5"),
        ("1 2", "1/2"),
        ("1.5", "15"),
        ("1.5", "1 5"),
        ("1-2", "1 2"),
        ("50%", "50"),
        ("$5", "€5"),
        ("किला", "काला"),
        ("ตู", "ตี"),
        ("নু", "নি"),
        ("கி", "கீ"),
        ("ಕಿ", "ಕೀ"),
        ("は", "ば"),
        ("ガラス", "カラス"),
        ("가", "각"),
        ("ไก่", "ไก"),
        ("Isik", "Işık"),
        ("می\u200cخواهم", "میخواهم"),
        ("пар", "нар"),
        ("אב", "בא"),
        ("Σ", "Τ"),
    ],
)
def test_rule_02_different_names(one: str, other: str) -> None:
    """Signs, digits, and the marks that are letters in their script make another name in either form."""
    assert normal_form(one) != normal_form(other)
    assert loose_form(one) != loose_form(other)


@pytest.mark.parametrize(
    ("one", "other", "form"),
    [
        ("All-Purpose Flour", "Flour, all purpose", "by_words"),
        ("Stop & Shop", "Stop and Shop", "by_words"),
        ("The Fresh Market", "Fresh Market", "by_words"),
        ("Wegman", "Wegmans", "by_words"),
        ("Milk 2 %", "2 % milk", "by_words"),
        ("Мука ржаная", "Ржаная мука", "by_words"),
        ("Corn Starch", "cornstarch", "by_letters"),
        ("Costco", "Cost-Co", "by_letters"),
        ("7 Eleven Stores", "7 Elevenstore", "by_letters"),
    ],
)
def test_forms_of_names_that_may_be_one(one: str, other: str, form: str) -> None:
    """Words in another order, in the plural, joined by others or put together may name one thing."""
    assert name_forms(one).loose != name_forms(other).loose
    assert getattr(name_forms(one), form) == getattr(name_forms(other), form)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C#", "C++"),
        ("Type 1 2", "Type 12"),
        ("1/2 cup", "2/1 cup"),
        ("grain_1_0", "grain_0_1"),
        ("A-", "A+"),
        ("Gas", "Ga"),
        ("Glass", "Glas"),
        ("किला", "काला"),
        ("&", "The"),
        ("Rye", "Rice"),
    ],
)
def test_forms_of_names_keep_numbers_and_signs(one: str, other: str) -> None:
    """What differs in digits, signs or letters differs in each form; none is empty."""
    for form, another in zip(name_forms(one), name_forms(other), strict=True):
        assert form != another
        assert form


@pytest.mark.parametrize(("name", "left"), [("UPC Code:", "upccode"), ("upc_code", "upccode"), ("% ", ""), ("…", "")])
def test_letters_are_what_is_left_of_a_title(name: str, left: str) -> None:
    """Titles of columns are compared by their letters; of signs alone nothing is left."""
    assert letters(name) == left

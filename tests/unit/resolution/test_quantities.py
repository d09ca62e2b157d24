"""Amounts in names."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bake.resolution.quantities import Likeness, compared, measures, quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("King Arthur Flour 5lb", [("5 lb", "weight", "2267.96185")]),
        ("king_arthur_ap_flour_5_lb", [("5 lb", "weight", "2267.96185")]),
        ("Cider, 64 fl. oz.", [("64 fl oz", "volume", "1892.7059")]),
        ("½ gal milk", [("1/2 gal", "volume", "1892.705892")]),
        ("1 1/2 cups", [("1 1/2 cup", "volume", "354.88235")]),
        ("eggs, 2 dozen", [("2 dozen", "count", "24")]),
        ("Christmas 2025", [("2025", "", "2025")]),
        ("12 x 330 ml", [("12", "", "12"), ("330 ml", "volume", "330")]),
        ("q1 is no amount", []),
        ("5/0 lb", []),
        ("%", []),
    ],
)
def test_amounts_are_read_with_their_units(text: str, expected: list[tuple[str, str, str]]) -> None:
    """With and without a space, as a slug, as a fraction; a number without a unit counts as itself."""
    found = [(q.text, q.dimension, q.amount.quantize(Decimal("0.00001"))) for q in quantities(text)]
    assert [(text, dimension) for text, dimension, _ in found] == [(text, dimension) for text, dimension, _ in expected]
    for (_, _, amount), (_, _, wanted) in zip(found, expected, strict=True):
        assert amount == pytest.approx(Decimal(wanted), rel=Decimal("0.000001"))


@pytest.mark.parametrize(
    ("wanted", "offered", "likeness", "words"),
    [
        ("flour 2 lb", "flour 3 lb", Likeness.OTHER, "3 lb, not 2 lb"),
        ("milk 1 qt", "milk 1 l", Likeness.NEAR, "nearly the size: 1 l, not 1 qt"),
        ("sugar 1 lb", "sugar 16 oz", Likeness.SAME, "also 1 lb"),
        ("sugar 1 lb", "sugar 454 g", Likeness.SAME, "also 1 lb"),
        ("salt 99 g", "salt 100 g", Likeness.OTHER, "100 g, not 99 g"),
        ("salt 1 lb", "salt", Likeness.UNRELATED, ""),
        ("cider 64 oz", "cider 64 fl oz", Likeness.UNRELATED, ""),
        ("Christmas 2024", "Christmas 2025", Likeness.OTHER, "2025, not 2024"),
        ("0 lb", "0 oz", Likeness.SAME, "also 0 lb"),
    ],
)
def test_amounts_are_compared_by_what_they_are(wanted: str, offered: str, likeness: Likeness, words: str) -> None:
    """Not by how they are written: 16 oz are a pound, a litre is no quart, and weight is not compared with volume."""
    comparison = compared(quantities(wanted), quantities(offered))
    assert (comparison.likeness, comparison.words) == (likeness, words)


def test_a_text_may_be_all_about_an_amount() -> None:
    """A unit alone and a size are; a name with a size in it is not."""
    assert [measures(text) for text in ("lb", "5 lb", "Fl Oz", "5 lb flour", "Boston")] == [
        True,
        True,
        True,
        False,
        False,
    ]

"""What the check of GTINs says, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.bakery.checks import check_digit

DIGITS = "0123456789"


def reckoned(body: str) -> str:
    """The check digit by the standard's own words: threes and ones from the right, up to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


@pytest.mark.parametrize(
    "value",
    [
        "071012010103",  # UPC-A
        "0071012010103",  # the same as an EAN-13
        "00071012010103",  # the same as a GTIN-14
        "4006381333931",  # EAN-13
        "96385074",  # EAN-8
        "10012345678902",  # GTIN-14
        "04252614",  # UPC-E for 042100005264
        "01234531",  # UPC-E for 012300000451
        "01234543",  # UPC-E for 012340000053
        "01234558",  # UPC-E for 012345000058
    ],
)
def test_good_numbers_pass(value: str) -> None:
    """Each length of a GTIN, with the zeros that fill it up, and zero-suppressed UPCs."""
    assert check_digit(value) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("071012010104", "the check digit of 071012010104 should be 3, not 4"),
        ("4006381333932", "the check digit of 4006381333932 should be 1, not 2"),
        ("96385075", "the check digit of 96385075 should be 4, not 5"),
        ("71012010104", "the check digit of 71012010104 should be 3, not 4; if it was left off, the whole number is "),
        ("07101201010", "; if it was left off, the whole number is 071012010103"),
        ("7101201010", "; if it was left off, the whole number is 071012010103"),
        ("71012010103", "71012010103 has 11 digits: with its zero it is 071012010103"),
        ("12000161155", "12000161155 has 11 digits: with its zero it is 012000161155"),
        ("4252614", "4252614 has 7 digits: with its zero it is 04252614"),
        ("1200016110", "if it was left off, the whole number is"),
        ("123456", '"123456" has 6 digits; a GTIN has 8, 12, 13 or 14'),
        ("123456789012345", '"123456789012345" has 15 digits; a GTIN has 8, 12, 13 or 14'),
        ("", '"" is no GTIN'),
        ("0 71012 01010 3", '"0 71012 01010 3" is no GTIN: it has other characters than digits'),
        ("٠٧١٠١٢٠١٠١٠٣", "it has other characters than digits"),
        ("7101201010³", "it has other characters than digits"),
        ("N/A", '"N/A" is no GTIN: it has other characters than digits'),
        ("\x1b[31m", "\\u001b[31m"),
        ("000000000000", "is all zeros"),
    ],
)
def test_wrong_numbers_are_told_what_is_wrong(value: str, says: str) -> None:
    """The message names the trouble, and the right digit where there is one."""
    assert says in (check_digit(value) or "")


@given(st.text(DIGITS, min_size=11, max_size=11).filter(lambda body: body.strip("0")))
def test_one_last_digit_passes_and_nine_are_reported(body: str) -> None:
    """Law: of the ten numbers that begin with the same eleven digits, exactly the one with the check digit is good."""
    good = reckoned(body)
    assert check_digit(body + good) is None
    for wrong in DIGITS.replace(good, ""):
        assert f"should be {good}, not {wrong}" in (check_digit(body + wrong) or "")


@given(st.text())
def test_any_text_is_judged(value: str) -> None:
    """Law: whatever was entered, the check says None or one printable line, and never raises."""
    said = check_digit(value)
    assert said is None or (said and said.isprintable())

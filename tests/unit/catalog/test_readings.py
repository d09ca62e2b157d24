"""What texts may mean that are no values: the formats in which people write dates, decimals and fractions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.catalog.field_types import Date, Exact, FieldType, Integer, Range, Text
from bake.catalog.readings import kind_of_text, meanings
from bake.catalog.values import Json, parse

PRICE = Exact(14, 4)


def read(type_: FieldType, raw: Json) -> dict[str, Json]:
    """The readings of a value by the name of their option."""
    return {one.name: one.value for one in meanings(type_, raw)}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("1/2/2025", {"month/day/year": "2025-01-02", "day/month/year": "2025-02-01"}),
        ("1/13/2025", {"month/day/year": "2025-01-13"}),
        ("13.1.2025", {"day/month/year": "2025-01-13"}),
        ("13-01-2025 00:00:00", {"day/month/year": "2025-01-13"}),
        ("1/13/25", {"month/day/year": "2025-01-13"}),
        ("25/1/13", {"year/month/day": "2025-01-13", "day/month/year": "2013-01-25"}),
        ("2025/1/13", {"year/month/day": "2025-01-13"}),
        ("20250113", {"year/month/day": "2025-01-13"}),
        (20250113, {"year/month/day": "2025-01-13"}),
        ("20251301", {}),
        ("13 Jan 2025", {"named month": "2025-01-13"}),
        ("January 13th, 2025", {"named month": "2025-01-13"}),
        ("13-Sept-25", {"named month": "2025-09-13"}),
        ("Mon 13 Jan 2025", {"named month": "2025-01-13"}),
        ("Monday, January 13, 2025", {"named month": "2025-01-13"}),
        ("Mo., 13.01.2025", {"day/month/year": "2025-01-13"}),
        ("Tue 13 Jan 2025", {}),
        ("Mon 1/2/2025", {}),
        ("Wed 1/2/2025", {}),
        ("Thu 1/2/2025", {"month/day/year": "2025-01-02"}),
        ("3. März 2025", {"named month": "2025-03-03"}),
        ("3. Mrz 25", {"named month": "2025-03-03"}),
        ("12. Dez. 2025", {"named month": "2025-12-12"}),
        ("1er août 2025", {"named month": "2025-08-01"}),
        ("3 de marzo de 2025", {"named month": "2025-03-03"}),
        ("45670", {"Excel number": "2025-01-13"}),
        (45670, {"Excel number": "2025-01-13"}),
        (Decimal("45670.0"), {"Excel number": "2025-01-13"}),
        ("30/30/2025", {}),
        ("2/29/2025", {}),
        ("Ju 3 2025", {}),
        ("2025", {}),
        ("1/13/2025 10:30", {}),
        ("0/0/0000", {}),
        ("soon", {}),
        (True, {}),
        (7, {}),
    ],
)
def test_dates(raw: Json, found: dict[str, str]) -> None:
    """Each reading that is in the calendar; none of them is preferred."""
    assert read(Date(), raw) == found


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_each_date_is_read_back(day: date) -> None:
    """Law: whatever format a date is written in, that format's reading is the date."""
    assert read(Date(), f"{day.month}/{day.day}/{day.year}")["month/day/year"] == day.isoformat()
    assert read(Date(), f"{day.day:02}.{day.month:02}.{day.year % 100:02}")["day/month/year"] == day.isoformat()
    assert read(Date(), f"{day.year}/{day.month}/{day.day}") == {"year/month/day": day.isoformat()}
    assert read(Date(), (day - date(1899, 12, 30)).days) == {"Excel number": day.isoformat()}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("1,234", {"decimal comma": "1.234", "decimal point": "1234"}),
        ("-1.234 €", {"decimal comma": "-1234", "decimal point": "-1.234"}),
        ("1.234 ?", {"decimal comma": "1234", "decimal point": "1.234"}),
        ("6,99", {"number": "6.99"}),
        ("$6.99", {"number": "6.99"}),
        ("6.49 USD", {"number": "6.49"}),
        ("EUR -1.5", {"number": "-1.5"}),
        ("3 cups", {"number alone": "3"}),
        ("about 5", {"number alone": "5"}),
        ("~ 1 1/2", {"number alone": "1.5"}),
        ("½ lb", {"number alone": "0.5"}),
        ("1,234 lb", {}),
        ("1 lb 4 oz", {}),
        ("about 5 lb", {}),
        ("2-3", {"lower": "2", "upper": "3", "middle": "2.5"}),
        ("1.5 to 2", {"lower": "1.5", "upper": "2", "middle": "1.75"}),
        ("3-2", {}),
        ("2-3-4", {}),
        ("50 %", {"percentage of one": "0.5"}),
        ("12.5%", {"percentage of one": "0.125"}),
        ("1/2", {"fraction": "0.5"}),
        ("1 1/2", {"fraction": "1.5"}),
        ("½", {"fraction": "0.5"}),
        ("1½", {"fraction": "1.5"}),
        ("2 ¾", {"fraction": "2.75"}),
        ("1/3", {"fraction": "0.3333"}),
        ("1/0", {}),
        ("²", {}),
    ],
)
def test_numbers(raw: Json, found: dict[str, str]) -> None:
    """What can be one number only is no matter of choice."""
    assert read(PRICE, raw) == {name: Decimal(value) for name, value in found.items()}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("3 cups", "number alone: cups"), ("2 CUPS", "number alone: cups"), ("2-3", "lower"), ("1,234", "")],
)
def test_texts_of_one_kind_share_a_question(raw: str, kind: str) -> None:
    """A number beside another word is another decision; all ranges are one."""
    assert kind_of_text(PRICE, raw, meanings(PRICE, raw)) == kind


def test_what_does_not_fit_is_not_offered() -> None:
    """A reading that is out of range is none, nor are there any of other types."""
    assert read(Exact(14, 4, Range(maximum=Decimal(100))), "1,234") == {"decimal comma": Decimal("1.234")}
    assert read(Text(), "1/2/2025") == read(Integer(), "1/2") == {}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (Decimal("0.3333333333333333"), {"rounded": Decimal("0.3333")}),
        ("0.3333333333333333", {"rounded": Decimal("0.3333")}),
        ("-2.66666", {"rounded": Decimal("-2.6667")}),
        ("$ 1,234.56789", {"rounded": Decimal("1234.5679")}),
        ("0,66666", {"rounded": Decimal("0.6667")}),
        (Decimal("0.00001"), {}),
        ([1], {}),
        (Decimal("1e30"), {}),
        (Decimal("99999999999.33333"), {}),
        (Decimal("0.3333"), {}),
        (True, {}),
    ],
)
def test_more_decimals_than_fit(raw: Json, found: dict[str, Decimal]) -> None:
    """They may be meant rounded, which is never done unasked; never where nothing of the number would be left."""
    assert read(PRICE, raw) == found


@given(st.decimals(-1000, 1000, places=9))
def test_rounding_takes_less_than_half_a_place(number: Decimal) -> None:
    """Law: what a number is rounded to fits, and differs by half of the last decimal at most."""
    for value in read(PRICE, number).values():
        assert parse(PRICE, value) == value
        assert abs(Decimal(str(value)) - number) <= Decimal("0.00005")

"""What a value is, by type, and when two are the same (rules 6 and 7)."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from bake.catalog import field_types as t
from bake.catalog import values as v
from bake.catalog.type_words import describe

PRICE = t.Exact(10, 4, t.Range(minimum=Decimal(0)))


@pytest.mark.parametrize(
    ("type_", "raw", "canonical"),
    [
        (t.Text(), " as it stands ", " as it stands "),
        (t.Text(), "", ""),
        (t.Text(3), "äöü", "äöü"),
        (t.Integer(), 7, 7),
        (t.Integer(), Decimal("7.0"), 7),
        (t.Integer(), "7", 7),
        (PRICE, "6.99", Decimal("6.99")),
        (PRICE, Decimal("6.9900"), Decimal("6.99")),
        (PRICE, 0, Decimal(0)),
        (PRICE, Decimal("-0.0"), Decimal(0)),
        (PRICE, Decimal("1E+2"), Decimal(100)),
        (
            t.Exact(38, 10),
            "1234567890123456789012345678.0123456789",
            Decimal("1234567890123456789012345678.0123456789"),
        ),
        (t.Real(), Decimal("0.1"), Decimal("0.1")),
        (t.Real(), 0.1 + 0.2, Decimal("0.30000000000000004")),
        (t.Boolean(), False, False),
        (t.Date(), "2024-02-29", "2024-02-29"),
        (t.Date(), " 2024-02-29\u00a0", "2024-02-29"),
        (t.Timestamp(), "2025-12-20T12:00:00+02:00", "2025-12-20T10:00:00Z"),
        (t.Timestamp(), "2025-12-20T10:00:00.250000", "2025-12-20T10:00:00.250000Z"),
        (t.Choice(("lb", "oz")), "lb", "lb"),
        (t.Uuid(), "16DC293A-461D-4E3D-A326-87FD0DB3BFBE", "16dc293a-461d-4e3d-a326-87fd0db3bfbe"),
        (t.Uuid(), "16dc293a461d4e3da32687fd0db3bfbe ", "16dc293a-461d-4e3d-a326-87fd0db3bfbe"),
        (t.Timestamp(), " 2025-12-20T10:00:00Z", "2025-12-20T10:00:00Z"),
        (t.Bytes(3), "AP8=\n", "AP8="),
        (t.Bytes(), "", ""),
        (t.Document(), {"a": [Decimal("1.50"), None, True]}, {"a": [Decimal("1.5"), None, True]}),
    ],
)
def test_what_fits_becomes_canonical(type_: t.ScalarType, raw: Any, canonical: Any) -> None:
    """Whatever way a value is written, it becomes the one canonical value, with nothing lost."""
    parsed = v.parse(type_, raw)
    assert v.same(parsed, canonical)
    assert str(parsed) == str(canonical)


@pytest.mark.parametrize(
    ("type_", "raw", "problem"),
    [
        (t.Text(), 7, "is not text"),
        (t.Text(3), "abcd", "has 4 characters"),
        (t.Text(), "a\0b", "no database stores"),
        (t.Text(), "\ud800", "no database stores"),
        (t.Integer(), Decimal("7.5"), "not a whole number"),
        (t.Integer(), True, "true is not a number"),
        (t.Integer(), 2**63, "64 bits"),
        (PRICE, "$6.99", "is not a number"),
        (PRICE, Decimal("6.99999"), "more than 4 decimals"),
        (PRICE, 1_000_000, "more than 6 digits before the point"),
        (PRICE, Decimal("-0.01"), "out of range"),
        (PRICE, Decimal("1e999"), "out of range"),
        (PRICE, Decimal("NaN"), "out of range"),
        (t.Real(), Decimal("1e999"), "out of range"),
        (t.Boolean(), 1, "neither true nor false"),
        (t.Boolean(), "true", "neither true nor false"),
        (t.Date(), "2025-13-01", "not in the calendar"),
        (t.Date(), "2025-12-20T10:00:00", "is not a date"),
        (t.Date(), 20251220, "is not a date"),
        (t.Timestamp(), "yesterday", "is not a time"),
        (t.Timestamp(), "0001-01-01T00:00:00+14:00", "is not a time"),
        (t.Choice(("lb", "oz")), "pounds", "is not known here"),
        (t.Uuid(), "42", "is not a UUID"),
        (t.Bytes(), "AP8=!", "is not base64"),
        (t.Bytes(), "AP8", "is not base64"),
        (t.Bytes(1), "AP8=", "has 2 bytes"),
        (t.Document(), {"a": Decimal("Infinity")}, "out of range"),
    ],
)
def test_what_does_not_fit_is_said(type_: t.ScalarType, raw: Any, problem: str) -> None:
    """A value that does not fit is refused with what is wrong and what was expected, and never made to fit."""
    with pytest.raises(v.Misfit, match=problem) as caught:
        v.parse(type_, raw)
    assert caught.value.expected == describe(type_)


@pytest.mark.parametrize(("one", "other"), list(combinations([0, Decimal(0), False, None, "", "0", [], {}], 2)))
def test_rule_06_zero_false_null_and_empty_are_different(one: Any, other: Any) -> None:
    """`0`, `0.0`, `false`, `null` and what is empty are never taken for each other, though Python holds some equal."""
    assert not v.same(one, other)


@pytest.mark.parametrize("type_", [t.Text(), t.Integer(), PRICE, t.Boolean(), t.Date(), t.Choice(("a",)), t.Document()])
def test_null_stays_null(type_: t.ScalarType) -> None:
    """Null is null in every type: never zero, never empty."""
    assert v.parse(type_, None) is None


def test_a_long_value_is_clipped_in_messages() -> None:
    """Ten megabytes of text, or characters that steer a terminal, do not end up in a message."""
    with pytest.raises(v.Misfit) as caught:
        v.parse(t.Integer(), "\x1b[31m" + "x" * 10_000_000)
    assert len(str(caught.value)) < 200
    assert "\x1b" not in str(caught.value)

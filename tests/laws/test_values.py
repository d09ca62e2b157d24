"""Laws of canonical values."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bake.catalog import field_types as t
from bake.catalog import values as v

NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.decimals(allow_nan=False, allow_infinity=False, places=4),
    st.floats(allow_nan=False, allow_infinity=False),
)
RAW: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(), st.dates().map(str), st.uuids().map(str)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TYPES: st.SearchStrategy[t.ScalarType] = st.sampled_from(
    [
        t.Text(),
        t.Text(5),
        t.Integer(),
        t.Exact(10, 4),
        t.Exact(38, 0),
        t.Real(),
        t.Boolean(),
        t.Date(),
        t.Timestamp(),
        t.Choice(("a", "b")),
        t.Uuid(),
        t.Bytes(2),
        t.Document(),
    ]
)


@given(type_=TYPES, raw=RAW)
def test_parsing_is_idempotent_or_refuses(type_: t.ScalarType, raw: Any) -> None:
    """Any raw value becomes a canonical one, which parses to itself, or is refused with `Misfit`; no other error."""
    with suppress(v.Misfit):
        canonical = v.parse(type_, raw)
        assert v.same(canonical, v.parse(type_, canonical))


@given(digits=st.decimals(allow_nan=False, allow_infinity=False, min_value=-999_999, max_value=999_999, places=4))
def test_rule_06_decimals_stay_exact(digits: Decimal) -> None:
    """A number keeps its value to the last digit, written as a number or as text, with zeros or without."""
    type_ = t.Exact(10, 4)
    assert v.parse(type_, digits) == digits
    assert v.same(v.parse(type_, digits), v.parse(type_, f"{digits:f}"))
    assert v.same(v.parse(type_, digits), v.parse(type_, digits.normalize()))


@given(one=RAW, other=RAW)
def test_same_is_an_equivalence(one: Any, other: Any) -> None:
    """Every value is the same as itself, and sameness does not depend on the order of asking."""
    assert v.same(one, one)
    assert v.same(one, other) == v.same(other, one)

"""Raw values: of every kind that a source or a changeset may hold in a field, many of them not what a type wants."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

RAW: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.decimals(-9, 9, allow_nan=False, places=1),
    st.sampled_from([0.0, 1.0, 0.5, Decimal("1.00"), Decimal("-0"), "1", "1.0", "a", "abcd", "", "\0", "\ud800", "é"]),
    st.sampled_from(["2025-12-20", "2025-12-20T10:00:00+01:00", "9C909B9F-C093-57BD-934D-A8720F944849"]),
    st.sampled_from(["9c909b9f-c093-57bd-934d-a8720f944849", "9c909b9fc09357bd934da8720f944849"]),
    st.lists(st.integers(0, 1), max_size=2),
    st.dictionaries(st.sampled_from(["slug"]), st.integers(0, 1)),
)

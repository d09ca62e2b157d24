"""The index of numbers by mark, against a list of all of them."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bake.compiler.rows import mark_index
from bake.compiler.rows.mark_index import MOST, MarkIndex

#: The first three are in one part of the index.
MARKS = [0, 1024, -1024, 7, 2**63 - 1, -(2**63)]
STEPS = st.lists(st.lists(st.sampled_from([None, *MARKS]), max_size=3) | st.sampled_from(MARKS), max_size=30)


@given(STEPS, st.sampled_from([1, 4, 1000]))
def test_each_number_is_found_under_its_mark(steps: list[list[int | None] | int], remembered: int) -> None:
    """Ascending, each once, however many are kept in memory, and whether they were added before the first question."""
    index, expected, number = MarkIndex(), dict[int, list[int]](), 0
    with patch.object(mark_index, "REMEMBERED", remembered):
        for step in steps:
            if isinstance(step, int):
                assert index.numbers(step) == expected.get(step, [])
                continue
            numbers = list(range(number, number + len(step)))
            for _ in range(2):
                index.add(step, numbers)
            number += len(step)
            for mark, one in zip(step, numbers, strict=True):
                if mark is not None:
                    expected.setdefault(mark, []).append(one)
    for mark in MARKS:
        assert index.numbers(mark) == expected.get(mark, [])


@pytest.mark.parametrize("remembered", [1, 1000])
def test_of_very_many_numbers_under_one_mark_the_first_are_found(
    remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can choose among more rows than that; other marks in the same part are not in their way."""
    monkeypatch.setattr(mark_index, "REMEMBERED", remembered)
    index = MarkIndex()
    for mark in MARKS:
        index.add([mark] * (MOST + 5), range(MOST + 5))
    for mark in MARKS:
        assert index.numbers(mark) == list(range(MOST))

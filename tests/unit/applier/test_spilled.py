"""Lists of which only the beginning is in memory."""

from __future__ import annotations

import random
import tracemalloc

from bake.applier.spilled import KEPT, TOGETHER, Spilled


def test_all_values_are_given_back_in_any_order() -> None:
    """By position, one by one and several, those in memory, those in the file, and those in between."""
    values: Spilled[tuple[int, str]] = Spilled()
    there = [(n, f"value {n}") for n in range(KEPT + 3 * TOGETHER + 7)]
    for n, value in enumerate(there):
        assert len(values) == n
        values.append(value)
    assert list(values) == there
    positions = random.Random(1).sample(range(len(there)), len(there))
    assert values.some(positions) == [there[n] for n in positions]
    values.append((-1, "one more"))
    assert values[len(there)] == (-1, "one more")


def test_of_many_values_few_are_in_memory() -> None:
    """Ten times as many take hardly more."""
    values: Spilled[list[int]] = Spilled()
    tracemalloc.start()
    try:
        held = []
        for n in range(10 * KEPT):
            values.append([n] * 100)
            if n + 1 in (KEPT, 10 * KEPT):
                held.append(tracemalloc.get_traced_memory()[0])
        assert held[1] < 1.3 * held[0]
    finally:
        tracemalloc.stop()

"""What is kept on disk is found there, whenever it is asked for."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from bake.compiler.rows.mark_index import mark_of
from bake.compiler.rows.spill_store import BloomFilter, SpillStore

MARKS = st.sampled_from(list(map(mark_of, (b"a", b"b", b"c", b"d"))))
STEPS = st.lists(st.sets(MARKS) | MARKS, max_size=8)


@given(STEPS)
def test_the_number_under_a_mark_is_found(steps: list[set[int] | int]) -> None:
    """Numbers that are added before and after the first question are found alike."""
    kept, expected = SpillStore(), dict[int, int]()
    for n, step in enumerate(steps):
        if isinstance(step, int):
            assert kept.get(step) == expected.get(step)
        else:
            new = sorted(step - expected.keys())
            kept.add(new, [n] * len(new))
            expected |= dict.fromkeys(new, n)
            assert kept.among(step) == {mark: expected[mark] for mark in step}


def test_what_keeps_nothing_can_be_handed_on() -> None:
    """Helpers hand their claims on; there are never so many that any is on disk."""
    assert pickle.loads(pickle.dumps(SpillStore())).get(mark_of(b"a")) is None


def test_a_sieve_passes_few_that_it_does_not_hold() -> None:
    """It holds all that was added, and of a hundred thousand others hardly any, with as many in it."""
    sieve, marks = BloomFilter(), [mark_of(str(n).encode()) for n in range(200_000)]
    sieve.add(marks[::2])
    assert all(mark in sieve for mark in marks[::2])
    assert sum(mark in sieve for mark in marks[1::2]) < 20

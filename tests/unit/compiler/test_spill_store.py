"""What is kept on disk is found there, whenever it is asked for."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from bake.compiler.spill_store import BloomFilter, Entry, SpillStore, digest

KEYS = st.sampled_from([digest(b"a"), digest(b"b"), digest(b"c")])
VALUES = st.none() | st.integers(0, 2**40) | st.binary(max_size=3)
STEPS = st.lists(st.lists(st.tuples(KEYS, VALUES, VALUES, VALUES, VALUES), max_size=3) | KEYS, max_size=8)


@given(STEPS)
def test_the_first_under_a_key_is_found(steps: list[list[Entry] | bytes]) -> None:
    """Entries that are added before and after the first question are found alike, the first of each key."""
    kept, expected = SpillStore(), dict[bytes, Entry]()
    for step in steps:
        if isinstance(step, bytes):
            assert kept.get(step) == expected.get(step)
        else:
            kept.add(step)
            for entry in step:
                expected.setdefault(entry[0], entry)


def test_what_keeps_nothing_can_be_handed_on() -> None:
    """Helpers hand their claims on; there are never so many that any is on disk."""
    assert pickle.loads(pickle.dumps(SpillStore())).get(digest(b"a")) is None


def test_a_sieve_passes_few_that_it_does_not_hold() -> None:
    """It holds all that was added, and of a hundred thousand others hardly any, with as many in it."""
    sieve, keys = BloomFilter(), [digest(str(n).encode()) for n in range(200_000)]
    for key in keys[::2]:
        sieve.add(key)
    assert all(key in sieve for key in keys[::2])
    assert sum(key in sieve for key in keys[1::2]) < 10

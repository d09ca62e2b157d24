"""Skipped records, gathered into lines of bounded length. The law is in tests/laws."""

from __future__ import annotations

from bake.changeset.skips import RUNS, Skips


def test_a_line_is_closed_when_it_has_its_runs() -> None:
    """The last range stays open, since it may still grow."""
    skips = Skips()
    for n in range(RUNS + 1):
        skips.add("e", "unchanged", 2 * n, 2 * n)
    [(entity, reason, runs)] = skips.full()
    assert (entity, reason, len(runs), runs[-1]) == ("e", "unchanged", RUNS, 2 * RUNS - 2)
    skips.add("e", "unchanged", 2 * RUNS + 1, 2 * RUNS + 5)
    assert list(skips.rest()) == [("e", "unchanged", (f"{2 * RUNS}-{2 * RUNS + 5}",))]


def test_reasons_without_number_do_not_stay_open() -> None:
    """Where nearly each record has a reason of its own, what came first is written first."""
    skips = Skips()
    for n in range(3000):
        skips.add("e", f"like record {n}", n, n)
    full = list(skips.full())
    assert full[0] == ("e", "like record 0", (0,))
    assert [runs for _, _, runs in (*full, *skips.rest())] == [(n,) for n in range(3000)]

"""Which records have been seen. The law is in tests/laws."""

from __future__ import annotations

from bake.changeset.coverage import Coverage


def test_a_claim_of_very_many_records_costs_nothing() -> None:
    """A run of 10¹⁵ records is one range, whatever stands beside it."""
    coverage = Coverage()
    coverage.add_runs((10**15, "0-999999999999999"))
    assert coverage.is_all_below(10**15 + 1)
    assert not coverage.is_all_below(10**15)
    coverage.add(5)
    assert not coverage.is_all_below(10**15 + 1)


def test_a_number_below_zero_is_none_of_the_records() -> None:
    """It does not make up for one that is lacking."""
    coverage = Coverage()
    coverage.add_runs((-1, 0))
    assert not coverage.is_all_below(2)

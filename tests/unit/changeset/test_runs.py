"""Sets of record numbers as runs. The laws are in tests/laws."""

from __future__ import annotations

import pytest

from bake.changeset.coverage import Coverage
from bake.changeset.model import Runs
from bake.changeset.runs import RunBuilder, count, merged, numbers, runs


@pytest.mark.parametrize(
    ("those", "written"),
    [
        ([], ()),
        ([7], (7,)),
        ([0, 4, 5, 6], (0, "4-6")),
        ([1, 2], ("1-2",)),
        ([6, 4, 5, 0, 4], (0, "4-6")),
    ],
)
def test_written_as(those: list[int], written: Runs) -> None:
    """Consecutive numbers become one run, single ones stay numbers."""
    assert runs(those) == written


def test_a_million_records_are_one_run() -> None:
    """What is consecutive costs one pair, however long it is."""
    builder = RunBuilder()
    for first in range(0, 1_000_000, 1000):
        builder.add_span(first, first + 999)
    assert builder.runs() == ("0-999999",)
    assert count(builder.runs()) == 1_000_000


def test_merged_joins_what_touches_and_what_overlaps() -> None:
    """Spans that leave no gap become one."""
    assert merged([(5, 6), (0, 2), (3, 3), (1, 2), (9, 9)]) == [(0, 3), (5, 6), (9, 9)]


@pytest.mark.parametrize("bad", ["", "4", "a-b", "4-", "-4-5x"])
def test_what_is_no_run_is_refused(bad: str) -> None:
    """A text that is not `first-last` raises, and is not read as something else."""
    with pytest.raises(ValueError, match="invalid literal"):
        list(numbers((bad,)))


def test_a_run_does_not_go_backwards() -> None:
    """Its length would be less than nothing, and hide that another record is there twice."""
    with pytest.raises(ValueError, match="no run"):
        Coverage().add_runs(("5-3",))
    assert count(("5-3",)) == 0

"""The order of warnings, and the table of their codes."""

from __future__ import annotations

from typing import get_args

from bake.changeset import warnings
from bake.changeset.model import Warn, WarningCode
from bake.changeset.warnings import STOPPING, rank


def test_doubles_come_first_and_then_the_largest_jumps() -> None:
    """Doubles before changed keys before outliers before checks; of outliers, the larger factor first."""
    shown = [
        Warn(field="upc", message="", code="duplicate"),
        Warn(field="day", message="", code="lookalike"),
        Warn(field="slug", message="", code="key_change"),
        Warn(field="price", message="", code="outlier", factor=100),
        Warn(field="price", message="", code="outlier", factor=10),
        Warn(field="name", message=""),
    ]
    assert [rank(one) for one in shown] == sorted({rank(one) for one in shown})


def test_the_table_has_every_code() -> None:
    """Each code has a row that says what it means and whether it stops an import; the rows are in their order."""
    rows = [line.split() for line in (warnings.__doc__ or "").splitlines() if line.endswith((" yes", " no"))]
    assert [row[0] for row in rows] == list(get_args(WarningCode))
    assert {row[0] for row in rows if row[-1] == "yes"} == STOPPING.keys()

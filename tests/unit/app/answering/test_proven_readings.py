"""What can be read in one way only is answered while a changeset is built, and noticed."""

from __future__ import annotations

import pytest
from support.memory import MILL

from bake.app.answering.proven_readings import ProvenReadings
from bake.changeset.model import Built, Option, Question

DAY, MONTH = "day/month/year", "month/day/year"


def _answered(
    *options: tuple[str, int], field: str = "day", strict: bool = False
) -> tuple[list[str | None], list[str]]:
    """What is answered to a question that three operations ask, with how many of them each option fits; the notices."""
    offered = tuple(Option(name=name, label=name, records=records) for name, records in options)
    asked = Question(id="q1", kind="decision", entity="sales", field=field, asked_by=("1-3",), options=offered)
    readings = ProvenReadings(MILL, strict=strict)
    *_, built = readings.watched([asked, Built(counts={}, digest="")])
    assert isinstance(built, Built)
    return [answer.option for answer in readings.answers], [notice.message for notice in built.notices]


def test_the_one_order_that_fits_all_dates_is_read() -> None:
    """One date that has no other order proves it, and the notice says so."""
    answers, [notice] = _answered((DAY, 3), (MONTH, 2))
    assert answers == [DAY]
    assert notice.startswith("day: 3 values were read as day/month/year, the only format that fits all of them")
    assert _answered(("named month", 3))[0] == ["named month"]
    assert _answered(("number", 3), field="price")[0] == ["number"]


@pytest.mark.parametrize(
    "options", [((DAY, 3), (MONTH, 3)), ((DAY, 2), (MONTH, 1)), (("Excel number", 3),), (("fraction", 3),)]
)
def test_what_is_not_certain_is_asked(options: tuple[tuple[str, int], ...]) -> None:
    """Several orders that fit all, none that does, and readings that may not be meant."""
    assert _answered(*options) == ([], [])


def test_strict_asks() -> None:
    """Under `strict` nothing is answered by itself."""
    assert _answered((DAY, 3), (MONTH, 2), strict=True) == ([], [])

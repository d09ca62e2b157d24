"""A row that looks like a total is one question, and what it lacks is asked after that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.compiling import compiled
from support.market import uid

from bake.changeset.events import Answered
from bake.changeset.fold import decide

ROWS = {
    "grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}],
    "bags": [{"id": 1, "uuid": uid(2), "grain": 1, "brand": "Own", "weight": Decimal(5)}],
    "shops": [{"id": 1, "uuid": uid(3), "slug": "mill", "name": "Mill", "city": "Troy"}],
}
SALE = {"bag_uuid": uid(2), "shop_slug": "mill", "day": "2025-12-20", "price": 4}


@pytest.mark.parametrize("row", [{"shop_slug": "Total:", "price": 4}, {"day": "SUMME", "price": 4}, {"price": 4}])
def test_what_looks_like_a_total_is_asked_once(row: dict[str, Any]) -> None:
    """By its word, or if it is nothing but numbers. Left out, it asks nothing more; as a record, all that it lacks."""
    result = compiled({"sales": [SALE, row]}, ROWS)
    question = result.questions[-1]
    decisions = decide(2, result.questions, (), lambda: result.operations)
    assert [one.id for one in decisions.open] == [question.id]
    for option, open_ in (("left_out", 0), ("record", len(result.questions) - 1)):
        said = Answered(by="ada", at="t", prev="p", question=question.id, choice="choose", option=option)
        after = decide(2, result.questions, [said], lambda: result.operations)
        assert len(after.open) == open_


def test_a_record_that_says_what_a_new_row_needs_is_none() -> None:
    """A shop called Total is a shop, and a row that lacks one value is asked for that."""
    assert not compiled({"shops": [{"name": "Total", "city": "Troy"}]}, ROWS).questions
    [question] = compiled({"sales": [{key: SALE[key] for key in SALE if key != "day"}]}, ROWS).questions
    assert question.field == "day"

"""Laws of rows without a natural key: a sheet that comes again, in whatever form, adds what was added to it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.compiling import compiled, view
from support.market import uid

GRAINS = [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}]
BAGS = [{"id": n, "uuid": uid(10 + n), "grain": 1, "brand": "Aurora", "weight": Decimal(n)} for n in (1, 2)]
NAMES = ("Mill", "Barn")
SHOPS = [{"id": n, "uuid": uid(20 + n), "slug": name.lower(), "name": name} for n, name in enumerate(NAMES, 1)]
BATCHES = st.sampled_from([1, 2, 3, 1000])

#: A sale: of which bag, in which shop, on which day of December, at which price.
Sale = tuple[int, int, int, int]
sales = st.lists(st.tuples(*[st.integers(1, 2)] * 4), max_size=6)


def rows(there: list[Sale]) -> dict[str, list[dict[str, Any]]]:
    """The database after these sales."""
    stored = [
        {"id": n, "uuid": uid(100 + n), "bag": bag, "shop": shop, "day": f"2025-12-0{day}", "price": Decimal(price)}
        for n, (bag, shop, day, price) in enumerate(there, 1)
    ]
    return {"grains": GRAINS, "bags": BAGS, "shops": SHOPS, "sales": stored}


@st.composite
def sheets(draw: st.DrawFn, lines: list[Sale]) -> dict[str, Any]:
    """A sheet of these sales, in any order, with names in any letters and numbers with any zeros behind."""
    written = []
    for bag, shop, day, price in draw(st.permutations(lines)):
        names = NAMES[shop - 1], NAMES[shop - 1].upper(), f" {NAMES[shop - 1].lower()}"
        prices = price, f"{price}.00", f"{price}.0"
        written.append(
            {"grain": "rye", "brand": "Aurora", "weight": bag, "day": f"2025-12-0{day}"}
            | {"shop_name": draw(st.sampled_from(names)), "price": draw(st.sampled_from(prices))}
        )
    return view("till", *written)


@settings(max_examples=60)
@given(sales, st.data(), BATCHES)
def test_a_sheet_that_comes_again_changes_nothing(lines: list[Sale], data: st.DataObject, batch: int) -> None:
    """Every line is already here, though their order, their letters and zeros differ."""
    result = compiled(data.draw(sheets(lines)), rows(lines), batch=batch)
    assert set(result.skips) <= {"already here"}
    assert not result.creates
    assert not result.questions


@settings(max_examples=60)
@given(sales, sales, st.data(), BATCHES)
def test_of_equal_lines_those_that_are_here_are_counted(
    there: list[Sale], lines: list[Sale], data: st.DataObject, batch: int
) -> None:
    """Of each kind as many lines are new as the sheet has more than the database; the others are already here.

    That some of those may be corrections is asked, and does not change what is new if it is answered `new`.
    """
    result = compiled(data.draw(sheets(lines)), rows(there), batch=batch)
    here = Counter(there) & Counter(lines)
    made = Counter(_sale(create.values) for create in result.creates)
    assert made == Counter(lines) - Counter(there)
    assert len(result.skips.get("already here", [])) == here.total()
    assert not result.updates
    assert {question.kind for question in result.questions} <= {"decision"}
    assert len(result.questions) <= 4, "one for a field at most"


#: A sale, and a note on it, which does not tell sales apart.
Noted = tuple[Sale, str | None]
noted = st.lists(
    st.tuples(st.tuples(*[st.integers(1, 2)] * 4), st.sampled_from([None, "torn", "sold out"])), max_size=5
)


@settings(max_examples=60)
@given(noted, noted, st.data(), BATCHES)
def test_of_equal_lines_those_are_here_that_say_what_is_here(
    there: list[Noted], more: list[Noted], data: st.DataObject, batch: int
) -> None:
    """A sheet with all that is here and more, in any order: the lines that were added are new, with their notes."""
    before = rows([kind for kind, _ in there])
    for stored, (_, note) in zip(before["sales"], there, strict=True):
        stored["note"] = note
    lines = data.draw(st.permutations([*there, *more]))
    written = [
        {"grain": "rye", "brand": "Aurora", "weight": bag, "day": f"2025-12-0{day}", "price": price, "note": note}
        | {"shop_name": NAMES[shop - 1]}
        for (bag, shop, day, price), note in lines
    ]
    result = compiled(view("till", *written), before, batch=batch)
    assert Counter((_sale(one.values), one.values.get("note")) for one in result.creates) == Counter(more)
    assert not result.updates
    assert "equal_several" not in result.notices


def _sale(values: dict[str, Any]) -> Sale:
    shop = 1 + NAMES.index(values["shop"]["slug"].title())
    return int(values["bag"]["weight"]), shop, int(values["day"][-2:]), int(values["price"])


@settings(max_examples=60)
@given(sales, sales, st.data(), BATCHES)
def test_a_row_is_offered_once(there: list[Sale], lines: list[Sale], data: st.DataObject, batch: int) -> None:
    """No row is offered to two records, nor one that a record is about; answered `same`, nothing is doubled."""
    result = compiled(data.draw(sheets(lines)), rows(there), batch=batch)
    outcomes = [create.outcomes[str(create.needs[""])] for create in result.creates if create.outcomes]
    offered = [one["same"].same_as.key["uuid"] for one in outcomes if "same" in one and one["same"].same_as]
    assert len(set(offered)) == len(offered)
    left = Counter(there) - Counter(lines)
    assert len(offered) <= left.total()

"""Laws of decisions: many records are understood by one answer, whatever else is asked of them, and in any order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.compiling import Compiled, compiled, view
from support.market import uid

from bake.changeset.decisions import Decisions
from bake.changeset.fold import decide
from bake.changeset.model import Answered, Operation, Skip

BAGS = [{"id": n, "uuid": uid(10 + n), "grain": 1, "brand": "Aurora", "weight": Decimal(n)} for n in (1, 2)]
DAYS = ("2025-03-04", "2025-04-03")
PRICES = (Decimal("1.5"), Decimal("1.234"), Decimal(1234))

#: A sale: of which bag, on which day, at which price.
Sale = tuple[int, str, Decimal]
stored = st.lists(st.tuples(st.integers(1, 2), st.sampled_from(DAYS), st.sampled_from(PRICES)), max_size=5)
#: What a sheet says: days and prices that are clear, and such as can be two.
lines = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.sampled_from([*DAYS, "03/04/2025", "04/03/2025", "04/04/2025"]),
        st.sampled_from(["1.5", "1.234", "1,234"]),
    ),
    min_size=1,
    max_size=5,
)


def rows(there: Sequence[Sale]) -> dict[str, list[dict[str, Any]]]:
    """The database after these sales."""
    sales = [
        {"id": n, "uuid": uid(100 + n), "bag": bag, "shop": 1, "day": day, "price": price}
        for n, (bag, day, price) in enumerate(there, 1)
    ]
    return {
        "grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}],
        "bags": BAGS,
        "shops": [{"id": 1, "uuid": uid(21), "slug": "mill", "name": "Mill"}],
        "sales": sales,
    }


def sheet(*sales: tuple[int, Any, Any]) -> dict[str, Any]:
    """A sheet of these sales."""
    return view(
        "till",
        *(
            {"grain": "rye", "brand": "Aurora", "weight": bag, "shop_name": "Mill", "day": day, "price": price}
            for bag, day, price in sales
        ),
    )


def answer(question: str, option: str, operation: int | None = None) -> Answered:
    """An option, chosen for all that ask, or for one operation."""
    return Answered(by="ada", at="t", prev="p", question=question, choice="choose", option=option, operation=operation)


def decided(result: Compiled, answers: Sequence[Answered]) -> tuple[list[Operation], Decisions]:
    """What the operations have become by these answers."""
    decisions = decide(len(result.operations), result.questions, answers, lambda: result.operations)
    return [decisions.effective(operation) for operation in result.operations], decisions


@settings(max_examples=60, deadline=None)
@given(stored, lines, st.data())
def test_the_order_of_answers_does_not_matter(there: list[Sale], said: list[Any], data: st.DataObject) -> None:
    """Several decisions on the same records come to the same operations, and leave the same open, in any order."""
    result = compiled(sheet(*said), rows(there))
    options = [st.sampled_from([option.name for option in question.options]) for question in result.questions]
    answers = [answer(question.id, data.draw(some)) for question, some in zip(result.questions, options, strict=True)]
    operations, decisions = decided(result, answers)
    for order in data.draw(st.lists(st.permutations(answers), min_size=3, max_size=3)):
        assert decided(result, order)[0] == operations
    waited_for = {need for one in operations if not isinstance(one, Skip) for need in one.needs.values()}
    assert {question.id for question in decisions.open} == waited_for
    assert all(option.name in ("same", "new") for one in decisions.open for option in one.options), "all texts fit"

"""Laws of decisions: many records are understood by one answer, whatever else is asked of them, and in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from support.compiling import Compiled, compiled, view
from support.held import HeldOperations
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.changeset.amendment import steps
from bake.changeset.decisions import Decisions
from bake.changeset.events import Amended, Answered, Event
from bake.changeset.fold import decide
from bake.changeset.model import Create, Delete, Operation, Question, Skip, Update
from bake.changeset.runs import numbers
from bake.compiler.answers.check_answer import check_answer
from bake.compiler.answers.claim_index import ClaimIndex
from bake.compiler.answers.resolution_state import resolution_state
from bake.compiler.answers.rivals import claims
from bake.errors import InvalidAnswers
from bake.resolution.answers import Answer

BAGS = [{"id": n, "uuid": uid(10 + n), "grain": 1, "brand": "Aurora", "weight": Decimal(n)} for n in (1, 2)]
#: The options of columns that can be read in several ways.
WAYS = ("month/day/year", "day/month/year", "decimal comma", "decimal point")
DAYS = ("2025-03-04", "2025-04-03")
PRICES = (Decimal("1.5"), Decimal("1.234"), Decimal(1234))
#: What is typed for a field of one operation.
VALUES = {"day": DAYS[0], "price": PRICES[0], "weight": Decimal(7), "density": Decimal(7), "colour": "white"}

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


def decided(result: Compiled, answers: Sequence[Event]) -> tuple[list[Operation], Decisions]:
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


#: Kinds of questions together: days, decimal marks, fractions and rounding of a column; rows that are near; and whose
#: values count where an export has lost its base.
EDITED = ["1.5", "1,234", "1/3", "0.33333333"]
edits = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(EDITED), st.sampled_from(["Mill", "Mil"])), max_size=3)
added = st.lists(
    st.tuples(st.integers(1, 2), st.sampled_from([*DAYS, "03/04/2025"]), st.sampled_from(EDITED)), max_size=3
)
#: Kinds of questions together: spellings of new rows; fractions, decimal marks and words of theirs.
grains = st.lists(
    st.tuples(st.sampled_from(["Spelt", "SPELT!", "Spelt?"]), st.sampled_from(["0.5", "1,234", "1/3"])), max_size=3
)
bags = st.lists(
    st.tuples(
        st.sampled_from(["Spelt", "Rye"]),
        st.sampled_from(["2", "1,234", "1/3"]),
        st.sampled_from(["white", "Whit", "brn"]),
    ),
    max_size=3,
)


@st.composite
def returned_exports(draw: st.DrawFn) -> Compiled:
    """An export of sales that has lost its base, with prices edited and lines added."""
    there = draw(stored)
    of_rows = [
        {**line, "uuid": uid(101 + n), "_base": "lost", "note": "opened"}
        for n, price, shop in draw(edits)
        if n < len(there)
        for line in sheet((there[n][0], there[n][1], price))["records"]
        for line["shop_name"] in [shop]
    ]
    new = sheet(*draw(added))["records"]
    return compiled(view("till", *of_rows, *new), rows(there))


@st.composite
def deliveries(draw: st.DrawFn) -> Compiled:
    """New grains, some of them in two spellings, and bags of them."""
    document = {
        "grains": [{"name": name, "density": density} for name, density in draw(grains)],
        "bags": [
            {"grain_name": grain, "brand": f"Brand {n}", "weight": weight, "colour": colour}
            for n, (grain, weight, colour) in enumerate(draw(bags))
        ],
    }
    return compiled(document, rows([]))


def possible(question: Question, operation: int | None) -> list[dict[str, Any]]:
    """Answers to a question, for all that ask or one operation: sensible ones, and some that do not fit."""
    found: list[dict[str, Any]] = [{"choice": "skip"}]
    found += [{"choice": "choose", "option": option.name} for option in question.options]
    found += [{"choice": "map", "key": candidate.key} for candidate in question.candidates]
    if operation is not None:
        value = VALUES.get(str(question.field))
        found += [{"choice": "value", "value": value}] if value is not None else []
        found += [{"choice": "choose", "option": uid(100 + n)} for n in (1, 2)] if question.options else []
    return found


@settings(max_examples=100, deadline=None)
@given(returned_exports() | deliveries(), st.data())
def test_the_order_of_answers_to_all_kinds_does_not_matter(result: Compiled, data: st.DataObject) -> None:
    """Whatever is asked of records together, answered for all or for one of them, comes to the same in any order."""
    answers = []
    for question in result.questions:
        for n in (None, *(numbers(question.asked_by) if question.kind == "decision" else ())):
            said = data.draw(st.none() | st.sampled_from(possible(question, n)))
            if said is not None:
                answers.append(Answered(by="ada", at="t", prev="p", question=question.id, operation=n, **said))
    operations, decisions = decided(result, answers)
    for order in data.draw(st.lists(st.permutations(answers), min_size=3, max_size=3)):
        others, otherwise = decided(result, order)
        assert others == operations
        assert (otherwise.open, otherwise.skipped) == (decisions.open, decisions.skipped)
    needs = {need for one in operations if not isinstance(one, Skip) for need in one.needs.values()}
    waited_for, open_ = needs & {question.id for question in result.questions}, decisions.open
    assert {one.id for one in open_ if one.kind != "duplicate"} <= waited_for <= {one.id for one in open_}


@settings(max_examples=100, deadline=None)
@given(returned_exports() | deliveries(), st.data())
def test_operations_that_claim_the_same_are_found_by_what_was_built(result: Compiled, data: st.DataObject) -> None:
    """Whatever was answered or amended: who claims a row or a key now is among those that one is compared with."""
    events: list[Event] = []
    for question in result.questions:
        for n in (None, *(numbers(question.asked_by) if question.kind == "decision" else ())):
            said = data.draw(st.none() | st.sampled_from(possible(question, n)))
            if said is not None:
                events.append(Answered(by="ada", at="t", prev="p", question=question.id, operation=n, **said))
    creates = [one for one in result.operations if isinstance(one, Create) and isinstance(one.values.get("slug"), str)]
    for one in data.draw(st.lists(st.sampled_from(creates), max_size=1)) if creates else ():
        slug = data.draw(st.sampled_from([str(other.values["slug"]) for other in creates]))
        other = structs.replace(one, key={"slug": slug}, values={**one.values, "slug": slug})
        events.append(Amended(by="ada", at="t", prev="p", operation=one.n, patch=steps(one, other)))
    operations, decisions = decided(result, events)
    index, changes = ClaimIndex(HeldOperations(result.operations)), [o for o in operations if not isinstance(o, Skip)]
    for now in changes:
        item, nested = MARKET.entities[now.entity], MARKET.numbered.get(now.entity)
        found = [other.n for other in index.compared_with(item, nested, [now], decisions)]
        wanted = set(claims(item, nested, now))
        alike = {o.n for o in changes if o.entity == now.entity and wanted & set(claims(item, nested, o))}
        assert alike <= set(found)
        assert found == sorted(found)


def test_a_value_for_one_record_frees_no_row_that_another_may_be_about() -> None:
    """By one option the first is the sale that is here, and the second is new: a value makes not the first another."""
    said = sheet((1, "03/04/2025", "1.5"), (1, "2025-03-04", "1.234"))
    result = compiled(said, rows([(1, "2025-03-04", Decimal("1.5"))]))
    for_all = answer("q1", WAYS[0])
    alone = Answered(by="ada", at="t", prev="p", question="q1", choice="value", value="2025-06-01", operation=1)
    operations, decisions = decided(result, [for_all])
    assert [type(one) for one in operations] == [Skip, Create]
    operations, decisions = decided(result, [for_all, alone])
    assert [question.id for question in decisions.open] == ["q1"]
    state = resolution_state(
        MARKET, MemorySnapshot(MARKET, {}), "d", decided(result, [])[1], HeldOperations(result.operations)
    )
    with pytest.raises(InvalidAnswers) as refused:
        check_answer(Answer("q1", "value", value="2025-06-01", operation=1), state)
    assert "other records may be about the row of operation 1" in refused.value.problems[0].message


def iso(day: str, option: str) -> str:
    """A day as it is written when it is clear."""
    if "/" not in day:
        return day
    first, second, year = day.split("/")
    month, day = (first, second) if option == "month/day/year" else (second, first)
    return f"{year}-{month}-{day}"


def number(price: str, option: str) -> str:
    """A price as it is written when it is clear."""
    return price.replace(",", "." if option == "decimal comma" else "") if "," in price else price


def outcomes_of(result: Compiled, columns: dict[str, str], near: dict[str, str]) -> Counter[str]:
    """What operations come to: with the options for columns, and for the fields in which records are near rows."""
    answers = []
    for question in result.questions:
        names = {option.name for option in question.options}
        chosen = columns.get(str(question.field)) if names <= set(WAYS) else near[str(question.field)]
        if chosen in names:
            answers.append(answer(question.id, str(chosen)))
    operations, _ = decided(result, answers)
    found: Counter[str] = Counter()
    for one in operations:
        match one:
            case Skip():
                found[one.reason] += len(list(numbers(one.from_)))
            case Create():
                said = {name: value for name, value in one.values.items() if name != "uuid"}
                found[f"create {said} {'waits' if one.needs else ''}"] += 1
            case Update():
                found[f"update {one.key} {one.patch}"] += 1
            case Delete():
                raise AssertionError("a merge deletes nothing")
    return found


@settings(max_examples=150, deadline=None)
@given(stored, lines, st.sampled_from(WAYS[:2]), st.sampled_from(WAYS[2:]), st.data())
def test_an_option_makes_what_clear_texts_would(
    there: list[Sale], said: list[Any], days: str, prices: str, data: st.DataObject
) -> None:
    """Whatever is chosen for columns, the same comes of the file as of one that says it clearly, doubles included."""
    near = {name: data.draw(st.sampled_from(["same", "new"])) for name in ("bag", "shop", "day", "price")}
    asked = compiled(sheet(*said), rows(there), batch=data.draw(st.sampled_from([1, 2, 1000])))
    clear = compiled(sheet(*((bag, iso(day, days), number(price, prices)) for bag, day, price in said)), rows(there))
    columns = {"day": days, "price": prices}
    assert outcomes_of(asked, columns, near) == outcomes_of(clear, {}, near)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(DAYS), max_size=3),
    st.lists(st.sampled_from([*DAYS, "03/04/2025", "04/03/2025"]), min_size=2, max_size=4),
    st.sampled_from(WAYS[:2]),
    st.data(),
)
def test_a_record_read_otherwise_takes_no_row_of_another(
    there: list[str], said: list[str], days: str, data: st.DataObject
) -> None:
    """Where some records are read otherwise than the rest, each row still counts once, or that is open."""
    result = compiled(sheet(*((1, day, "1.5") for day in said)), rows([(1, day, Decimal("1.5")) for day in there]))
    records = {one.n: one.from_[0] for one in result.operations if isinstance(one, Create)}
    answers, singly = [], {}
    for question in result.questions:
        is_column = {option.name for option in question.options} <= set(WAYS)
        answers.append(answer(question.id, days if is_column else "new"))
        for n in numbers(question.asked_by) if is_column else ():
            if (option := data.draw(st.sampled_from([None, *WAYS[:2]]))) is not None:
                singly[records[n]] = option
                answers.append(answer(question.id, option, n))
    operations, decisions = decided(result, answers)
    if not decisions.open:
        read = Counter(iso(day, singly.get(n, days)) for n, day in enumerate(said))
        found = Counter(one.values["day"] for one in operations if isinstance(one, Create))
        assert found == read - Counter(there)

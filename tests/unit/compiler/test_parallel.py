"""What helpers compile by themselves stands, but for what the rest of the source has to do with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from support.compiling import Compiled, compiled_against, described, source, view
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.compiler import parallel
from bake.compiler.build import batch_compiler
from bake.compiler.context import Context, Options
from bake.compiler.matching.row_matching import ComparedBatch
from bake.compiler.parallel import BatchResult, RunTask, Task, TaskResult, Worker, no_workers

PEOPLE = [{"id": n + 1, "uuid": uid(n), "slug": f"p{n}", "name": "Ada"} for n in range(3)]
ONE_AT_A_TIME = Options(batch=1)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "MANY", 1)


def people(*records: dict[str, Any]) -> dict[str, Any]:
    """A file of people."""
    return {"entity_type": "people", "records": list(records)}


def done(document: dict[str, Any]) -> list[BatchResult | ComparedBatch]:
    """What comes of its records, each compiled by itself."""
    read = source(document)
    context = Context(MARKET, MemorySnapshot(MARKET, {"people": PEOPLE}), read, ONE_AT_A_TIME)
    return [Worker(context).compile((0, n)) for n in range(read.size)]


def together(document: dict[str, Any]) -> Compiled:
    """Compile with a helper that does every second batch."""
    snapshot = MemorySnapshot(MARKET, {"people": PEOPLE})
    helper = batch_compiler(source(document), MARKET, snapshot, ONE_AT_A_TIME)

    def executor(tasks: Sequence[Task], _here: RunTask) -> Iterator[TaskResult]:
        return (helper(task) if task[1] % 2 else None for task in tasks)

    return compiled_against(document, snapshot, MARKET, ONE_AT_A_TIME, executor=executor)


def asked_of_helpers(document: dict[str, Any]) -> list[Task]:
    """The batches that helpers may do."""
    asked: list[Task] = []

    def executor(tasks: Sequence[Task], here: RunTask) -> Iterator[TaskResult]:
        asked.extend(tasks)
        return no_workers(tasks, here)

    compiled_against(document, MemorySnapshot(MARKET, {"people": PEOPLE}), MARKET, ONE_AT_A_TIME, executor=executor)
    return asked


def test_a_batch_that_asks_nothing_is_a_part() -> None:
    """New, changed and unchanged rows are whole parts: operations, counts, notices."""
    new, changed, same = {"slug": "p9", "name": "Eve"}, {"slug": "p1", "name": "Eve"}, {"slug": "p2", "hat": 1}
    (made, edited, left) = done(people(new, changed, same))
    assert isinstance(made, BatchResult)
    assert isinstance(edited, BatchResult)
    assert isinstance(left, BatchResult)
    assert [len(made.operations), len(edited.operations), len(left.operations)] == [1, 1, 0]
    assert [notice.code for notice in left.notices.lines()] == ["unknown_field"]


def test_a_batch_that_asks_is_only_recognised() -> None:
    """Questions are numbered through the whole source; so what asks one is compiled where all batches are known."""
    (asking,) = done(people({"slug": "p9", "name": "Eve", "shop": {"slug": "nowhere"}}))
    assert isinstance(asking, ComparedBatch)
    assert [record.number for record in asking.rest] == [0]


def test_two_records_for_one_row_meet() -> None:
    """Whoever compiles them: another record asks for something else, and the question says of which operations."""
    edits = [{"slug": "p0", "name": "Eve"}, {"slug": "p1", "name": "Eve"}, {"slug": "p1", "name": "Bob"}]
    result = together(people(*edits, {"slug": "p0", "name": "Eve"}))
    assert result.question.kind == "duplicate"
    assert result.question.asked_by == ("2-3",)
    assert result.skips == {"said twice": [3]}


def test_two_records_for_one_new_row_meet() -> None:
    """The same of new rows: a key that a helper gives is known to those who come later."""
    eve = {"slug": "p9", "name": "Eve"}
    result = together(people(PEOPLE[0], eve, {**eve, "name": "Bob"}, eve))
    assert (result.question.kind, result.question.asked_by) == ("duplicate", ("1-2",))
    assert result.skips == {"unchanged": [0], "said twice": [3]}


@pytest.mark.parametrize("given", [{}, {"open": True}], ids=["alone", "with another value"])
def test_a_misspelt_name_is_found_whoever_compiles_it(given: dict[str, Any]) -> None:
    """A new row that may be one of an earlier batch, but for a slip, is asked about as if there were no helpers."""
    names = [("Boris", "Ebony"), ("Burlington", "Wharf"), ("Barlington", "Wharf"), ("Burlingtn", "Wharf")]
    shops = [{"name": city, "city": street, "state": "N", **given} for city, street in names]
    document = {"entity_type": "shops", "records": shops}
    whole = compiled_against(document, MemorySnapshot(MARKET, {"people": PEOPLE}), MARKET, ONE_AT_A_TIME)
    assert described(together(document)) == described(whole)
    assert ["" in create.needs for create in whole.creates] == [False, False, True, True]


def test_where_records_may_name_created_rows_nobody_helps() -> None:
    """What names another record's row depends on that record; a document's ids do, too."""
    grain = {"slug": "g9", "name": "Rye"}
    assert asked_of_helpers({"entity_type": "grains", "records": [grain]}) == []
    assert asked_of_helpers({"people": PEOPLE}) == []
    assert asked_of_helpers({"entity_type": "people", "records": PEOPLE}) == [(0, 0), (0, 1), (0, 2)]
    assert asked_of_helpers(view("till")) == []


def test_few_records_are_not_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper has to be made."""
    monkeypatch.setattr(parallel, "MANY", 4)
    assert asked_of_helpers({"entity_type": "people", "records": PEOPLE}) == []


def test_new_rows_that_may_look_like_others_are_only_recognised() -> None:
    """Whether a sale is the same as an earlier one is known where all batches are."""
    sale = {"uuid": uid(900), "day": "2025-12-20", "price": 1, "bag": None, "shop": None}
    (asking,) = done({"entity_type": "sales", "records": [sale]})
    assert isinstance(asking, ComparedBatch)


def test_keys_of_a_part_that_does_not_stand_are_free() -> None:
    """A batch of which something has to be asked is compiled again, and its new rows are called as if it never was."""
    shops = [{"name": "Shop", "city": "Salem", "state": state, "owner_slug": "nobody"} for state in ("MA", "OR")]
    document, snapshot = {"entity_type": "shops", "records": shops}, MemorySnapshot(MARKET, {"people": PEOPLE})

    def executor(tasks: Sequence[Task], here: RunTask) -> Iterator[TaskResult]:
        return map(here, tasks)

    result = compiled_against(document, snapshot, MARKET, Options(batch=2), executor=executor)
    assert [create.key for create in result.creates] == [{"slug": "shop_salem"}, {"slug": "shop_salem_2"}]
    assert [question.kind for question in result.questions] == ["missing", "decision"]

"""Mistakes that only the whole source shows: found whatever the batches are, and whoever compiles them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from support.compiling import Compiled, compiled_against, source
from support.memory import MemorySnapshot

from bake.catalog.bakery import BAKERY
from bake.changeset.model import Operation, Skip
from bake.changeset.pointers import pointer
from bake.compiler import parallel
from bake.compiler.build import batch_compiler
from bake.compiler.context import Options
from bake.compiler.drafting import common_mistakes
from bake.compiler.parallel import RunTask, Task, TaskResult

NOTE = "A versatile pantry staple for all"
GRAIN = {"id": 1, "slug": "flour", "display_name": "Flour", "category": "Flour", "hierarchy_level": 2}
ROWS = [
    {"id": n, "slug": f"p{n}", "product_name": f"Name {n}", "brand": f"Brand {n}", "ingredient": 1}
    | {"package_unit": "lb", "package_unit_quantity": n + 1}
    for n in range(1, 9)
]


def code(n: int) -> str:
    """The n-th of codes that count, with its check digit."""
    body = f"07101299{100 + n}"
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    return body + str(-(3 * odd + even) % 10)


def edited(edits: Sequence[dict[str, Any]], options: Options | None = None, **rest: Any) -> Compiled:
    """Compile edits of the products, each of the next one."""
    records = [{"slug": f"p{n}", **edit} for n, edit in enumerate(edits, 1)]
    return compiled_against(document(records), snapshot(), BAKERY, options or Options(), **rest)


def document(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A file of products."""
    return {"entity_type": "products", "records": list(records)}


def snapshot() -> MemorySnapshot:
    """The products."""
    return MemorySnapshot(BAKERY, {"ingredients": [GRAIN], "products": ROWS})


def mistakes(operations: Sequence[Operation]) -> dict[int, list[str]]:
    """By record, what is warned of as a mistake."""
    return {
        int(one.from_[0]): [f"{warning.field}: {warning.message}" for warning in one.warnings]
        for one in operations
        if not isinstance(one, Skip) and one.warnings
    }


@pytest.mark.parametrize("batch", [1, 2, 3, 2000])
def test_batches_cannot_be_seen(batch: int) -> None:
    """A text, codes and names are found across batches, each record of them with the same sentence."""
    edits = [{"notes": NOTE, "upc_code": code(n)} for n in range(4)]
    edits += [{"notes": NOTE, "brand": "Acme", "product_name": "Dust"}] * 2
    found = mistakes(edited(edits, Options(batch=batch)).operations)
    pasted = "notes: 6 records write the same text; it looks pasted"
    counting = f"upc_code: 4 records after each other count from {code(0)} to {code(3)}; these look invented"
    assert [found[n] for n in range(4)] == [[counting, pasted]] * 4
    assert found[4] == [pasted]
    assert found[5] == ["brand: brand and product_name are those of the record before; they look copied", pasted]


@pytest.mark.parametrize("batch", [1, 2000])
@pytest.mark.parametrize(("by", "beside"), [(1, "before"), (-1, "after")])
def test_names_that_slipped_by_a_record(batch: int, by: int, beside: str) -> None:
    """Each row gets the names that the one beside it had, and the first or last one such as nobody had."""
    edits = [{"brand": f"Brand {n - by}", "product_name": f"Name {n - by}"} for n in range(1, 9)]
    found = mistakes(edited(edits, Options(batch=batch)).operations)
    copied = f"brand: brand and product_name are those of the record {beside}; they look copied"
    assert [copied in found.get(n, ()) for n in range(8)] == [n != (0 if by == 1 else 7) for n in range(8)]


def test_few_are_left_alone() -> None:
    """Four records may have a text in common, and any number a word; two codes may follow each other."""
    assert mistakes(edited([{"notes": NOTE}] * 4).operations) == {}
    assert mistakes(edited([{"notes": "staple"}] * 8).operations) == {}
    assert mistakes(edited([{"upc_code": code(n)} for n in (0, 1, 5, 6)]).operations) == {}
    assert mistakes(edited([{"brand": "Acme"}] * 8).operations) == {}


def test_a_record_without_a_code_stands_between_none() -> None:
    """Three codes count although the record between them has none."""
    codes = [{"upc_code": code(0)}, {"notes": "staple"}, {"upc_code": code(1)}, {"upc_code": code(2)}]
    assert list(mistakes(edited(codes).operations)) == [0, 2, 3]


def test_texts_are_found_that_were_put_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of texts that few records write, only marks are on disk; the fifth record finds the other four there."""
    monkeypatch.setattr(common_mistakes, "REMEMBERED", 1)
    notes = [NOTE, "Keep it cold and dry", NOTE, "Made of hard red wheat", NOTE, NOTE, NOTE]
    assert list(mistakes(edited([{"notes": note} for note in notes]).operations)) == [0, 2, 4, 5, 6]


def test_workers_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What workers compiled is noted in its order."""
    monkeypatch.setattr(parallel, "MANY", 1)
    edits = [{"notes": NOTE, "upc_code": code(n)} for n in range(8)]
    records = [{"slug": f"p{n}", **edit} for n, edit in enumerate(edits, 1)]
    worker = batch_compiler(source(document(records), BAKERY), BAKERY, snapshot(), Options(batch=2))
    taken: list[Task] = []

    def executor(tasks: Sequence[Task], _here: RunTask) -> Iterator[TaskResult]:
        taken.extend(tasks)
        return (worker(task) if task[1] % 2 else None for task in tasks)

    assert edited(edits, Options(batch=2), executor=executor) == edited(edits)
    assert len(taken) == 4


def test_strictly_it_is_asked_once() -> None:
    """One question for a text, whose answer serves all records that write it; their operations wait for it."""
    done = edited([{"notes": NOTE}] * 6, Options(batch=2, strict=True))
    assert [(one.kind, one.warning, one.value, one.asked_by) for one in done.questions] == [
        ("invalid", "mistake", NOTE, ("1-6",))
    ]
    assert [one.needs for one in done.updates] == [{pointer("notes"): "q1"}] * 6

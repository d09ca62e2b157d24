"""What helpers compile by themselves stands, but for what the rest of the source has to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from support.compiling import Compiled, compiled_against, source, view
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.compiler import parts
from bake.compiler.build import helped
from bake.compiler.parts import Part, received
from bake.compiler.recognition import Sorted
from bake.compiler.scope import Options
from bake.sources.model import Section

PEOPLE = [{"id": n + 1, "uuid": uid(n), "slug": f"p{n}", "name": "Ada"} for n in range(3)]
ONE_AT_A_TIME = Options(batch=1)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MANY", 1)


def people(*records: dict[str, Any]) -> dict[str, Any]:
    """A file of people."""
    return {"entity_type": "people", "records": list(records)}


def shares(document: dict[str, Any]) -> list[Part | Sorted | None]:
    """What a helper does of it whose turn is the second of two, then the fourth, and so on."""
    read, snapshot = source(document), MemorySnapshot(MARKET, {"people": PEOPLE})
    return [received(part) for part in helped(read, MARKET, snapshot, ONE_AT_A_TIME, 1, 2)]


def together(document: dict[str, Any], taken: Callable[[int], None] = lambda _: None) -> Compiled:
    """Compile with this helper."""
    read, snapshot = source(document), MemorySnapshot(MARKET, {"people": PEOPLE})
    sent = helped(read, MARKET, snapshot, ONE_AT_A_TIME, 1, 2)

    def ahead(_section: Section) -> Iterator[bytes | None]:
        for n, part in enumerate(chain.from_iterable((None, part) for part in chain(sent, repeat(None)))):
            taken(n)
            yield part

    return compiled_against(document, snapshot, MARKET, ONE_AT_A_TIME, ahead=ahead)


def test_a_batch_that_asks_nothing_is_a_part() -> None:
    """New, changed and unchanged rows are whole parts: operations, counts, notices."""
    new, changed, same = {"slug": "p9", "name": "Eve"}, {"slug": "p1", "name": "Eve"}, {"slug": "p2", "hat": 1}
    (made, edited, left) = shares(people(*PEOPLE[:1], new, *PEOPLE[:1], changed, *PEOPLE[:1], same))
    assert isinstance(made, Part)
    assert isinstance(edited, Part)
    assert isinstance(left, Part)
    assert [len(made.operations), len(edited.operations), len(left.operations)] == [1, 1, 0]
    assert [notice.code for notice in left.notices.lines()] == ["unknown_field"]


def test_a_batch_that_asks_is_only_recognised() -> None:
    """Questions are numbered through the whole source; so what asks one is compiled where all batches are known."""
    (asking,) = shares(people(PEOPLE[0], {"slug": "p9", "name": "Eve", "shop": {"slug": "nowhere"}}))
    assert isinstance(asking, Sorted)
    assert [record.number for record in asking.rest] == [1]
    assert asking.new == []


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


def test_where_records_may_name_created_rows_nobody_helps() -> None:
    """What names another record's row depends on that record; a document's ids do, too; sales may look like others."""
    grain = {"slug": "g9", "name": "Rye"}
    assert shares({"entity_type": "grains", "records": [grain, grain]}) == []
    assert shares({"people": PEOPLE}) == []
    sale = {"uuid": uid(900), "day": "2025-12-20", "price": 1, "bag": None, "shop": None}
    assert all(isinstance(share, Sorted) for share in shares({"entity_type": "sales", "records": [sale, sale]}))


def test_a_source_without_records_that_are_known_is_left_alone() -> None:
    """There may be nothing to share."""
    assert shares(view("till")) == []

"""Which operations are compared with one that answers decided: all that may be about its row, and few others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from support.held import HeldOperations
from support.market import MARKET

from bake.changeset.amendment import steps
from bake.changeset.events import Amended, Derived, Entailed, Event
from bake.changeset.fold import decide
from bake.changeset.model import Create, Delete, Operation, Question
from bake.compiler.answers.claim_index import ClaimIndex


def _bag(n: int, brand: str, grain: str = "rye", **more: Any) -> Create:
    key = {"grain": {"slug": grain}, "brand": brand, "weight": Decimal(5)}
    return Create(n=n, entity="bags", key=key, values=key, **more)


def _grain(n: int, slug: str, **more: Any) -> Create:
    return Create(n=n, entity="grains", key={"slug": slug}, values={"slug": slug}, **more)


def _compared_with(operations: Sequence[Operation], decided: Create, events: Iterable[Event] = ()) -> list[int]:
    asked = [Question(id="q1", kind="missing", entity="grains", lookup={"slug": "ry"}, asked_by=(2,))]
    decisions = decide(len(operations), asked, events, lambda: operations)
    index = ClaimIndex(HeldOperations(operations))
    return [one.n for one in index.compared_with(MARKET.entities[decided.entity], None, [decided], decisions)]


def test_a_part_of_a_key_that_waits_may_become_any_value() -> None:
    """The other parts tell which operations may come to have the key; those of other entities never do."""
    waiting = [_bag(n, brand, "ry", needs={"/grain": "q1"}) for n, brand in ((2, "Own"), (3, "Other"))]
    operations = [_bag(1, "Own"), *waiting, _bag(4, "Own", "spelt"), _grain(5, "rye")]
    assert _compared_with(operations, _bag(1, "Own")) == [1, 2]


def test_what_answers_and_amendments_changed_is_compared() -> None:
    """Whatever it claimed as built."""
    operations = [_grain(1, "rye"), _grain(2, "spelt"), _grain(3, "oat"), _grain(4, "millet")]
    amended = Amended(by="", at="", prev="", operation=2, patch=steps(operations[1], _grain(2, "rye")))
    entailed = Derived(by="", at="", prev="", operations={3: Entailed(values={"slug": "rye"}, key={"slug": "rye"})})
    assert _compared_with(operations, _grain(1, "rye")) == [1]
    assert _compared_with(operations, _grain(1, "rye"), [amended, entailed]) == [1, 2, 3]


def test_a_create_that_may_be_a_row_is_compared_with_all() -> None:
    """Of a row that is here, and of a new one."""
    operations: list[Operation] = [
        _grain(1, "rye"),
        _grain(2, "ry", needs={"": "q1"}),
        Delete(n=3, entity="grains", key={}, before={}),
    ]
    assert _compared_with(operations, _grain(1, "rye")) == [1, 2]

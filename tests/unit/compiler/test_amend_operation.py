"""Amending operations, and what in an edited one the catalog does not take."""

from __future__ import annotations

from typing import Any

import pytest
from support.market import MARKET
from support.memory import MemorySnapshot

from bake.changeset.fold import decide
from bake.changeset.model import Create, Delete, Operation, Replace, Test, Update
from bake.compiler.amend_operation import faults, with_value
from bake.compiler.resolution_state import ResolutionState, resolution_state


def stands(operation: Operation) -> ResolutionState:
    """A changeset of one operation, on an empty market."""
    return resolution_state(MARKET, MemorySnapshot(MARKET, {}), "d", decide(1, [], []), [operation])


def person(shop: Any, needs: dict[str, Any] | None = None) -> Create:
    """A new person at a shop."""
    return Create(
        n=1,
        entity="people",
        key={"slug": "ada"},
        values={"slug": "ada", "name": "Ada", "shop": shop},
        needs=needs or {},
    )


def test_amending_a_field_leaves_the_others() -> None:
    """Also those that are null on purpose; the amended one is left out if it is to be null."""
    create = Create(n=1, entity="shops", key={"slug": "x"}, values={"slug": "x", "name": "Xxx", "rating": None})
    amended = with_value(stands(create), create, "name", "Yyy", referred_to=False)
    assert isinstance(amended, Create)
    assert amended.values == {"slug": "x", "name": "Yyy", "rating": None}
    without = with_value(stands(create), create, "rating", "null", referred_to=False)
    assert isinstance(without, Create)
    assert without.values == {"slug": "x", "name": "Xxx"}


@pytest.mark.parametrize("shop", ["mill", 7, [], {}, {"colour": "red"}, {"slug": 7}, {"owner": "ada"}], ids=repr)
def test_what_is_no_key_is_a_fault(shop: Any) -> None:
    """A reference holds null or a key of what it refers to, keys within it too, before and after."""
    update = Update(
        n=1,
        entity="people",
        key={"slug": "a"},
        patch=(Test(path="/shop", value=shop), Replace(path="/shop", value=None)),
    )
    delete = Delete(n=1, entity="people", key={"slug": "a"}, before={"shop": shop})
    for operation in (person(shop), person(shop, {"/shop": 2}), update, delete):
        assert [fault.split(":")[0] for fault in faults(stands(operation), operation)] == ["shop"]


@pytest.mark.parametrize("shop", [None, {"slug": "mill"}, {"name": "Mill", "city": None}, {"owner": {"slug": "ada"}}])
def test_a_key_is_no_fault(shop: Any) -> None:
    """Whether its row is there, applying will tell."""
    assert faults(stands(person(shop)), person(shop)) == []


def test_an_undecided_place_is_no_fault() -> None:
    """What stands there until the answer comes is for people to read."""
    waiting = person("Mill or so", {"/shop": "q1"})
    assert faults(stands(waiting), waiting) == []

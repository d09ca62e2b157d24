"""Amending operations: what becomes of an operation of which a field is set."""

from __future__ import annotations

from typing import Any

import pytest
from support.held import HeldOperations
from support.market import MARKET
from support.memory import MemorySnapshot

from bake.changeset.fold import decide
from bake.changeset.model import Candidate, Create, Operation, Outcome, Replace, Test
from bake.compiler.answers.amend_operation import NotAmendable, with_value
from bake.compiler.answers.resolution_state import ResolutionState, resolution_state


def stands(operation: Operation) -> ResolutionState:
    """A changeset of one operation, on an empty market."""
    return resolution_state(MARKET, MemorySnapshot(MARKET, {}), "d", decide(1, [], []), HeldOperations([operation]))


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


def test_an_amended_field_is_what_it_is_whatever_is_decided() -> None:
    """No option sets or leaves it any more; the row that it may be gets it too; one that cannot be so is gone."""
    rows = {"shops": [{"id": 1, "slug": "x", "name": "Xxx", "city": "Boston", "rating": None, "owner": None}]}
    same = Candidate(key={"slug": "x"}, label="X", patch=(Test(path="/city", value="Boston"), CITY))
    gone = Candidate(key={"slug": "z"}, label="Z")
    outcomes = {
        "same": Outcome(same_as=same),
        "gone": Outcome(same_as=gone),
        "new": Outcome(values={"name": "Z", "city": "Q"}, omit=("name",)),
    }
    create = Create(
        n=1,
        entity="shops",
        key={"slug": "y"},
        values={"slug": "y", "name": "Yyy"},
        needs={"": "q1"},
        outcomes={"q1": outcomes, "q2": {}},
    )
    state = resolution_state(MARKET, MemorySnapshot(MARKET, rows), "d", decide(1, [], []), HeldOperations([create]))
    amended = with_value(state, create, "name", "Www", referred_to=False)
    assert isinstance(amended, Create)
    name = (Test(path="/name", value="Xxx"), Replace(path="/name", value="Www"))
    assert amended.outcomes == {
        "q1": {
            "same": Outcome(same_as=Candidate(key={"slug": "x"}, label="X", patch=(*same.patch, *name))),
            "new": Outcome(values={"city": "Q"}),
        }
    }


def test_what_tells_which_row_it_is_stays_where_others_may_be_about_that_row() -> None:
    """Another sale was compared as if this one had its day; its note tells nothing."""
    outcomes = {"q1": {"month/day/year": Outcome(skip="already here", for_all=True)}}
    sale = Create(n=1, entity="sales", key={}, values={"day": None}, needs={"/day": "q1"}, outcomes=outcomes)
    with pytest.raises(NotAmendable, match="build that again"):
        with_value(stands(sale), sale, "day", "2025-06-01", referred_to=False)
    amended = with_value(stands(sale), sale, "note", "late", referred_to=False)
    assert isinstance(amended, Create)
    assert amended.values["note"] == "late"


CITY = Replace(path="/city", value="Lynn")

"""Rebasing: what still holds stays, what is so already goes, what both sides changed is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.changeset.model import Create, Delete, Operation, Question, Replace, Skip, Test, Update
from bake.compiler.rebase import Rebase, Rebased
from bake.compiler.scope import Known

WHEAT = {"id": 1, "uuid": uid(1), "slug": "wheat", "name": "Wheat"}
UPDATE = Update(
    n=1,
    entity="grains",
    key={"slug": "wheat"},
    patch=(Test(path="/name", value="Wheat"), Replace(path="/name", value="Bread wheat")),
    from_=(0,),
)
CREATE = Create(
    n=2, entity="grains", key={"slug": "rye"}, values={"uuid": uid(2), "slug": "rye", "name": "Rye"}, from_=(1,)
)
DELETE = Delete(
    n=3,
    entity="grains",
    key={"slug": "wheat"},
    before={"uuid": uid(1), "slug": "wheat", "name": "Wheat", "parent": None, "density": None},
)


def rebased(operation: Operation, grains: Sequence[Mapping[str, Any]]) -> list[Rebased]:
    """What rebasing one operation gives, against these grains."""
    known = Known(MARKET, MemorySnapshot(MARKET, {"grains": grains}))
    return list(Rebase(known, last_question=4).run([operation]))


@pytest.mark.parametrize(
    ("operation", "grains"),
    [
        pytest.param(UPDATE, [WHEAT], id="update"),
        pytest.param(UPDATE, [{**WHEAT, "density": 1}], id="update of a row that changed elsewhere"),
        pytest.param(CREATE, [WHEAT], id="create"),
        pytest.param(DELETE, [WHEAT], id="delete"),
        pytest.param(Skip(n=9, entity="grains", reason="unchanged"), [], id="skip"),
    ],
)
def test_what_holds_stays(operation: Operation, grains: list[dict[str, Any]]) -> None:
    """An operation whose expectations hold is not touched, and writes that it does not depend on do not matter."""
    assert rebased(operation, grains) == []


@pytest.mark.parametrize(
    ("operation", "grains", "reason"),
    [
        (UPDATE, [{**WHEAT, "name": "Bread wheat"}], "already so"),
        (UPDATE, [], "the row is gone"),
        (CREATE, [{"id": 7, "uuid": uid(7), "slug": "rye", "name": "Rye"}], "already there"),
        (DELETE, [], "already gone"),
    ],
)
def test_what_is_so_already_is_skipped(operation: Operation, grains: list[dict[str, Any]], reason: str) -> None:
    """Somebody did the same meanwhile, or took the row away: the operation is dropped, its records are kept."""
    assert not isinstance(operation, Skip)
    assert rebased(operation, grains) == [Skip(n=operation.n, entity="grains", reason=reason, from_=operation.from_)]


def test_an_update_that_both_sides_changed_asks() -> None:
    """The before-value becomes today's, and the question has all three values, under the next number."""
    update, question = rebased(UPDATE, [{**WHEAT, "name": "Soft wheat"}])
    assert isinstance(update, Update)
    assert update.patch == (Test(path="/name", value="Soft wheat"), Replace(path="/name", value="Bread wheat"))
    assert update.needs == {"/name": "q5"}
    assert isinstance(question, Question)
    assert (question.id, question.kind, question.base, question.current, question.value) == (
        "q5",
        "conflict",
        "Wheat",
        "Soft wheat",
        "Bread wheat",
    )


def test_a_create_whose_key_is_taken_asks() -> None:
    """A row that has the key and says something else is offered, with what would change on it."""
    create, question = rebased(CREATE, [{"id": 7, "uuid": uid(7), "slug": "rye", "name": "Dark rye"}])
    assert isinstance(create, Create)
    assert create.needs == {"": "q5"}
    assert isinstance(question, Question)
    [candidate] = question.candidates
    assert candidate.key == {"slug": "rye"}
    assert candidate.patch == (Test(path="/name", value="Dark rye"), Replace(path="/name", value="Rye"))


def test_a_delete_of_a_changed_row_asks() -> None:
    """A row that was edited since is not deleted unasked; if it is, the before-image is today's."""
    delete, question = rebased(DELETE, [{**WHEAT, "name": "Soft wheat"}])
    assert isinstance(delete, Delete)
    assert delete.before["name"] == "Soft wheat"
    assert isinstance(question, Question)
    assert (question.kind, question.field) == ("conflict", None)


def test_rebasing_again_changes_nothing() -> None:
    """What a rebase gave holds against the same rows."""
    grains = [{**WHEAT, "name": "Bread wheat", "density": 1}]
    [skip] = rebased(UPDATE, grains)
    assert isinstance(skip, Skip)
    assert rebased(skip, grains) == []

"""Rebasing: what still holds stays, what is so already goes, what both sides changed is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from msgspec import structs
from support.market import MARKET, uid
from support.memory import MemorySnapshot

from bake.catalog.row import Row
from bake.changeset.model import Create, Delete, Operation, Question, Replace, Skip, Test, Update
from bake.compiler.answers.rebase import Rebase, Rebased
from bake.compiler.rows.row_resolver import RowResolver

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
    known = RowResolver(MARKET, MemorySnapshot(MARKET, {"grains": grains}))
    return list(Rebase(known, last_question=4).run([(operation, operation)]))


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


BOB = {"id": 1, "uuid": uid(5), "slug": "bob", "name": "Bob"}
MOVE = Update(
    n=2,
    entity="people",
    key={"slug": "bob"},
    patch=(Test(path="/shop", value=None), Replace(path="/shop", value={"slug": "gone"})),
)
MILL = {"id": 3, "uuid": uid(6), "slug": "mill", "name": "Mill"}


def against(rows: Mapping[str, Sequence[Mapping[str, Any]]], *operations: Operation) -> list[Rebased]:
    """What rebasing operations gives, against these rows."""
    known = RowResolver(MARKET, MemorySnapshot(MARKET, rows))
    return list(Rebase(known, last_question=4).run((operation, operation) for operation in operations))


def test_references_to_rows_that_are_gone_ask() -> None:
    """What an operation is to refer to is gone: all that say the same ask one question, which row it is now."""
    ada = Create(n=1, entity="people", key={"slug": "ada"}, values={"slug": "ada", "shop": {"slug": "gone"}})
    create, update, question = against({"people": [BOB]}, ada, MOVE)
    assert (create, update) == (
        structs.replace(ada, needs={"/shop": "q5"}),
        structs.replace(MOVE, needs={"/shop": "q5"}),
    )
    assert isinstance(question, Question)
    assert (question.id, question.kind, question.entity) == ("q5", "missing", "shops")
    assert (question.lookup, question.asked_by) == ({"slug": "gone"}, ("1-2",))


def test_a_row_that_was_renamed_is_offered() -> None:
    """What the reference meant is here with another key, which is known by its uuid."""
    shop = {"id": 1, "uuid": uid(7), "slug": "moved", "name": "Gone"}
    ada = Create(n=1, entity="people", key={"slug": "ada"}, values={"slug": "ada", "shop": {"slug": "gone"}})
    _, question = against({"shops": [shop]}, structs.replace(ada, uuids={"/shop": uid(7)}))
    assert isinstance(question, Question)
    assert [candidate.key for candidate in question.candidates] == [{"slug": "moved"}]


def test_references_to_rows_that_are_created_ask_nothing() -> None:
    """What another operation creates is not there yet, and is not missing."""
    assert against({"people": [BOB]}, structs.replace(MOVE, needs={"/shop": 1})) == []


def test_a_conflict_about_a_row_that_is_created_asks() -> None:
    """A reference to a new row that somebody changed meanwhile asks for the conflict, once."""
    move = structs.replace(MOVE, needs={"/shop": 1})
    update, question = against({"people": [{**BOB, "shop": 3}], "shops": [MILL]}, move)
    assert isinstance(update, Update)
    assert isinstance(question, Question)
    assert (update.needs, question.kind, question.value) == ({"/shop": "q5"}, "conflict", {"slug": "gone"})


def test_several_rows_with_the_key_are_left_alone() -> None:
    """Nobody can say which of them is meant, and none of them is gone."""
    assert against({"people": [BOB, {**BOB, "id": 2, "uuid": uid(7)}]}, MOVE, structs.replace(MOVE, n=3)) == []


def test_answered_places_keep_waiting_for_their_questions() -> None:
    """The operation changes as it is without its answers; only what is asked anew takes the place of an answer."""
    patch = (*MOVE.patch, Test(path="/name", value="Bo"), Replace(path="/name", value="Rob"))
    bare = structs.replace(MOVE, patch=patch, needs={"/shop": "q1", "/name": "q2"})
    now = structs.replace(bare, needs={}, patch=(patch[0], Replace(path="/shop", value={"slug": "mill"}), *patch[2:]))
    known = RowResolver(MARKET, MemorySnapshot(MARKET, {"people": [BOB], "shops": [MILL]}))
    update, question = Rebase(known, last_question=4).run([(bare, now)])
    assert isinstance(update, Update)
    assert isinstance(question, Question)
    assert question.field == "name"
    assert update.needs == {"/shop": "q1", "/name": "q5"}
    assert update.patch == (*MOVE.patch, Test(path="/name", value="Bob"), Replace(path="/name", value="Rob"))


def test_an_answer_whose_row_is_gone_is_asked_anew() -> None:
    """What was chosen is looked for, not what was asked about."""
    bare = structs.replace(MOVE, needs={"/shop": "q1"})
    now = structs.replace(MOVE, patch=(MOVE.patch[0], Replace(path="/shop", value={"slug": "mill"})))
    update, question = Rebase(RowResolver(MARKET, MemorySnapshot(MARKET, {"people": [BOB]})), 4).run([(bare, now)])
    assert isinstance(update, Update)
    assert isinstance(question, Question)
    assert (update.needs, question.lookup) == ({"/shop": "q5"}, {"slug": "mill"})


def test_queries_grow_with_batches() -> None:
    """Looking whether the keys of new rows are taken costs no more for many of them than for a few."""

    def queries(count: int) -> int:
        snapshot = Counting(MARKET, {})
        creates = [
            Create(n=n, entity="shops", key={"slug": f"s{n}"}, values={"uuid": uid(n), "slug": f"s{n}", "name": "S"})
            for n in range(1, count + 1)
        ]
        assert list(Rebase(RowResolver(MARKET, snapshot), 0).run((create, create) for create in creates)) == []
        return snapshot.asked

    assert queries(50) == queries(5)


class Counting(MemorySnapshot):
    """Counts what it is asked."""

    asked = 0

    def find(
        self, entity: str, fields: tuple[str, ...], keys: Sequence[tuple[Any, ...]]
    ) -> dict[tuple[Any, ...], list[Row]]:
        """The rows, as always."""
        self.asked += 1
        return super().find(entity, fields, keys)

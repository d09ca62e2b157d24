"""A short run of the sequences that `nox -s fuzz -- --sequences N` runs for long, and of what judges them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fuzz.model import Unfit, after
from fuzz.sequences import Trial
from fuzz.session import sequence
from fuzz.written import Wrong
from support.kitchen import Kitchen, stocked, uid
from support.tables import Contents

from bake.changeset.model import Create, Delete, Operation, Replace, Test, Update

#: How many sequences are run here.
SEQUENCES = 2
SEED = 20251224
ROWS: Contents = {
    "suppliers": {uid(1): {"uuid": uid(1), "slug": "a", "notes": None}},
    "products": {uid(2): {"uuid": uid(2), "slug": "p", "preferred_supplier": uid(1)}},
}
EDIT = (Test(path="/notes", value=None), Replace(path="/notes", value="x"))
MOVED = (
    Test(path="/preferred_supplier", value={"slug": "a"}),
    Replace(path="/preferred_supplier", value={"slug": "b"}),
)


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    """A bakery on SQLite."""
    return stocked(tmp_path)


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_a_sequence_does_what_the_model_does(number: int, kitchen: Kitchen) -> None:
    """After each command the database holds what a model of dictionaries holds."""
    assert [one.told for one in sequence(kitchen, SEED, number, steps=5, races=False)] == []


def test_a_difference_is_found(kitchen: Kitchen) -> None:
    """A database that holds something else than the model is wrong."""
    trial = Trial(kitchen, random.Random(SEED))
    kitchen.edit("UPDATE suppliers SET notes = 'nobody knows'")
    with pytest.raises(Wrong, match="nobody knows"):
        trial.run(0)


def test_the_model_carries_out_operations() -> None:
    """Edits, new rows with references to each other, and deletes."""
    made = Create(n=2, entity="suppliers", key={"slug": "b"}, values={"uuid": uid(3), "slug": "b"})
    refers = Update(n=3, entity="products", key={"slug": "p"}, patch=MOVED, needs={"/preferred_supplier": 2})
    deleted = Delete(n=4, entity="suppliers", key={"slug": "a"}, before={"slug": "a", "notes": None})
    assert after(ROWS, [refers, made, deleted]) == {
        "suppliers": {uid(3): {"uuid": uid(3), "slug": "b"}},
        "products": {uid(2): {"uuid": uid(2), "slug": "p", "preferred_supplier": uid(3)}},
    }
    assert after(ROWS, [Update(n=1, entity="suppliers", key={"slug": "a"}, patch=EDIT)])["suppliers"][uid(1)] == {
        "uuid": uid(1), "slug": "a", "notes": "x"
    }  # fmt: skip


@pytest.mark.parametrize(
    "operation",
    [
        Update(n=1, entity="suppliers", key={"slug": "gone"}, patch=EDIT),
        Update(n=1, entity="suppliers", key={"slug": "a"}, patch=(Test(path="/notes", value="y"), EDIT[1])),
        Update(n=1, entity="products", key={"slug": "p"}, patch=MOVED, uuids={"/preferred_supplier": uid(1)}),
        Create(n=1, entity="suppliers", key={"slug": "a"}, values={"uuid": uid(9), "slug": "a"}),
        Delete(n=1, entity="suppliers", key={"slug": "a"}, before={"slug": "a", "notes": None}),
    ],
    ids=[
        "no such row",
        "another value",
        "a reference by a key that its row has no more",
        "the key is there",
        "another row refers to it",
    ],
)
def test_the_model_knows_what_does_not_fit(operation: Operation) -> None:
    """What an application would have to refuse."""
    with pytest.raises(Unfit):
        after(ROWS, [operation])

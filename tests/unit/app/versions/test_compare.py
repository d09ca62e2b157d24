"""Comparing two versions of a changeset: by rows, by values, and by what is open."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from support.changesets import written

from bake.app.versions.compare import compare
from bake.app.versions.comparison import Comparison, Difference
from bake.changeset.file import Changeset
from bake.changeset.model import Create, Delete, Operation, Question, Replace, Skip, Test, Update
from bake.errors import UsageError

RYE, OAT = {"slug": "rye"}, {"slug": "oat"}


def made(path: Path, *operations: Operation, questions: tuple[Question, ...] = ()) -> Changeset:
    """A changeset of these operations."""
    return written(path, operations, questions)


def update(before: object, after: object, n: int = 1) -> Update:
    """A new price of rye."""
    patch = (Test(path="/price", value=before), Replace(path="/price", value=after))
    return Update(n=n, entity="grains", key=RYE, patch=patch, from_=(n - 1,))


def differences(tmp_path: Path, before: Operation, after: Operation) -> tuple[Difference, ...]:
    """What changed in the one operation of two changesets."""
    result = compare(made(tmp_path / "a.jsonl", before), made(tmp_path / "b.jsonl", after))
    [changed] = result.changed
    return changed.differences


def test_the_same_in_another_order(tmp_path: Path) -> None:
    """Numbers and records of operations are not what they do."""
    oat = Create(n=2, entity="grains", key=OAT, values={"slug": "oat"}, from_=(1,))
    turned = Create(n=1, entity="grains", key=OAT, values={"slug": "oat"}, from_=(0,))
    one = made(tmp_path / "a.jsonl", update(1, 2), oat)
    assert compare(one, made(tmp_path / "b.jsonl", turned, update(1, 2, n=2))).is_same
    assert compare(one.path, str(one.path)) == Comparison(one, one)


def test_what_one_alone_does(tmp_path: Path) -> None:
    """It is added or removed, by its row."""
    skip = Skip(n=1, entity="grains", reason="unchanged", from_=(0,))
    delete = Delete(n=1, entity="grains", key=RYE, before={"slug": "rye"}, from_=(0,))
    result = compare(made(tmp_path / "a.jsonl", skip), made(tmp_path / "b.jsonl", delete))
    assert result.added == (("delete", "grains", RYE),)
    assert (result.removed, result.changed) == ((), ())
    assert result.skipped == (Difference("grains: unchanged", "removed", 1, None),)


def test_what_is_written_and_what_is_expected(tmp_path: Path) -> None:
    """Both sides of a patch are told apart; 1, 1.0 and true are three values, 1.50 and 1.5 are one."""
    assert differences(tmp_path, update(1, 2), update(1, 3)) == (Difference("price", "changed", 2, 3),)
    (tmp_path / "x").mkdir()
    assert differences(tmp_path / "x", update(1, 2), update(True, 2)) == (
        Difference("expects price", "changed", 1, True),
    )
    same = compare(
        made(tmp_path / "c.jsonl", update(1, Decimal("1.50"))), made(tmp_path / "d.jsonl", update(1, Decimal("1.5")))
    )
    assert same.is_same


def test_null_is_not_nothing(tmp_path: Path) -> None:
    """A field that is written as null differs from one that is not written."""
    bare = Create(n=1, entity="grains", key=RYE, values={"slug": "rye"}, from_=(0,))
    null = Create(n=1, entity="grains", key=RYE, values={"slug": "rye", "note": None}, from_=(0,))
    assert differences(tmp_path, bare, null) == (Difference("note", "added", None, None),)


def test_values_within_documents(tmp_path: Path) -> None:
    """Of JSON that has most in common only the leaf is told; keys of different fields are one value."""
    tags = {"a": 1, "b": 2, "c": [1, 2]}
    one = Create(n=1, entity="grains", key=RYE, values={"tags": tags, "shop": {"name": "Mill"}}, from_=(0,))
    two = Create(n=1, entity="grains", key=RYE, values={"tags": tags | {"b": 3}, "shop": {"slug": "mill"}}, from_=(0,))
    assert differences(tmp_path, one, two) == (
        Difference("shop", "changed", {"name": "Mill"}, {"slug": "mill"}),
        Difference("tags/b", "changed", 2, 3),
    )


def test_several_without_a_key(tmp_path: Path) -> None:
    """Rows that nothing names yet are compared one with one, in their order."""

    def anonymous(n: int, name: str) -> Create:
        return Create(n=n, entity="grains", key={"slug": None}, values={"name": name}, from_=(n - 1,))

    one = made(tmp_path / "a.jsonl", anonymous(1, "x"), anonymous(2, "y"))
    two = made(tmp_path / "b.jsonl", anonymous(1, "x"), anonymous(2, "z"), anonymous(3, "w"))
    result = compare(one, two)
    assert [changed.differences for changed in result.changed] == [(Difference("name", "changed", "y", "z"),)]
    assert len(result.added) == 1


def test_questions(tmp_path: Path) -> None:
    """By what they ask: another number is no other question, and what waits for it is told."""

    def waiting(n: int, id_: str, *also: Question) -> Changeset:
        create = Create(n=1, entity="grains", key=RYE, values={"price": None}, from_=(0,), needs={"/price": id_})
        asked = Question(id=id_, kind="invalid", entity="grains", field="price", value="x", problem="no", asked_by=(1,))
        return made(tmp_path / f"{n}.jsonl", create, questions=(*also, asked))

    other = Question(id="q1", kind="missing", entity="shops", lookup={"name": "Mill"}, asked_by=(1,))
    result = compare(waiting(1, "q1"), waiting(2, "q2", other))
    assert (len(result.opened), result.closed, result.changed) == (1, (), ())
    assert "Mill" in result.opened[0]


def test_a_changeset_that_is_not_there(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(UsageError, match=r"nothing\.jsonl"):
        compare(tmp_path / "nothing.jsonl", tmp_path / "nothing.jsonl")

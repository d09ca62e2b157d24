"""Merging two versions of a changeset: each row of the table of what is refused, and what a merge must not hide."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.changesets import written

from bake.app.versions.merge import merge
from bake.changeset.amendment import steps
from bake.changeset.events import Amended, Answered, Applied, Asked, Event, Failed, Rebased, Sealed, Withdrawn
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create, Question, Skip
from bake.changeset.writing import append, seal
from bake.errors import UsageError

SALE = Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/shop": "q1"})
OTHER = Create(n=2, entity="sales", key={"uuid": "b"}, values={"uuid": "b"}, from_=(1,))
QUESTIONS = [
    Question(id="q1", kind="missing", entity="shops", lookup={"name": "Corner"}, asked_by=(1,)),
    Question(id="q2", kind="missing", entity="people", lookup={"name": "Bob"}, asked_by=(1,)),
]
_ADA: dict[str, Any] = {"by": "ada", "at": "2026-01-01T00:00:00Z", "prev": ""}
_BOB: dict[str, Any] = {"by": "bob", "at": "2026-01-02T00:00:00Z", "prev": ""}

MAPPED = Answered(question="q1", choice="map", key={"slug": "one"}, **_ADA)
CREATED = Answered(question="q1", choice="create", key={"slug": "new"}, values={"slug": "new"}, **_ADA)
SKIPPED = Answered(question="q1", choice="skip", **_BOB)
APPLIED = Applied(database="d", counts={}, receipt="r", **_ADA)
REBASED = Rebased(database="d", operations=(Skip(n=2, entity="sales", reason="already so", from_=(1,)),), **_ADA)
NOTED = Amended(reason="why", **_BOB)
FAILED = Failed(database="d", code="conflicts", message="no", **_BOB)


def dropped(operation: Create, who: dict[str, Any]) -> Amended:
    """An operation is dropped by somebody."""
    after = Skip(n=operation.n, entity=operation.entity, reason="dropped", from_=operation.from_)
    return Amended(operation=operation.n, patch=steps(operation, after), **who)


def row(operation: int) -> Amended:
    """The row that an answer creates gets a field."""
    before = Create(n=operation, entity="shops", key={"slug": "new"}, values={"slug": "new"})
    after = Create(n=operation, entity="shops", key={"slug": "new"}, values={"slug": "new", "city": "x"})
    return Amended(operation=operation, patch=steps(before, after), **_BOB)


def asked(name: str) -> Asked:
    """A question of one id, which may ask different things."""
    return Asked(question=Question(id="q100000", kind="missing", entity="people", lookup={"name": name}), **_ADA)


@pytest.fixture
def base(tmp_path: Path) -> Changeset:
    """The common version."""
    return written(tmp_path / "base.changeset.jsonl", [SALE, OTHER], QUESTIONS)


def versions(
    base: Changeset, common: list[Event], ours: list[Event], theirs: list[Event]
) -> tuple[Changeset, Changeset]:
    """Two files that have some events in common."""
    base = append(base, *common)
    paths = [base.path.with_name(f"{name}.changeset.jsonl") for name in ("ours", "theirs")]
    for path in paths:
        shutil.copy(base.path, path)
    return append(read(paths[0]), *ours), append(read(paths[1]), *theirs)


@pytest.mark.parametrize(
    ("common", "ours", "theirs", "why"),
    [
        ([], [REBASED], [Rebased(database="e", reopened=(), **_BOB)], "both were rebased"),
        ([MAPPED], [REBASED], [Withdrawn(question="q1", answers=("x",), **_BOB)], "one was rebased"),
        ([], [REBASED], [dropped(SALE, _BOB)], "an amendment of operation 1"),
        ([MAPPED], [REBASED], [APPLIED], "an application to d"),
        (
            [MAPPED],
            [Rebased(database="d", questions=(QUESTIONS[0],), reopened=("q1",), **_ADA)],
            [SKIPPED],
            r"an answer to q1 \(2026-01-02T00:00:00Z by bob\)",
        ),
        ([], [dropped(SALE, _ADA)], [dropped(SALE, _BOB)], "operation 1 is amended in both"),
        ([CREATED], [row(3)], [SKIPPED], "the row that an answer to q1 creates is amended in one"),
        ([], [MAPPED, APPLIED], [SKIPPED], "one was applied to d 2026-01-01T00:00:00Z by ada, and the other decides"),
        ([MAPPED], [APPLIED], [dropped(OTHER, _BOB)], "the other decides otherwise"),
        ([], [asked("Bob")], [asked("Eve")], "different questions have the id q100000"),
    ],
)
def test_what_is_refused(
    base: Changeset, common: list[Event], ours: list[Event], theirs: list[Event], why: str
) -> None:
    """Whichever version comes first; nothing is written, and the hint says which commands go on."""
    one, other = versions(base, common, ours, theirs)
    for pair in ((one, other), (other, one)):
        with pytest.raises(UsageError, match=why) as caught:
            merge(*pair)
        assert "git checkout --ours FILE" in (caught.value.hint or "")
    assert (read(one.path), read(other.path)) == (one, other)


@pytest.mark.parametrize(
    ("common", "ours", "theirs", "open_"),
    [
        ([], [MAPPED], [SKIPPED], ["q1", "q2"]),
        ([], [MAPPED], [Answered(question="q1", choice="map", key={"slug": "one"}, **_BOB)], ["q2"]),
        ([], [MAPPED], [NOTED, FAILED], ["q2"]),
        ([], [REBASED], [MAPPED, NOTED, FAILED], ["q2"]),
        ([], [dropped(SALE, _ADA)], [dropped(OTHER, _BOB)], []),
        ([MAPPED], [APPLIED], [Applied(database="e", counts={}, receipt="s", **_BOB)], ["q2"]),
        ([MAPPED], [APPLIED], [NOTED], ["q2"]),
        ([], [MAPPED, APPLIED], [Answered(question="q1", choice="map", key={"slug": "one"}, **_BOB)], ["q2"]),
        ([], [], [MAPPED], ["q2"]),
        ([MAPPED], [], [], ["q2"]),
    ],
)
def test_what_is_merged(
    base: Changeset, common: list[Event], ours: list[Event], theirs: list[Event], open_: list[str]
) -> None:
    """Whichever version comes first, the bytes are the same, and it can be gone on with; what was applied stands."""
    one, other = versions(base, common, ours, theirs)
    both = merge(one, other, output=base.path.with_name("both")).changeset.intact()
    assert (
        merge(other, one, output=base.path.with_name("swapped")).changeset.path.read_bytes() == both.path.read_bytes()
    )
    assert [question.id for question in both.decisions.open] == open_
    assert both.was_at(one.head)
    assert both.was_at(other.head)
    assert append(both, NOTED).intact().decisions.amended[-1].reason == "why"


def test_two_builds_are_refused(tmp_path: Path) -> None:
    """Their numbers and questions mean different things; so it is with lines that were edited and sealed in one."""
    one = written(tmp_path / "one.changeset.jsonl", [SALE, OTHER], QUESTIONS)

    path = tmp_path / "edited.changeset.jsonl"
    path.write_bytes(one.path.read_bytes().replace(b'"Corner"', b'"Korner"'))
    seal(read(path), Sealed(content="", **_BOB))
    with pytest.raises(UsageError, match="lines were edited by hand in one of them, and sealed"):
        merge(one, path)
    another = written(tmp_path / "another.changeset.jsonl", [SALE, OTHER], QUESTIONS[:1])
    with pytest.raises(UsageError, match="they are two builds: one of 2025-12-24T10:00:00Z by ada, one of 2025"):
        merge(one, another)


def _without_one(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-2], lines[-1]]


def _without_the_merge(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


def _with_one_of_another_version(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-3].replace(b'"by":"', b'"by":"x'), lines[-1]]


@pytest.mark.parametrize("tamper", [_without_one, _without_the_merge, _with_one_of_another_version])
def test_what_is_taken_out_of_a_merge_or_put_in_is_noticed(
    base: Changeset, tamper: Callable[[list[bytes]], list[bytes]]
) -> None:
    """An event of a branch, the merge itself; so nobody's answer can be left out unseen."""
    both = merge(*versions(base, [], [MAPPED], [SKIPPED])).changeset
    lines = both.path.read_bytes().splitlines(keepends=True)
    both.path.write_bytes(b"".join(tamper(lines)))
    assert read(both.path).edits

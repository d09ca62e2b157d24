"""Laws of merging two versions of a changeset."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.changesets import written

from bake.app.versions.merge import merge
from bake.changeset.amendment import steps
from bake.changeset.approval import content_digest
from bake.changeset.codec import encode
from bake.changeset.events import (
    Amended,
    Answered,
    Applied,
    Approved,
    Asked,
    Event,
    Failed,
    Proposed,
    ProposedAnswer,
    Rebased,
    Rejected,
    Withdrawn,
)
from bake.changeset.file import Changeset, read
from bake.changeset.merging import event_lines
from bake.changeset.model import Create, Operation, Option, Outcome, Question, Replace, Skip, Test, Update
from bake.changeset.writing import append
from bake.errors import UsageError

OPERATIONS: list[Operation] = [
    Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/shop": "q1"}),
    Update(
        n=2,
        entity="shops",
        key={"slug": "b"},
        patch=(Test(path="/city", value="x"), Replace(path="/city", value="y")),
        from_=(1,),
        needs={"/city": "q2"},
    ),
    Create(
        n=3,
        entity="sales",
        key={"uuid": "c"},
        values={"uuid": "c", "price": 1},
        from_=(2,),
        needs={"/shop": "q1", "/price": "q3"},
        outcomes={"q3": {"low": Outcome(values={"price": 2}), "high": Outcome(skip="too dear")}},
    ),
]
QUESTIONS = [
    Question(id="q1", kind="missing", entity="shops", lookup={"name": "Corner"}, asked_by=(1, 3)),
    Question(id="q2", kind="conflict", entity="shops", field="city", key={"slug": "b"}, asked_by=(2,)),
    Question(
        id="q3",
        kind="decision",
        entity="sales",
        field="price",
        asked_by=(3,),
        options=(Option(name="low", label="l"), Option(name="high", label="h")),
    ),
]
#: A question that the new row of q1 asks, and what says so.
FURTHER = Question(id="q4", kind="missing", entity="people", lookup={"name": "Bob"}, asked_by=(4,))
ANSWERS: list[dict[str, Any]] = [
    {"question": "q1", "choice": "map", "key": {"slug": "one"}},
    {"question": "q1", "choice": "map", "key": {"slug": "two"}},
    {"question": "q1", "choice": "skip"},
    {"question": "q1", "choice": "create", "key": {"slug": "new"}, "values": {"slug": "new"}, "needs": {"/who": "q4"}},
    {"question": "q4", "choice": "map", "key": {"slug": "bob"}},
    {"question": "q2", "choice": "file"},
    {"question": "q2", "choice": "database"},
    {"question": "q2", "choice": "value", "value": "z"},
    {"question": "q3", "choice": "choose", "option": "low"},
    {"question": "q3", "choice": "choose", "option": "high"},
    {"question": "q3", "choice": "value", "value": 7, "operation": 3},
    {"question": "q3", "choice": "skip", "operation": 3},
]


def answering(file: Changeset, answer: dict[str, Any], who: dict[str, Any], *, revises: bool) -> Sequence[Event]:
    """The events of an answer, as a command would write them."""
    events: list[Event] = []
    known = file.decisions.questions
    if answer["choice"] == "create" and FURTHER.id not in known:
        events.append(Asked(question=FURTHER, **who))
    if answer["question"] not in known:
        return ()
    stands = file.decisions.standing(answer["question"], answer.get("operation"))
    named = tuple(one.digest for one in stands) if revises else ()
    return [*events, Answered(**answer, **who, revises=named)]


def happened(draw: st.DrawFn, file: Changeset, n: int) -> Sequence[Event]:
    """What happens to a version next; each event has a time of its own."""
    who: dict[str, Any] = {"by": draw(st.sampled_from(["ada", "bob"])), "at": f"2026-01-01T00:00:{n:02}Z", "prev": ""}
    others = ["withdraw", "drop", "set", "note", "propose", "reject", "approve", "fail", "apply", "rebase"]
    match draw(st.sampled_from(["answer"] * 6 + others)):
        case "answer":
            revises = draw(st.sampled_from([True, True, False]))
            return answering(file, draw(st.sampled_from(ANSWERS)), who, revises=revises)
        case "withdraw":
            given = [event for event in file.events if isinstance(event, Answered)]
            taken = draw(st.sampled_from(given)) if given else None
            return [Withdrawn(question=taken.question, answers=(taken.digest,), **who)] if taken else ()
        case "drop" | "set" as how:
            before = file.bare(draw(st.integers(1, 3)))
            if before is None or isinstance(before, Skip):
                return ()
            after: Operation = Skip(n=before.n, entity=before.entity, reason="dropped", from_=before.from_)
            if how == "set" and isinstance(before, Create):
                after = Create(**{**fields(before), "values": {**before.values, "note": str(n)}})
            return [Amended(operation=before.n, patch=steps(before, after), **who)]
        case "note":
            return [Amended(reason="why", **who)]
        case "propose":
            offered = {name: value for name, value in draw(st.sampled_from(ANSWERS)).items() if name != "needs"}
            known = offered["question"] in file.decisions.questions
            return [Proposed(model="m", answer=ProposedAnswer(**offered), **who)] if known else ()
        case "reject":
            return [Rejected(proposal=one.digest, **who) for one in file.decisions.proposed[:1]]
        case "approve":
            return [Approved(content=content_digest(file), signature="s", **who)]
        case "fail":
            return [Failed(database="d", code="conflicts", message="no", **who)]
        case "apply":
            return [Applied(database="d", counts={}, receipt="r", **who)]
        case _:
            before = file.bare(2)
            after = Skip(n=2, entity="shops", reason="already so", from_=(1,))
            reopened = ("q1",) if "q1" in file.decisions.answers and draw(st.booleans()) else ()
            asked = (QUESTIONS[0],) if reopened else ()
            operations = (after,) if before != after else ()
            return [Rebased(database="d", operations=operations, questions=asked, reopened=reopened, **who)]


def fields(create: Create) -> dict[str, Any]:
    """What a create is made of."""
    return {name: getattr(create, name) for name in create.__struct_fields__}


@st.composite
def versions(draw: st.DrawFn, folder: Path, many: int) -> list[Changeset]:
    """Versions of one changeset: forked, written to, and merged, in any order."""
    names = (folder / f"{n}.changeset.jsonl" for n in count())
    files = [written(next(names), OPERATIONS, QUESTIONS)]
    for n in range(draw(st.integers(2, 9))):
        at = draw(st.integers(0, len(files) - 1))
        match draw(st.sampled_from(["write", "write", "fork", "merge"])):
            case "fork":
                files.append(copied(files[at], next(names)))
            case "merge":
                other = draw(st.sampled_from(files))
                files[at] = merged(files[at], other, next(names)) or files[at]
            case _:
                files[at] = append(files[at], *happened(draw, files[at], n))
    while len(files) < many:
        files.append(copied(files[0], next(names)))
        files[-1] = append(files[-1], *happened(draw, files[-1], 50 + len(files)))
    return draw(st.permutations(files))[:many]


def copied(file: Changeset, path: Path) -> Changeset:
    """A copy, as on another branch."""
    shutil.copy(file.path, path)
    return read(path)


def merged(one: Changeset, other: Changeset, path: Path) -> Changeset | None:
    """The merge of two versions; None if it is refused."""
    try:
        return merge(one, other, output=path).changeset
    except UsageError:
        return None


def outcome(file: Changeset) -> object:
    """What a changeset is now, whatever the order of its events."""
    decisions = file.decisions
    standing = {
        slot: {(a.choice, repr(a.key), repr(a.value), a.option) for a in answers}
        for slot, answers in decisions.contradictions.items()
    }
    return (
        sorted(encode(operation) for operation in file.effective()),
        sorted(question.id for question in decisions.pending),
        standing,
        sorted(event.digest for event in (*decisions.amended, *decisions.applied, *decisions.failed)),
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_merging_is_commutative_and_loses_nothing(data: st.DataObject) -> None:
    """To the byte, or refused both ways. The merge is whole and has all events of both; merging one again adds nothing.

    What it comes to does not hang on the order in which the events of the two stand.
    """
    with TemporaryDirectory() as folder:
        one, other = data.draw(versions(Path(folder), 2))
        here, there = (merged(*pair, Path(folder, f"m{n}")) for n, pair in enumerate([(one, other), (other, one)]))
        if here is None or there is None:
            assert here is there
            return
        assert here.path.read_bytes() == there.path.read_bytes()
        assert here.damage == ()
        assert {*event_lines(one), *event_lines(other)} <= {*event_lines(here)}
        assert len(set(event_lines(here))) == len(event_lines(here))
        for n, file in enumerate((one, other)):
            again = merged(here, file, Path(folder, f"again{n}"))
            assert again is not None
            assert again.path.read_bytes() == here.path.read_bytes()
            assert here.was_at(file.head)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_merging_is_associative_in_what_is_folded(data: st.DataObject) -> None:
    """Three versions come to the same, whichever two are merged first."""
    with TemporaryDirectory() as folder:
        first, second, third = data.draw(versions(Path(folder), 3))
        paths = (Path(folder, f"m{n}") for n in count())
        left, right = merged(first, second, next(paths)), merged(second, third, next(paths))
        whole = merged(left, third, next(paths)) if left else None
        other = merged(first, right, next(paths)) if right else None
        if whole is not None and other is not None:
            assert outcome(whole) == outcome(other)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_fold_of_a_merge_is_the_fold_of_both(data: st.DataObject) -> None:
    """What stands in one version and is neither contradicted nor taken back by the other stands in the merge."""
    with TemporaryDirectory() as folder:
        one, other = data.draw(versions(Path(folder), 2))
        whole = merged(one, other, Path(folder, "m"))
        if whole is None:
            return
        gone = {
            digest
            for event in whole.events
            for digest in getattr(event, "revises" if isinstance(event, Answered) else "answers", ())
        }
        for file in (one, other):
            for question, answer in file.decisions.answers.items():
                stands = whole.decisions.standing(question)
                reopened = any(isinstance(event, Rebased) and question in event.reopened for event in whole.events)
                assert stands or answer.digest in gone or reopened
                agreeing = {(a.choice, repr(a.key), repr(a.value), a.option) for a in stands}
                said = (answer.choice, repr(answer.key), repr(answer.value), answer.option)
                assert said in agreeing or answer.digest in gone or reopened
        assert {q.id for q in whole.decisions.pending} <= {q.id for f in (one, other) for q in f.decisions.pending} | {
            id_ for id_, _ in whole.decisions.contradictions
        }

"""Proposals: they decide nothing, are accepted or rejected by events that name them, and survive merges."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from support.changesets import written

from bake.app.versions.merge import merge
from bake.changeset.amendment import steps
from bake.changeset.events import Amended, Answered, Event, Proposed, ProposedAmendment, ProposedAnswer, Rejected
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create, Evidence, Question, Skip
from bake.changeset.proposals import proposal_id
from bake.changeset.writing import append
from bake.errors import UsageError

SALE = Create(n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/shop": "q1"})
OTHER = Create(n=2, entity="sales", key={"uuid": "b"}, values={"uuid": "b"}, from_=(1,))
QUESTION = Question(id="q1", kind="missing", entity="shops", lookup={"name": "Corner"}, asked_by=(1,))
_ADA: dict[str, Any] = {"by": "ada", "at": "2026-01-01T00:00:00Z", "prev": ""}
_BOB: dict[str, Any] = {"by": "bob", "at": "2026-01-02T00:00:00Z", "prev": ""}
DROPPED = Skip(n=2, entity="sales", reason="dropped", from_=(1,))

ANSWER = Proposed(
    model="m",
    answer=ProposedAnswer(question="q1", choice="map", key={"slug": "one"}),
    confidence=Decimal("0.9"),
    evidence=(Evidence(url="https://example.org", quote="Corner One"),),
    **_ADA,
)
DROP = Proposed(model="m", amendment=ProposedAmendment(operation=2, patch=steps(OTHER, DROPPED)), **_ADA)
OFFERED = {"/shop": {"slug": "one"}}


@pytest.fixture
def base(tmp_path: Path) -> Changeset:
    """A changeset with an open question, in which an answer and an amendment are proposed."""
    return append(written(tmp_path / "base.changeset.jsonl", [SALE, OTHER], [QUESTION]), ANSWER, DROP)


def accepted(file: Changeset) -> Answered:
    """The answer of which the first proposal is the offer."""
    return Answered(
        question="q1", choice="map", key={"slug": "one"}, proposal=file.decisions.proposed[0].digest, **_ADA
    )


def rejected(file: Changeset) -> Rejected:
    """The first proposal is not taken."""
    return Rejected(proposal=file.decisions.proposed[0].digest, reason="another shop", **_BOB)


def dropped(file: Changeset) -> Amended:
    """The amendment that the second proposal offers."""
    proposal = file.decisions.proposed[1]
    assert proposal.amendment is not None
    return Amended(operation=2, patch=proposal.amendment.patch, proposal=proposal.digest, **_ADA)


def skipped(_: Changeset) -> Answered:
    """An answer that somebody gave without a proposal."""
    return Answered(question="q1", choice="skip", **_BOB)


def test_a_proposal_decides_nothing(base: Changeset) -> None:
    """The question stays open, and the operations stay as they are."""
    assert [question.id for question in base.intact().decisions.open] == ["q1"]
    assert list(base.effective()) == [SALE, OTHER]
    assert [type(one.answer or one.amendment) for one in base.decisions.proposed] == [
        ProposedAnswer,
        ProposedAmendment,
    ]


@pytest.mark.parametrize(
    ("event", "left"), [(accepted, [DROP]), (rejected, [DROP]), (dropped, [ANSWER]), (skipped, [DROP])]
)
def test_a_proposal_waits_until_it_is_settled_or_moot(
    base: Changeset, event: Callable[[Changeset], Event], left: list[Proposed]
) -> None:
    """An answer or amendment that names it, a rejection, or another answer to its question."""
    after = append(base, event(base)).intact()
    assert [structs.replace(one, prev="", digest="") for one in after.decisions.proposed] == left


def test_a_proposal_is_named_by_the_first_digits_of_its_digest(base: Changeset) -> None:
    """Enough of them name it; three do not, since they might soon mean another."""
    first = base.decisions.proposed[0]
    assert base.decisions.proposals.named(proposal_id(first)) == (first,)
    assert base.decisions.proposals.named(proposal_id(first)[:4]) == ()


@pytest.mark.parametrize(
    "event",
    [
        Proposed(model="m", **_ADA),
        structs.replace(ANSWER, amendment=DROP.amendment),
        structs.replace(ANSWER, answer=ProposedAnswer(question="q9", choice="skip")),
        structs.replace(ANSWER, confidence=Decimal(2)),
        Rejected(proposal="sha256:0", **_ADA),
        Answered(question="q1", choice="skip", proposal="sha256:0", **_ADA),
        Amended(reason="why", proposal="sha256:0", **_ADA),
    ],
)
def test_what_is_damage(base: Changeset, event: Event) -> None:
    """A proposal of nothing, of two things, of an answer to no question; an event about a proposal that nobody made."""
    assert len(append(base, event).damage) == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "left"),
    [
        ([accepted], [accepted], [DROP]),
        ([rejected], [rejected], [DROP]),
        ([accepted], [dropped], []),
        ([rejected], [skipped], [DROP]),
        ([lambda _: structs.replace(ANSWER, model="other")], [accepted], [DROP]),
    ],
)
def test_what_is_merged(
    base: Changeset,
    ours: list[Callable[[Changeset], Event]],
    theirs: list[Callable[[Changeset], Event]],
    left: list[Proposed],
) -> None:
    """In either order, to the same bytes; a proposal is accepted, rejected or waits as on its branch."""
    one, other = branches(base, ours, theirs)
    both = merge(one, other, output=base.path.with_name("both")).changeset.intact()
    swapped = merge(other, one, output=base.path.with_name("swapped")).changeset
    assert swapped.path.read_bytes() == both.path.read_bytes()
    assert [structs.replace(one, prev="", digest="") for one in both.decisions.proposed] == left


def test_accepted_in_one_and_rejected_in_the_other_is_refused(base: Changeset) -> None:
    """Two people disagree: somebody has to say which version counts."""
    one, other = branches(base, [accepted], [rejected])
    for pair in ((one, other), (other, one)):
        with pytest.raises(UsageError, match=r"rejected in one .* by bob.*, and accepted in the other .* by ada"):
            merge(*pair)


def branches(
    base: Changeset, ours: list[Callable[[Changeset], Event]], theirs: list[Callable[[Changeset], Event]]
) -> tuple[Changeset, Changeset]:
    """Two versions that have the proposals in common."""
    paths = [base.path.with_name(f"{name}.changeset.jsonl") for name in ("ours", "theirs")]
    for path in paths:
        shutil.copy(base.path, path)
    one, other = (
        append(read(path), *(make(base) for make in events)) for path, events in zip(paths, (ours, theirs), strict=True)
    )
    return one, other

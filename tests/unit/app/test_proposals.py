"""Proposals: offered with what speaks for them, checked as answers are, and decided on by a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from support.changesets import written
from support.memory import MILL

import bake
from bake import Answer, Evidence, Project, Proposal
from bake.changeset.events import Amended, Answered, Rejected
from bake.changeset.file import Changeset, read
from bake.changeset.model import Create, Question, Skip
from bake.changeset.proposals import proposal_id
from bake.database.schema import create_tables
from bake.errors import InvalidAnswers
from bake.renderer.document import document
from bake.renderer.markdown import markdown
from bake.renderer.text import text
from bake.resolution.proposal import Decision

CORNER = Answer("q2", "create", values={"city": "Salem"})
SURE = Proposal(
    "a-model",
    CORNER,
    reason="the receipt says so",
    confidence=Decimal("0.9"),
    evidence=[Evidence(field="city", source="receipt.jpg", url="https://example.org/1", quote="Salem, MA")],
)
UNSURE = Proposal("another", Answer("q1", "skip"))
RENAMED = Proposal("a-model", set_=["2/name=Barn"])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty mill, on which Ada works."""
    project = Project(f"sqlite:///{tmp_path / 'mill.db'}", MILL, folder=tmp_path, actor="ada")
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, MILL)
    return project


@pytest.fixture
def file(tmp_path: Path) -> Changeset:
    """A sale of an unknown bag in an unknown shop, and a new shop."""
    sale = Create(
        n=1, entity="sales", key={"uuid": "a"}, values={"uuid": "a"}, from_=(0,), needs={"/bag": "q1", "/shop": "q2"}
    )
    shop = Create(n=2, entity="shops", key={"slug": "barn"}, values={"slug": "barn", "name": "Bran"}, from_=(1,))
    questions = [
        Question(id="q1", kind="missing", entity="bags", lookup={"slug": "spelt_bag"}, asked_by=(1,)),
        Question(id="q2", kind="missing", entity="shops", lookup={"name": "Corner"}, asked_by=(1,)),
    ]
    return written(tmp_path / "x.changeset.jsonl", [sale, shop], questions)


def test_what_is_proposed_waits_and_is_shown(project: Project, file: Changeset) -> None:
    """The questions stay open; the model, its confidence and its evidence are shown with the command that accepts."""
    result = bake.propose(project, file, [SURE, UNSURE, RENAMED])
    assert [len(result.proposed), len(result.changeset.open_questions)] == [3, 2]
    name = proposal_id(result.proposed[0])
    for shown in (text(document(result.changeset), 200), markdown(document(result.changeset))):
        for said in ("answer q2: create ", "90% sure", "receipt.jpg", "example.org/1", f"--accept {name}"):
            assert said in shown.replace("\\", "").replace(":&#8203;", ":")
    assert "3 proposals to accept or reject" in text(document(result.changeset), 200)
    assert "amend operation 2" in text(document(result.changeset), 200)


def test_the_same_is_proposed_once(project: Project, file: Changeset) -> None:
    """Whoever tries again adds nothing; another model that says the same does."""
    bake.propose(project, file, [SURE])
    assert bake.propose(project, file, [SURE]).proposed == ()
    assert len(bake.propose(project, file, [Proposal("another", CORNER)]).proposed) == 1


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (Proposal("m", Answer("q2", "map", key={"slug": "none"})), "none"),
        (Proposal("m", Answer("q9", "skip")), "q9 is no open question"),
        (Proposal("m", Answer("q2", "keep")), '"keep" does not fit'),
        (Proposal("m", set_=["2/colour=red"]), "colour"),
        (Proposal("m", set_=["1"]), "cannot be read"),
        (Proposal("m"), "proposes nothing"),
        (Proposal(" ", CORNER), "names the model"),
        (Proposal("m", CORNER, confidence=Decimal(90)), "a number from 0 to 1"),
        (Proposal("m", CORNER, evidence=[Evidence(confidence=Decimal(-1))]), "a number from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_not_recorded(project: Project, file: Changeset, proposal: Proposal, why: str) -> None:
    """It is checked as if a person had said it; what else is proposed at once is recorded."""
    with pytest.raises(InvalidAnswers, match="1 of 2 proposals were recorded") as caught:
        bake.propose(project, file, [proposal, UNSURE])
    assert why in str(caught.value.problems)
    assert [one.model for one in read(file.path).intact().decisions.proposed] == ["another"]


def test_accepted_and_rejected_by_a_person(project: Project, file: Changeset) -> None:
    """The events are the person's, and name the proposal; a proposal for what is decided waits no more."""
    made = bake.propose(project, file, [SURE, UNSURE, RENAMED, Proposal("b", Answer("q2", "skip"))]).proposed
    corner, bag, renamed = map(proposal_id, made[:3])
    result = bake.settle_proposals(project, file, accept=[corner, renamed], reject=[bag], reason="no")
    after = result.changeset.intact()
    assert (result.accepted, result.rejected, after.decisions.proposed) == (2, 1, ())
    no, yes, changed = after.events[-3:]
    assert isinstance(yes, Answered)
    assert (yes.by, yes.proposal, yes.origin, (yes.values or {})["city"]) == (
        "ada",
        made[0].digest,
        f"proposal {corner}",
        "Salem",
    )
    assert isinstance(no, Rejected)
    assert (no.proposal, no.reason) == (made[1].digest, "no")
    assert isinstance(changed, Amended)
    assert changed.proposal == made[2].digest
    standings = [one.standing for one in document(after).proposals.items]
    assert standings == ["accepted", "rejected", "accepted", "moot"]


def test_an_amendment_that_fits_no_more_is_not_taken(project: Project, file: Changeset) -> None:
    """The operation was changed since it was proposed: the rest of what is accepted is recorded."""
    made = bake.propose(project, file, [RENAMED, UNSURE]).proposed
    bake.amend(project, file, set_=["2/name=Barn Shop"])
    with pytest.raises(InvalidAnswers, match="1 of 2 proposals were accepted") as caught:
        bake.settle_proposals(project, file, accept=["all"])
    assert "is not what it was" in str(caught.value.problems)
    assert [one.digest for one in read(file.path).decisions.proposed] == [made[0].digest]


def test_what_names_no_proposal_is_refused(project: Project, file: Changeset) -> None:
    """Nothing is recorded: an unknown name, one for two things at once, one that is settled."""
    [made] = bake.propose(project, file, [SURE]).proposed
    name = proposal_id(made)
    for accept, reject in ((["p0000"], []), ([name], [name])):
        with pytest.raises(InvalidAnswers, match="nothing was recorded"):
            bake.settle_proposals(project, file, accept=accept, reject=reject)
    bake.settle_proposals(project, file, reject=[name])
    with pytest.raises(InvalidAnswers, match="nothing was recorded"):
        bake.settle_proposals(project, file, accept=[name])


def test_one_by_one(project: Project, file: Changeset) -> None:
    """Each is put with its question; what is put off stays, and the session can be left."""

    class Person:
        asked: list[Sequence[str]] = []  # noqa: RUF012 - of one test
        says = iter([Decision.LATER, Decision.REJECT, Decision.QUIT])

        def decide(self, lines: Sequence[str]) -> Decision:
            self.asked.append(lines)
            return next(self.says)

    bake.propose(project, file, [SURE, UNSURE, RENAMED])
    result = bake.review_proposals(project, file, Person())
    assert (result.accepted, result.rejected, len(result.changeset.decisions.proposed)) == (0, 1, 2)
    assert Person.asked[0][0].startswith('q2: "Corner" is not among the shops')


def test_by_the_template(project: Project, file: Changeset, tmp_path: Path) -> None:
    """The template lists the proposals of each question, and the name of one is an answer."""
    [made] = bake.propose(project, file, [SURE]).proposed
    written_ = BytesIO()
    bake.answer_template(project, file, written_)
    document_ = json.loads(written_.getvalue())
    [offered] = next(entry["proposals"] for entry in document_["questions"] if entry["question"] == "q2")
    assert offered["answer"] == {"choice": "create", "values": {"city": "Salem"}}
    for entry in document_["questions"]:
        entry["answer"] = {"accept": offered["accept"]}
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(document_))
    with pytest.raises(InvalidAnswers, match="1 of 2 answers") as caught:
        bake.resolve(project, file, path)
    assert "q1: no proposal that waits there" in str(caught.value.problems)
    assert read(file.path).decisions.answers["q2"].proposal == made.digest


def test_a_dropped_operation_is_a_proposal_too(project: Project, file: Changeset) -> None:
    """Accepted, it leaves its records out."""
    bake.propose(project, file, [Proposal("m", drop=[2], reason="a total")])
    after = bake.settle_proposals(project, file, accept=["all"]).changeset
    assert [one.reason for one in after.effective() if isinstance(one, Skip)] == ["a total"]

"""A proposal in words: what it would do, who offers it, and what speaks for it."""

from __future__ import annotations

from collections.abc import Iterator

from bake.changeset.events import Proposed, Rejected
from bake.changeset.file import Changeset
from bake.changeset.proposals import proposal_id
from bake.renderer.document_parts import Offer, OfferStanding
from bake.renderer.printable import printable
from bake.renderer.sentences import answer_text, sentence
from bake.renderer.words import amendment_text, clipped, evidence_text, moment, sure_text


def offer(proposal: Proposed, file: Changeset) -> Offer:
    """A proposal of a changeset, as it is shown."""
    name, standing = proposal_id(proposal), _standing(proposal, file)
    return Offer(
        name=name,
        standing=standing,
        text=_text(proposal),
        source=_source(proposal),
        evidence=tuple(map(evidence_text, proposal.evidence)),
        proposal=proposal,
        options=(f"--accept {name}", f"--reject {name}") if standing == "waiting" else (),
    )


def proposal_lines(proposal: Proposed, file: Changeset) -> Iterator[str]:
    """A proposal in lines, with the question that it answers: printable."""
    asked = file.decisions.questions.get(proposal.answer.question) if proposal.answer else None
    if asked is not None:
        yield f"{asked.id}: {sentence(asked, 0)}"
    yield from offer_texts(proposal)


def offer_texts(proposal: Proposed) -> Iterator[str]:
    """A proposal in lines: what it would do, who offers it, and what speaks for it; printable."""
    yield f"{proposal_id(proposal)}: {_text(proposal)}"
    yield _source(proposal)
    yield from (f"evidence: {evidence_text(one)}" for one in proposal.evidence)


def _standing(proposal: Proposed, file: Changeset) -> OfferStanding:
    settled = file.decisions.proposals.settled.get(proposal.digest)
    if settled is not None:
        return "rejected" if isinstance(settled, Rejected) else "accepted"
    return "waiting" if proposal in file.decisions.proposed else "moot"


def _text(proposal: Proposed) -> str:
    if proposal.answer is not None:
        return f"answer {printable(proposal.answer.question)}: {answer_text(proposal.answer)}"
    if proposal.amendment is not None:
        return f"amend operation {proposal.amendment.operation}: {amendment_text(proposal.amendment.patch)}"
    return "nothing"


def _source(proposal: Proposed) -> str:
    said = [
        f"{moment(proposal.at)} by {printable(proposal.by)}, {printable(proposal.model)}",
        sure_text(proposal.confidence),
        printable(clipped(proposal.reason)) if proposal.reason else None,
    ]
    return "; ".join(filter(None, said))

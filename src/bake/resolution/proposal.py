"""What somebody offers: an answer or an amendment, with what speaks for it. A person accepts it or does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol

from bake.changeset.events import ProposedAnswer
from bake.changeset.model import Evidence
from bake.resolution.answers import Answer


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer, or changes to operations, that is offered, unchecked.

    Attributes:
        model: the program that makes it, as it calls itself.
        answer: the answer to a question.
        set_: changes to operations, as `bake.amend` takes them: `OPERATION/FIELD=VALUE`.
        drop: numbers of operations that are to be left out.
        reason: why, for people.
        confidence: how sure it is, from 0 to 1.
        evidence: where it comes from.
    """

    model: str
    answer: Answer | None = None
    set_: Sequence[str] = ()
    drop: Sequence[int] = ()
    reason: str | None = None
    confidence: Decimal | None = None
    evidence: Sequence[Evidence] = ()


class Decision(Enum):
    """What a person makes of a proposal."""

    ACCEPT = "accept"
    REJECT = "reject"
    LATER = "later"
    QUIT = "quit"


class Reviewer(Protocol):
    """Whoever decides on proposals."""

    def decide(self, lines: Sequence[str]) -> Decision:
        """What is to become of a proposal, which these lines describe."""
        ...


def proposed_answer(answer: Answer) -> ProposedAnswer:
    """An answer as a changeset holds a proposed one."""
    return ProposedAnswer(
        question=answer.question,
        choice=answer.choice,  # type: ignore[arg-type] # it was checked
        key=answer.key,
        values=answer.values,
        value=answer.value,
        option=answer.option,
        operation=answer.operation,
        columns=None if answer.columns is None else dict(answer.columns),
    )


def accepted_answer(offered: ProposedAnswer, proposal: str, origin: str) -> Answer:
    """The answer that accepts a proposed one, yet to be checked again.

    Args:
        offered: what was proposed.
        proposal: the digest of its event.
        origin: what the changeset's record says of where it comes from.
    """
    return Answer(
        offered.question,
        offered.choice,
        key=offered.key,
        values=offered.values,
        value=offered.value,
        option=offered.option,
        operation=offered.operation,
        columns=offered.columns,
        origin=origin,
        proposal=proposal,
    )

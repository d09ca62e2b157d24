"""What the proposals that were accepted say of where values come from, for as long as these values stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from bake.changeset.effects import created_number
from bake.changeset.events import Amended, Answered, Proposed, ProposedAnswer
from bake.changeset.model import Amendment, Create, Evidence, Json, Operation, Remove, Test, Update
from bake.changeset.patch import written
from bake.changeset.runs import numbers
from bake.changeset.standing_answers import only_for

if TYPE_CHECKING:
    from bake.changeset.file import Changeset

#: Stands for all fields of an operation.
_ALL = ""


@dataclass(frozen=True)
class AcceptedProposals:
    """The proposals that were accepted, and whose answer or amendment still counts.

    Attributes:
        found: by the number of an operation and a field ("" is all of it), those that are about it.
        amended: the operations that were amended; what was answered before counts there for values that it says.
    """

    found: dict[tuple[int, str], list[Proposed]]
    amended: frozenset[int] = frozenset()

    def of(self, n: int, name: str, value: Json) -> list[Proposed]:
        """Those about a field of an operation, which writes this value there."""
        about = [*self.found.get((n, name), ()), *self.found.get((n, _ALL), ())]
        return [one for one in about if _says(one, name, value, sure=n not in self.amended)]

    def evidenced(self, operations: Iterable[Operation]) -> Iterator[Operation]:
        """Operations, each also with the evidence of the proposals about it for the fields that it writes."""
        return (self._evidenced(operation) for operation in operations) if self.found else iter(operations)

    def _evidenced(self, operation: Operation) -> Operation:
        if not isinstance(operation, Create | Update):
            return operation
        further = [
            one
            for name, value in written(operation).items()
            for proposal in self.of(operation.n, name, value)
            for one in _said(proposal, name)
        ]
        evidence = tuple(dict.fromkeys([*operation.evidence, *further]))
        return structs.replace(operation, evidence=evidence) if further else operation


def accepted_proposals(file: Changeset) -> AcceptedProposals:
    """The proposals of a changeset that were accepted."""
    decisions = file.decisions
    made = {one.digest: one for one in decisions.proposals.made}
    last = {event.operation: event for event in decisions.amended}
    found: dict[tuple[int, str], list[Proposed]] = defaultdict(list)
    for digest, event in decisions.proposals.settled.items():
        match event:
            case Answered():
                only = only_for(event, decisions.questions)
                if event not in decisions.standing(event.question, only):
                    continue  # somebody has answered otherwise since
                question = decisions.questions[event.question]
                for n in numbers(question.asked_by) if only is None else (only,):
                    if question.field:  # else it is about the row, and not about its values
                        found[n, question.field].append(made[digest])
                if event.choice == "create" and question.kind != "identity":
                    found[created_number(file.total, question.id), _ALL].append(made[digest])
            case Amended(operation=int() as n) if last.get(n) == event:
                found[n, _ALL].append(made[digest])
            case _:
                continue
    return AcceptedProposals(dict(found), frozenset(n for n in last if n is not None))


def _says(proposal: Proposed, name: str, value: Json, *, sure: bool) -> bool:
    """Whether a field has its value from a proposal about its operation.

    Args:
        proposal: was accepted.
        name: the field.
        value: what the operation writes there.
        sure: whether nothing but answers has decided on the operation.
    """
    if proposal.amendment is not None:
        return value in _given(proposal.amendment.patch)
    match proposal.answer:
        case ProposedAnswer(choice="value", value=said):
            return sure or said == value
        case ProposedAnswer(choice="create", values=dict() as values):
            return sure or values.get(name) == value
        case _:
            return sure


def _given(patch: Amendment) -> list[Json]:
    """The values that an amendment gives to fields of its operation, without those that it leaves as they are."""
    given: list[Json] = []
    left: list[Json] = []
    for step in patch:
        if not isinstance(step, Remove):
            values = left if isinstance(step, Test) else given
            steps = step.value if isinstance(step.value, list) and step.path == "/patch" else [step.value]
            values += [one.get("value") if isinstance(one, dict) and "op" in one else one for one in steps]
            if step.path == "/values" and isinstance(step.value, dict):
                values += step.value.values()
    return [value for value in given if value not in left]


def _said(proposal: Proposed, name: str) -> Iterator[Evidence]:
    """What a proposal says of a field; what an answer says of no field is of the one that is asked for."""
    for one in proposal.evidence:
        if one.field == name or (one.field is None and proposal.answer is not None):
            yield structs.replace(one, field=name)

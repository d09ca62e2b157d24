"""What lines of a changeset refer to: questions name operations, answers name questions, decisions name proposals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from msgspec import UnsetType

from bake.changeset.built_operations import BuiltOperations
from bake.changeset.events import Amended, Answered, Asked, Derived, Event, Proposed, Rebased, Rejected, Withdrawn
from bake.changeset.model import Question
from bake.changeset.runs import spans

_QUESTION_ID = re.compile(r"q[1-9][0-9]{0,9}", re.ASCII)


class LineReferences:
    """The questions and proposals read so far, by which the lines that follow are checked.

    Args:
        operations: the operations of the build; all are known before the first event is checked.

    Attributes:
        questions: the ids of all questions, those asked by events included.
        proposals: the digests of all proposals.
    """

    def __init__(self, operations: BuiltOperations) -> None:
        self._operations = operations
        self.questions: set[str] = set()
        self.proposals: set[str] = set()

    def copy(self) -> LineReferences:
        """A copy to which lines can be added."""
        copied = LineReferences(self._operations)
        copied.questions, copied.proposals = {*self.questions}, {*self.proposals}
        return copied

    def add_question(self, question: Question) -> str | None:
        """Add a question of the build, or say what is wrong with it."""
        if question.id in self.questions or not self._is_valid(question):
            return "this question has no number of its own, or is asked by no operation of this file"
        self.questions.add(question.id)
        return None

    def add_event(self, event: Event) -> str | None:
        """Add the questions and the proposal of an event, or say what is wrong with it."""
        asked = _questions_of(event)
        if fault := self._proposal_fault(event) or self._answer_fault(event):
            return fault
        if not all(map(self._is_valid, asked)):
            return "this question has no number, or is asked by no operation of this file"
        self.questions.update(question.id for question in asked)
        if isinstance(event, Proposed):
            self.proposals.add(event.digest)
        return None

    def _is_valid(self, question: Question) -> bool:
        """Whether the id of a question is well-formed, and all operations that ask it exist or may be created."""
        return bool(_QUESTION_ID.fullmatch(question.id)) and all(map(self._operations_exist, spans(question.asked_by)))

    def _operations_exist(self, span: tuple[int, int]) -> bool:
        """Whether each number of a span is that of a built operation, or of a create that an answer may make."""
        first, last = span
        total = self._operations.total
        created = range(max(first, total + 1), last + 1)
        return (
            1 <= first <= last
            and len(created) <= len(self.questions)
            and all(f"q{n - total}" in self.questions for n in created)
        )

    def _answer_fault(self, event: Event) -> str | None:
        """Say what is wrong with an event that is an answer, or withdraws one."""
        if isinstance(event, Answered | Withdrawn) and event.question not in self.questions:
            return f"this answers {event.question}, which nobody asked"
        if isinstance(event, Answered) and not _is_complete(event):
            return f"this answers {event.question} with `{event.choice}`, and does not say with what"
        return None

    def _proposal_fault(self, event: Event) -> str | None:
        """Say what is wrong with an event that is a proposal, or names one."""
        match event:
            case Proposed(answer=None, amendment=None):
                return "this proposes nothing"
            case Proposed(answer=answer, amendment=amendment) if answer and amendment:
                return "this proposes two things at once"
            case Proposed(confidence=Decimal() as sure) if not (sure.is_finite() and 0 <= sure <= 1):
                return f"a confidence is a number from 0 to 1, and not {sure}"
            case Proposed(answer=answer) if answer and answer.question not in self.questions:
                return f"this proposes an answer to {answer.question}, which nobody asked"
            case Answered(proposal=str() as name) | Amended(proposal=str() as name) | Rejected(proposal=name):
                return None if name in self.proposals else "this is about a proposal that nobody made"
            case _:
                return None


def _is_complete(answer: Answered) -> bool:
    """Whether an answer has the value, key or option that its choice needs."""
    match answer.choice:
        case "value":
            return not isinstance(answer.value, UnsetType)
        case "map":
            return answer.key is not None
        case "choose":
            return answer.option is not None
        case _:
            return True


def _questions_of(event: Event) -> Sequence[Question]:
    match event:
        case Asked(question=question):
            return (question,)
        case Rebased(questions=questions) | Derived(questions=questions):
            return questions
        case _:
            return ()

"""The questions of a changeset and their answers, and what the answers alone make of operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self, assert_never

from bake.changeset.branches import Branch, Waiting, branch_of
from bake.changeset.events import Answered, Asked
from bake.changeset.model import Change, Question, Skip
from bake.changeset.option_reach import Reach
from bake.changeset.standing_answers import Slot, only_for


@dataclass(frozen=True)
class GivenAnswers:
    """The questions of a changeset and their answers.

    A *branching* operation is one whose decisions depend on each other; what it becomes is its *branch*.

    Attributes:
        total: how many operations were built; rows that answers create are numbered after them.
        questions: by id, those asked later included.
        answers: the answer to each question that has one, for all operations that ask.
        exceptions: by question, the answer for each operation that has one of its own.
        contradictions: answers that contradict each other, by what they are for; none of them counts.
        reach: which operations the options of decisions fit.
    """

    total: int
    questions: Mapping[str, Question]
    answers: Mapping[str, Answered]
    exceptions: Mapping[str, Mapping[int, Answered]] = field(default_factory=dict)
    contradictions: Mapping[Slot, tuple[Answered, ...]] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach)

    def answer_to(self, question: str, n: int) -> Answered | None:
        """The answer to a question that counts for an operation, if there is one."""
        if (question, n) in self.contradictions or (question, n) in self._claimed:
            return None
        return self.exceptions.get(question, {}).get(n) or self.answers.get(question)

    def standing(self, question: str, operation: int | None = None) -> tuple[Answered, ...]:
        """The answers that stand: none, one, or several that contradict each other.

        Args:
            question: the id of the question.
            operation: the one operation that they are for; None for all that ask.
        """
        alone = self.exceptions.get(question, {}).get(operation) if operation is not None else None
        answer = self.answers.get(question) if operation is None else alone
        return self.contradictions.get((question, operation)) or ((answer,) if answer is not None else ())

    def contradicting(self, question: str) -> tuple[Answered, ...]:
        """All answers to a question that contradict others."""
        return tuple(a for (id_, _), answers in self.contradictions.items() if id_ == question for a in answers)

    def is_answered(self, question: Question, n: int) -> bool:
        """Whether an operation has an answer that fits; False for decisions of branching operations (see `waiting`)."""
        if question.kind == "decision" and n in self.reach.branching:
            return False
        answer = self.answer_to(question.id, n)
        return answer is not None and self.reach.fits(answer, n)

    @cached_property
    def branches(self) -> dict[int, Branch]:
        """By number, what answers make of the branching operations."""
        return {
            n: branch_of(operation, self.answer_to, self.questions, self.total)
            for n, operation in self.reach.branching.items()
        }

    def branch(self, operation: Change) -> Branch:
        """What answers make of an operation."""
        return branch_of(operation, self.answer_to, self.questions, self.total)

    def waiting(self, n: int) -> Waiting:
        """What a branching operation still waits for after the answers so far."""
        now = self.branches[n].operation
        return Waiting({}, {}) if isinstance(now, Skip) else Waiting(now.needs, now.outcomes)

    def is_of_the_row(self, question: Question, n: int) -> bool:
        """Whether a decision asks what an operation is as a whole, so that a value is no answer."""
        if n in self.reach.branching:
            return self.waiting(n).needs.get("") == question.id
        return n in self.reach.whole.get(question.id, ())

    @cached_property
    def _claimed(self) -> set[Slot]:
        """The answers for single operations that do not count, since they name the same row for several operations."""
        return self.reach.claimed_twice(self.questions, self.exceptions)

    @cached_property
    def left_out(self) -> dict[int, str]:
        """The numbers of the branching operations that answers skip, each with the id of the question."""
        return {
            n: branch.question
            for n, branch in self.branches.items()
            if branch.row is None and isinstance(branch.operation, Skip)
        }

    def after(self, events: Iterable[Asked | Answered]) -> Self:
        """These answers and further ones; what a skip does to other operations is not worked out."""
        questions, answers, exceptions = self.questions, self.answers, self.exceptions
        contradictions = self.contradictions
        for event in events:
            match event:
                case Asked():
                    questions = {**questions, event.question.id: event.question}
                case Answered():
                    n = only_for(event, questions)
                    if (slot := (event.question, n)) in contradictions:
                        contradictions = {one: those for one, those in contradictions.items() if one != slot}
                    if n is not None:
                        exceptions = {**exceptions, event.question: {**exceptions.get(event.question, {}), n: event}}
                    else:
                        answers = {**answers, event.question: event}
                case _:
                    assert_never(event)
        return replace(self, questions=questions, answers=answers, exceptions=exceptions, contradictions=contradictions)

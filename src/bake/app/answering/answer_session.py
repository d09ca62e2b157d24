"""Checks answers one after the other against a changeset, before any of them is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import structs

from bake.app.actor import now
from bake.app.answering.entailed import entailed_by, entailed_warnings
from bake.changeset.events import Answered, Asked, Derived, Withdrawn
from bake.changeset.file import Changeset
from bake.changeset.standing_answers import only_for, same_answer
from bake.changeset.writing import append
from bake.compiler.answers.answer_prefetch import prefetch
from bake.compiler.answers.check_answer import Accepted, check_answer
from bake.compiler.answers.resolution_state import ResolutionState
from bake.errors import InvalidAnswers, Problem
from bake.resolution.answers import Answer

#: The events that answering writes.
Recorded: TypeAlias = Asked | Answered | Withdrawn | Derived


class AnswerSession:
    """The answers that were given so far.

    Attributes:
        state: the changeset as it is with the accepted answers.
        events: the events to write, in order.
        warnings: sentences about accepted answers that look wrong.
        problems: why other answers were not accepted.
        taken: how many answers were accepted.
    """

    def __init__(self, start: ResolutionState) -> None:
        self.state = start
        self.events: list[Asked | Answered] = []
        self.warnings: list[str] = []
        self.problems: list[Problem] = []
        self.taken = 0
        self._given: dict[tuple[str, int | None], Answered] = {}

    def take(self, answers: Sequence[Answer]) -> None:
        """Check the answers in order; an answer to a question that another answer opens comes after that one."""
        waiting = list(answers)
        while waiting:
            known = self.state.decisions.questions
            ready = [answer for answer in waiting if answer.question in known]
            prefetch(self.state, ready)
            for answer in ready or waiting:
                self._take_one(answer)
            waiting = [answer for answer in waiting if answer.question not in known] if ready else []

    def accept(self, question: str, accepted: Accepted) -> None:
        """Accept an answer that was checked."""
        self.state = self.state.after(accepted.events)
        for event in accepted.events:
            if isinstance(event, Answered):
                self._given[event.question, self._only_for(event)] = event
        self.events.extend(accepted.events)
        self.warnings.extend(f"{question}: {warning}" for warning in accepted.warnings)
        self.taken += 1

    def written(self, file: Changeset, by: str) -> Changeset:
        """Append the events to the file in the name of an actor, with what they entail; returns the file as it is then.

        To be called while the database can still be read.
        """
        return append(file, *stamped(self.with_entailed(file), by)) if self.events else file

    def with_entailed(self, file: Changeset) -> list[Recorded]:
        """The events, and what they entail in a file that does not have them yet; warnings among that are added."""
        entailed = entailed_by(file, self.state, self.events)
        self.warnings.extend(entailed_warnings(entailed))
        return [*self.events, *([entailed] if entailed else [])]

    def _take_one(self, answer: Answer) -> None:
        try:
            accepted = check_answer(answer, self.state)
        except InvalidAnswers as error:
            self.problems.extend(error.problems)
            return
        earlier = next((self._earlier(event) for event in accepted.events if isinstance(event, Answered)), None)
        if earlier is None:
            self.accept(answer.question, accepted)
        elif not same_answer(earlier, accepted.events[-1]):  # type: ignore[arg-type] # an answer comes last
            self.problems.append(Problem(f"{answer.question}: two answers at once that contradict each other"))

    def _earlier(self, answer: Answered) -> Answered | None:
        """What was answered before in this session to the same question, or to a decision for the same operation."""
        return self._given.get((answer.question, self._only_for(answer)))

    def _only_for(self, answer: Answered) -> int | None:
        return only_for(answer, self.state.decisions.questions)


def stamped(events: Iterable[Recorded], by: str) -> list[Recorded]:
    """Events with who acts, and when."""
    at = now()
    return [structs.replace(event, by=by, at=at) for event in events]

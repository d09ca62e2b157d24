"""What answers skip, and what falls with it: the operations that need a row which is then not created."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bake.changeset.effects import chosen_candidate, created_number
from bake.changeset.events import Answered
from bake.changeset.model import Needs, Operation, Question, Skip
from bake.changeset.option_reach import Reach, chosen
from bake.changeset.runs import numbers
from bake.changeset.standing_answers import Slot

Operations: TypeAlias = Callable[[], Iterable[Operation]]

#: Answers that may name a row which an operation creates.
_NAMING = ("map", "value", "file")


def waits(edited: Operation | None, question: Question) -> bool:
    """Whether an operation that asked a question still waits for the answer: an amendment may have given it."""
    if edited is None:
        return True
    if isinstance(edited, Skip):
        return False
    return question.kind == "duplicate" or question.id in edited.needs.values()


@dataclass(frozen=True, slots=True)
class AnsweredQuestions:
    """The questions of a changeset with their answers.

    Attributes:
        total: how many operations were built.
        questions: by id.
        answers: by question, those for all that ask.
        exceptions: by question, the answers for one operation each.
        contested: where answers contradict each other: a question and, of an answer for one operation, that.
        reach: of the options of decisions.
        edited: the operations that were amended, by number.
    """

    total: int
    questions: Mapping[str, Question]
    answers: Mapping[str, Answered]
    exceptions: Mapping[str, Mapping[int, Answered]]
    contested: Collection[Slot]
    reach: Reach
    edited: Mapping[int, Operation]

    def skipped(self) -> dict[int, str]:
        """The operations that an answer skips, each with the id of its question."""
        result: dict[int, str] = {}
        for question, answer, those in self._given():
            match answer.choice:
                case "skip":
                    skipped = those
                case "take":
                    skipped = (n for n in those if n != answer.operation)
                case "map" if _row_of_another(question, answer) is not None:
                    skipped = those
                case "choose":
                    found = self.reach.option(answer).skips
                    skipped = (n for n in those if n in found) if found else ()
                case _:
                    continue
            for n in skipped:
                if waits(self.edited.get(n), question):
                    result.setdefault(n, question.id)
        return result

    def taken(self) -> dict[int, int]:
        """By the number of an operation that is left out for another one about the same row, that other one."""
        taken: dict[int, int] = {}
        for question, answer, those in self._given():
            match answer.choice:
                case "take" if answer.operation is not None:
                    others: Mapping[int, int] = dict.fromkeys(those, answer.operation)
                case "map" if (other := _row_of_another(question, answer)) is not None:
                    others = dict.fromkeys(those, other)
                case "choose" if found := self.reach.option(answer).taken:
                    others = {n: found[n] for n in those if n in found}
                case _:
                    continue
            taken |= {n: other for n, other in others.items() if n != other and waits(self.edited.get(n), question)}
        return {n: other for n in taken if (other := _last(taken, n)) is not None}

    def dependents(self, operations: Operations) -> dict[int, list[int]]:
        """What needs what: number of an operation to the numbers of those that need the row it makes.

        What needs an operation that is left out for another one about the same row needs that other one.
        """
        taken = self.taken()
        makes = {a.question: created_number(self.total, a.question) for a in self.answers.values() if _creates(a)}
        result: dict[int, list[int]] = {}

        def note(n: int, needs: Needs) -> None:
            for need in needs.values():
                maker = taken.get(need, need) if isinstance(need, int) else makes.get(need)
                if maker is not None and maker != n:
                    result.setdefault(maker, []).append(n)

        for operation in operations():
            if not isinstance(operation, Skip):
                note(operation.n, operation.needs)
        for question, answer, those in self._given():
            if _creates(answer):
                note(makes[question.id], answer.needs)
            elif answer.choice in _NAMING and answer.needs:
                for n in those:
                    if waits(self.edited.get(n), question):
                        note(n, answer.needs)
        return result

    def _given(self) -> Iterator[tuple[Question, Answered, Iterable[int]]]:
        """Each answer, with its question and the operations that it is for, in the order of the questions.

        The order of the answers does not count: of several that skip an operation, always the same is its reason.
        """
        for id_ in (id_ for id_ in self.questions if id_ in self.answers or id_ in self.exceptions):
            question, answer = self.questions[id_], self.answers.get(id_)
            if not question.takes_single_answers and answer is not None:
                yield question, answer, numbers(question.asked_by)
            elif question.takes_single_answers:
                contested = {n for other, n in self.contested if other == id_}
                for one, those in chosen(question, answer, self.exceptions.get(id_, {}), self.reach, contested):
                    yield question, one, those


def _last(taken: Mapping[int, int], n: int) -> int | None:
    """The operation that counts in the end instead of one that is left out; None if each is left out for another."""
    seen = {n}
    while (other := taken.get(n)) is not None:
        if other in seen:
            return None
        seen.add(n := other)
    return n


def _row_of_another(question: Question, answer: Answered) -> int | None:
    """The number of the operation that creates the row which a record was said to be about, if one does."""
    candidate = chosen_candidate(question, answer)
    return candidate.operation if candidate is not None else None


def _creates(answer: Answered) -> bool:
    return answer.choice == "create"


def cascade(skipped: Mapping[int, str], dependents: Mapping[int, Iterable[int]]) -> dict[int, str]:
    """All that falls with what is skipped, each with the reason of what it fell with."""
    result = dict(skipped)
    queue = list(skipped)
    while queue:
        fallen = queue.pop()
        for n in dependents.get(fallen, ()):
            if n not in result:
                result[n] = result[fallen]
                queue.append(n)
    return result

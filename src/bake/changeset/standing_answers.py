"""Which of the answers in a changeset stand.

    an answer                                     the answers that stand
    is the first one                              it
    says the same as one that stands              the earlier one
    says something else, and names the others     it alone
    in `revises`
    says something else, and does not             both: they contradict each other, and the question is open again
    is named by a `withdrawn` event               the others

So no answer is lost when two people answer on two branches. The order of the lines decides only which of two equal
answers is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import structs

from bake.changeset.events import Answered
from bake.changeset.model import Question

#: What an answer is for: a question, and all operations that ask it (None) or one of them.
Slot: TypeAlias = tuple[str, int | None]


class StandingAnswers:
    """The answers so far."""

    def __init__(self) -> None:
        self._given: dict[Slot, list[Answered]] = {}
        self._revised: set[str] = set()

    def add(self, slot: Slot, answer: Answered) -> None:
        """Add an answer."""
        self._revised.update(answer.revises)
        self._given.setdefault(slot, []).append(answer)

    def withdraw(self, digests: Iterable[str]) -> None:
        """Take back answers, by the digests of their events."""
        self._revised.update(digests)

    def forget(self, question: str) -> None:
        """Forget all answers to a question, which is asked again."""
        for slot in [slot for slot in self._given if slot[0] == question]:
            del self._given[slot]

    def slots(self, question: str) -> Iterator[Slot]:
        """The slots of a question that have ever had an answer."""
        return (slot for slot in self._given if slot[0] == question)

    def at(self, slot: Slot) -> tuple[Answered, ...]:
        """The answers that stand, without those that say the same as an earlier one."""
        standing: list[Answered] = []
        for answer in self._given.get(slot, ()):
            revised = answer.digest != "" and answer.digest in self._revised
            if not revised and not any(same_answer(answer, other) for other in standing):
                standing.append(answer)
        return tuple(standing)


def same_answer(one: Answered, other: Answered) -> bool:
    """Whether two answers say the same, whoever gave them, when and from where."""
    return _said(one) == _said(other)


def _said(answer: Answered) -> Answered:
    return structs.replace(answer, by="", at="", prev="", digest="", origin=None, revises=(), proposal=None)


def only_for(answer: Answered, questions: Mapping[str, Question]) -> int | None:
    """The one operation that an answer is for, if it is not for all that ask."""
    question = questions.get(answer.question)
    return answer.operation if question is not None and question.takes_single_answers else None

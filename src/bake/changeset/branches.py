"""Carries out the answers to the questions of one operation, whose decisions may depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from bake.changeset.effects import fits, with_answer
from bake.changeset.events import Answered
from bake.changeset.model import OTHERWISE, Candidate, Change, Needs, Outcomes, Question, Skip


class Waiting(NamedTuple):
    """The needs of an operation that are left after the answers so far, and the outcomes of these decisions."""

    needs: Needs
    outcomes: Outcomes


class Branch(NamedTuple):
    """What answers made of an operation.

    Attributes:
        operation: the operation as it is now.
        question: if it is skipped, the id of the question whose answer did that; else "".
        row: if it is about a row of the database, the id of the question whose answer says so, and that row.
    """

    operation: Change | Skip
    question: str
    row: tuple[str, Candidate] | None


def branch_of(
    operation: Change, answer_to: Callable[[str, int], Answered | None], questions: Mapping[str, Question], total: int
) -> Branch:
    """Carry out answers on an operation, one after the other, each as far as it fits after those before it.

    Args:
        operation: the operation, amended or not, without any answers.
        answer_to: gives the answer to a question that counts for an operation, by the id and the number.
        questions: all questions, by id.
        total: how many operations were built.
    """
    row: tuple[str, Candidate] | None = None
    while found := _next_answer(operation, answer_to):
        path, answer = found
        question = questions[answer.question]
        outcome = operation.outcomes.get(question.id, {}).get(answer.option or OTHERWISE)
        if outcome is not None and outcome.same_as is not None:
            row = (question.id, outcome.same_as)
        result = with_answer(operation, path, question, answer, total)
        if isinstance(result, Skip):
            return Branch(result, question.id, row)
        operation = result
    return Branch(operation, "", row)


def _next_answer(operation: Change, answer_to: Callable[[str, int], Answered | None]) -> tuple[str, Answered] | None:
    """The next place of an operation with an answer that fits, and the answer; "" (the whole) comes before fields."""
    for path, need in sorted(operation.needs.items(), key=_whole_first):
        answer = answer_to(need, operation.n) if isinstance(need, str) else None
        if answer is not None and fits(answer, operation):
            return path, answer
    return None


def _whole_first(need: tuple[str, str | int]) -> bool:
    """A sort key for needs: what the operation is as a whole is decided before its fields are."""
    return need[0] != ""

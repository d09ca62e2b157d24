"""What the answers so far make of one operation, whose decisions may depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from bake.changeset.effects import fits, with_answer
from bake.changeset.events import Answered
from bake.changeset.model import OTHERWISE, Candidate, Change, Needs, Outcomes, Question, Skip


class Waiting(NamedTuple):
    """What an operation waits for, and what the options of these decisions make of it."""

    needs: Needs
    outcomes: Outcomes


class Branch(NamedTuple):
    """What answers made of an operation.

    Attributes:
        operation: the operation as it is now.
        question: if it is skipped, the question whose answer does that; else "".
        row: if it is about a row that is there, the question whose answer says so, and that row.
    """

    operation: Change | Skip
    question: str
    row: tuple[str, Candidate] | None


def branch_of(
    operation: Change, answer_to: Callable[[str, int], Answered | None], questions: Mapping[str, Question], total: int
) -> Branch:
    """What the answers make of an operation: they are carried out one after the other, as far as they fit by then.

    Args:
        operation: the operation, amended or not, without any answers.
        answer_to: gives the answer to a question, by its id, as far as it is for the operation with a number.
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
    """The next place of an operation that has an answer, and that; the operation as a whole comes before its fields."""
    for path, need in sorted(operation.needs.items(), key=_whole_first):
        answer = answer_to(need, operation.n) if isinstance(need, str) else None
        if answer is not None and fits(answer, operation):
            return path, answer
    return None


def _whole_first(need: tuple[str, str | int]) -> bool:
    """Sorts what an operation waits for: what it is as a whole is decided before its fields are."""
    return need[0] != ""

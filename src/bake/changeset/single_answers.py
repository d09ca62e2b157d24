"""Answers to a decision that are for one operation alone, and not for all that ask."""

from __future__ import annotations

from bake.changeset.decisions import Decisions
from bake.changeset.effects import may_be_anothers_row
from bake.changeset.model import Question


def takes_value(decisions: Decisions, question: Question, n: int) -> bool:
    """Whether a value for one operation is an answer to a decision."""
    now = decisions.reach.branching.get(n)
    return not (decisions.is_of_the_row(question, n) or (now is not None and may_be_anothers_row(now, question.id)))


def options_of(decisions: Decisions, question: Question, n: int) -> list[str]:
    """The names of the options of a decision that fit one operation alone."""
    if n in decisions.reach.branching:
        outcomes = decisions.waiting(n).outcomes.get(question.id, {})
        return [name for name, outcome in outcomes.items() if name and not outcome.for_all]
    return [name for (id_, name), found in decisions.reach.options.items() if id_ == question.id and n in found.fits]


def claiming(decisions: Decisions, question: Question, n: int, option: str) -> int | None:
    """Another operation that, by an answer for it alone, is about the row of this operation by an option."""
    row = decisions.reach.row_of(question.id, n, option)
    for id_, alone in decisions.exceptions.items() if row is not None else ():
        for other, answer in alone.items():
            theirs = decisions.reach.row_of(id_, other, answer.option) if answer.option and other != n else None
            if theirs is not None and row is not None and theirs.key == row.key:
                return other
    return None

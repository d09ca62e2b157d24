"""Finds similar questions, so that one answer can be given to all of them.

    kind        alike if these are the same            answers that can be given to all
    missing     entity                                 create, of what the source says of each; skip
    ambiguous   entity                                 skip
    identity    entity                                 create; skip
    conflict    entity, field                          file; database; skip
    invalid     entity, field, what is wrong           omit; keep; skip; and value, where the source's value is the same
    duplicate   entity                                 skip
    decision    no two are alike                       none: it already asks about many records
    columns     no two are alike                       none: it already asks about all records

The value of a question does not count as part of what is wrong: `"$6" is not a number` and `"$7" is not a number` are
alike, and so are all warnings with the same code. But the right value for `"$6"` is not that for `"$7"`: an answer with
a value is given only to questions about the same value of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bake.catalog.values import same, shown
from bake.changeset.model import Question
from bake.resolution.answers import Answer
from bake.resolution.resolver import Blank

_FOR_ALL: Mapping[str, frozenset[str]] = {
    "missing": frozenset({"create", "skip"}),
    "ambiguous": frozenset({"skip"}),
    "identity": frozenset({"create", "skip"}),
    "conflict": frozenset({"file", "database", "skip"}),
    "invalid": frozenset({"value", "omit", "keep", "skip"}),
    "duplicate": frozenset({"skip"}),
    "decision": frozenset(),
    "columns": frozenset(),
}


def similar_questions(question: Question, others: Iterable[Question]) -> list[Question]:
    """The other questions that are similar to this one, in their order."""
    if question.kind in ("decision", "columns"):
        return []
    what = _what(question)
    return [other for other in others if other.id != question.id and _what(other) == what]


def recipients(
    answer: Answer, question: Question, others: Iterable[Question], blanks: Iterable[Blank] = ()
) -> list[Question]:
    """The other questions to which the same answer can be given.

    Args:
        answer: the answer.
        question: the question that it answers.
        others: open questions of any kind.
        blanks: as for `applies_to_all`.
    """
    if not applies_to_all(answer, question, blanks):
        return []
    alike = similar_questions(question, others)
    return [other for other in alike if answer.choice != "value" or same(other.value, question.value)]


def applies_to_all(answer: Answer, question: Question, blanks: Iterable[Blank] = ()) -> bool:
    """Whether an answer can be given to similar questions: it holds nothing that was typed for this question alone.

    Args:
        answer: the answer.
        question: the question that it answers.
        blanks: if it creates a row, the fields to fill in; each question has defaults of its own for them.
    """
    if answer.choice not in _FOR_ALL[question.kind]:
        return False
    defaults = {blank.name: str(blank.default) for blank in blanks if blank.default is not None}
    given = {name: str(value) for name, value in (answer.values or {}).items() if value is not None}
    return answer.choice != "create" or given.items() <= defaults.items()


def answer_for(answer: Answer, other: Question) -> Answer:
    """The same answer to another question."""
    return replace(answer, question=other.id, values=None, alike=False)


def _what(question: Question) -> tuple[object, ...]:
    problem = question.warning or (question.problem or "").replace(shown(question.value), "…")
    field = question.field if question.kind in ("conflict", "invalid") else None
    return (question.kind, question.entity, field, problem if question.kind == "invalid" else None)

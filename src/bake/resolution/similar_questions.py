"""Questions that are like one another, so that one answer may be given to all of them.

    kind        alike if these are the same            answers that can be given to all
    missing     entity                                 create, of what the source says of each; skip
    ambiguous   entity                                 skip
    identity    entity                                 create; skip
    conflict    entity, field                          file; database; skip
    invalid     entity, field, what is wrong           omit; keep; skip; and value, where the source's value is the same
    duplicate   entity                                 skip
    decision    nothing else is                        none: it is one for many records as it is
    columns     nothing else is                        none: it is one for all records

A question's own value is no part of what is wrong with it: `"$6" is not a number` and `"$7" is not a number` are alike,
and so are all warnings of one code. But what stands for `"$6"` says nothing of `"$7"`: a value is passed on only where
the source says the same.
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
    """Those of the other questions that are like this one, in their order."""
    if question.kind in ("decision", "columns"):
        return []
    what = _what(question)
    return [other for other in others if other.id != question.id and _what(other) == what]


def recipients(
    answer: Answer, question: Question, others: Iterable[Question], blanks: Iterable[Blank] = ()
) -> list[Question]:
    """Those of the other questions to which an answer can be given, too.

    Args:
        answer: to the question.
        question: what it answers.
        others: open questions, whatever they ask.
        blanks: as for `applies_to_all`.
    """
    if not applies_to_all(answer, question, blanks):
        return []
    alike = similar_questions(question, others)
    return [other for other in alike if answer.choice != "value" or same(other.value, question.value)]


def applies_to_all(answer: Answer, question: Question, blanks: Iterable[Blank] = ()) -> bool:
    """Whether an answer says nothing that only this question could.

    Args:
        answer: to the question.
        question: what it answers.
        blanks: of the new row, if it creates one: what they say by themselves is said of each.
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

"""Finds answers that would create a row although a row with this name exists by now.

A row is created on a `create` answer because its name was missing in the database. If it has been added since, applying
the answer would make a duplicate, which the question was asked to prevent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bake.catalog.lookups import frozen, lookup_of_question
from bake.changeset.decisions import Decisions
from bake.changeset.model import Candidate, Question
from bake.compiler.rows.resolved import Found, Unclear
from bake.compiler.rows.row_resolver import RowResolver


@dataclass(frozen=True, slots=True)
class StaleAnswer:
    """A question with such an answer, the first rows that its lookup matches now, and how many more there are."""

    question: Question
    candidates: tuple[Candidate, ...]
    more: int = 0


def stale_answers(known: RowResolver, decisions: Decisions) -> Iterator[StaleAnswer]:
    """The stale answers of a changeset. The number of queries grows with the entities, not with the answers.

    Args:
        known: the rows of the database.
        decisions: the questions and answers of the changeset.
    """
    by_entity: dict[str, list[Question]] = {}
    for question in decisions.questions.values():
        answer = decisions.answers.get(question.id)
        if answer and answer.choice == "create" and question.kind == "missing" and question.lookup:
            by_entity.setdefault(question.entity, []).append(question)
    for entity, questions in by_entity.items():
        found = known.references.resolve(entity, [lookup_of_question(question.lookup or {}) for question in questions])
        item = known.catalog.entities[entity]
        for question in questions:
            match found[frozen(lookup_of_question(question.lookup or {}))]:
                case Found(row):
                    yield StaleAnswer(question, (known.candidate(item, row),))
                case Unclear(rows) if rows:
                    offered = known.offered(item, rows)
                    yield StaleAnswer(question, offered, len(rows) - len(offered))
                case _:
                    continue

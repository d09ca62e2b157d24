"""Whether the ground of an answer still holds: that nothing was there which the source could have meant.

An answer "create it" was given because no row had the name. If a row has it by now, applying the answer would make the
very double that the question was asked to prevent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bake.catalog.lookups import frozen, lookup_of_question
from bake.changeset.decisions import Decisions
from bake.changeset.model import Candidate, Question
from bake.compiler.context import RowResolver
from bake.compiler.references import Found, Unclear


@dataclass(frozen=True, slots=True)
class StaleAnswer:
    """A question whose answer creates a row, and the rows that it could have meant by now."""

    question: Question
    candidates: tuple[Candidate, ...]


def stale_answers(known: RowResolver, decisions: Decisions) -> Iterator[StaleAnswer]:
    """The answers that create what by now is there under the same name; queries grow with entities, not answers."""
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
                    yield StaleAnswer(question, tuple(known.candidate(item, row) for row in rows))
                case _:
                    continue

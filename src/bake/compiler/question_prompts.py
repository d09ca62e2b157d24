"""A question with everything that is needed to answer it."""

from __future__ import annotations

from bake.catalog.entity import Entity, Field
from bake.catalog.lookups import naming_fields
from bake.changeset.model import Candidate, Change, Create, Question
from bake.changeset.runs import count
from bake.compiler.check_answer import choices_of, options_for
from bake.compiler.created_rows import CreatedRow
from bake.compiler.new_row import said_of
from bake.compiler.ranking import words
from bake.compiler.resolution_state import BlockedOperations, ResolutionState
from bake.resolution.candidates import CandidateIndex, Named
from bake.resolution.resolver import Blank, Prompt


def prompt_of(question: Question, state: ResolutionState, sentence: str, alone: Change | None = None) -> Prompt:
    """A question as it is put to somebody.

    Args:
        question: of this changeset.
        state: the changeset.
        sentence: the question in words.
        alone: of a decision, the only operation that is asked about.
    """
    item = state.catalog.entities[question.entity]
    choices = choices_of(question, state, alone.n if alone else None)
    if question.kind == "decision" and alone is None:
        choices = tuple(choice for choice in choices if choice != "value")
    waiting = count(question.asked_by)
    if question.kind == "decision":
        waiting = 1 if alone else sum(1 for _ in state.decisions.undecided(question))
    examples = state.waiting.get(question.id, BlockedOperations()).examples if alone is None else [alone]
    creates = "create" in choices and question.kind != "identity"
    field = item.fields.get(question.field or "")
    return Prompt(
        question=question,
        sentence=sentence,
        choices=choices,
        candidates=(*_made_since(question, state), *question.candidates),
        blanks=blanks_of(item, question) if creates else (),
        blank=_blank(field) if field and "value" in choices else None,
        examples=tuple(examples),
        waiting=waiting,
        search=state.ranking.search,
        options=options_for(question, alone.n if alone else None, state),
        operation=alone.n if alone else None,
    )


def blanks_of(item: Entity, question: Question) -> tuple[Blank, ...]:
    """The fields of a new row, the required ones first; keys that can be derived need not be given."""
    said = said_of(item, question)
    given = [field for field in item.fields.values() if field.editable]
    blanks = [
        Blank(field.name, field.type, field.required and field.name not in item.derived, said.get(field.name))
        for field in given
    ]
    return tuple(sorted(blanks, key=lambda blank: not blank.required))


def _blank(field: Field) -> Blank:
    return Blank(field.name, field.type, required=not field.nullable)


def _made_since(question: Question, state: ResolutionState) -> tuple[Candidate, ...]:
    """The rows like the one that is asked for, of those that earlier answers create."""
    item = state.catalog.entities[question.entity]
    offered = {repr(candidate.key) for candidate in question.candidates}
    rows = [
        _named(item, row, state)
        for row in state.decisions.created()
        if row.entity == item.name and repr(row.key) not in offered and row.n != state.made_by(question.id)
    ]
    text = " ".join(words(question.lookup or {}))
    return CandidateIndex(rows).search(text) if rows and text else ()


def _named(item: Entity, row: Create, state: ResolutionState) -> Named:
    made = state.known.created_candidate(item, CreatedRow(row.n, row.key, row.values))
    names = tuple(str(row.values[name]) for name in naming_fields(item) if row.values.get(name))
    return Named(row.key, made.label, names, why=made.why)

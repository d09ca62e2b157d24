"""A question with everything that is needed to answer it."""

from __future__ import annotations

from bake.catalog.entity import Entity
from bake.catalog.field import Field
from bake.changeset.model import Candidate, Change, Question
from bake.changeset.runs import count
from bake.compiler.answers.answer_choices import choices_of, options_for
from bake.compiler.answers.new_row import said_of
from bake.compiler.answers.resolution_state import ResolutionState
from bake.compiler.references.ranking import words
from bake.resolution.candidates import Wanted
from bake.resolution.resolver import Blank, Prompt


def prompt_of(question: Question, state: ResolutionState, sentence: str, alone: Change | None = None) -> Prompt:
    """A question as it is put to somebody.

    Args:
        question: of this changeset.
        state: the changeset.
        sentence: the question in words.
        alone: the only operation that is asked about.
    """
    item = state.catalog.entities[question.entity]
    choices = choices_of(question, state, alone.n if alone else None)
    if question.kind == "decision" and alone is None:
        choices = tuple(choice for choice in choices if choice != "value")
    waiting = count(question.asked_by)
    if question.takes_single_answers:
        waiting = 1 if alone else sum(1 for _ in state.decisions.undecided(question))
    examples = state.examples(question) if alone is None else [alone]
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
        proposals=tuple(
            one for one in state.decisions.proposed if one.answer is not None and one.answer.question == question.id
        ),
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
    text = " ".join(words(question.lookup or {}))
    if not text:
        return ()
    answer = state.decisions.answers.get(question.id)
    never = {repr(candidate.key) for candidate in question.candidates} | {repr(answer.key) if answer else ""}
    return state.created.search(state.decisions, question.entity, Wanted((text,), never=frozenset(never)))

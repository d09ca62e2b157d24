"""The answers that a question takes: its choices and options, for all operations that ask or for one of them."""

from __future__ import annotations

from itertools import islice

from msgspec import structs

from bake.catalog.values import shown
from bake.changeset.effects import CHOICES, may_be_anothers_row
from bake.changeset.model import Choice, Create, Option, Question
from bake.changeset.runs import numbers
from bake.changeset.single_answers import options_of, takes_value
from bake.compiler.answers.resolution_state import ResolutionState
from bake.resolution.answers import Answer

#: How many of the operations that ask are listed where another one was named.
_LISTED = 10


def choices_of(question: Question, state: ResolutionState, operation: int | None = None) -> tuple[Choice, ...]:
    """The choices that a question takes, for all operations that ask or for one of them.

    Some choices of its kind fall away: to `keep` a value that does not fit, to `omit` a field that a new row requires,
    and a `value` where a decision asks which row an operation is about.
    """
    choices: tuple[Choice, ...] = CHOICES[question.kind]  # type: ignore[assignment]
    if question.warning is None:
        choices = tuple(choice for choice in choices if choice != "keep")
    declared = state.catalog.entities[question.entity].fields.get(question.field or "")
    takes_none = operation is not None and not takes_value(state.decisions, question, operation)
    if question.kind == "decision" and (declared is None or takes_none):
        choices = tuple(choice for choice in choices if choice != "value")
    needed = declared is not None and declared.required and "omit" in choices
    if needed and any(isinstance(one, Create) for one in state.blocked(question)):
        return tuple(choice for choice in choices if choice != "omit")
    return choices


def options_for(question: Question, operation: int | None, state: ResolutionState) -> tuple[Option, ...]:
    """The options of a decision, or those that fit one operation; these have no example and count one record."""
    if operation is None:
        return question.options
    names = options_of(state.decisions, question, operation)
    offered = {option.name: structs.replace(option, records=1, example=None) for option in question.options}
    rows = {name: state.decisions.reach.row_of(question.id, operation, name) for name in names if name not in offered}
    alone = {name: Option(name=name, label=row.label) for name, row in rows.items() if row is not None}
    return tuple(option for name, option in (offered | alone).items() if name in names)


def choice_misfit(answer: Answer, question: Question, state: ResolutionState, choices: tuple[Choice, ...]) -> str:
    """Say why a question does not take the choice of an answer, and which it takes."""
    n, now = answer.operation, state.decisions.reach.branching.get(answer.operation or 0)
    if answer.choice == "value" and now is not None and may_be_anothers_row(now, question.id):
        what = f"other records may be about the row of operation {n}, by how their column is read"
        return f"{what}: choose for all that ask, or set the value in the file, and build that again"
    return f"{shown(answer.choice)} does not fit; expected {' or '.join(choices)}"


def asking_listed(question: Question) -> str:
    """The numbers of the operations that ask, in words; only the first few of many."""
    first = [str(n) for n in islice(numbers(question.asked_by), _LISTED + 1)]
    return ", ".join(first[:_LISTED]) + (", …" if len(first) > _LISTED else "")

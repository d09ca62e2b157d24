"""What an answer does to the operations that asked.

    kind                  choice    effect
    missing, ambiguous    map       the reference becomes the key of the row that was chosen; if that is a row which
                                    operation n creates, the answer needs {"": n}, and so does what asked
                          create    a new row, numbered after the last operation; the reference becomes its key, and
                                    needs that operation
                          skip      the operations that asked are skipped, and all that need a row they create
    identity              map       the operation becomes an update of that row, with the candidate's patch; if an
                                    earlier record creates that row, it is skipped, and what needs its row needs that
                          create    it stays the create that it is
                          skip      it is skipped
    conflict              file      the value of the file stays; a row that operation n creates is needed as for map
                          database  the field is left alone; a row that was to be deleted stays
                          value     the field gets the value of the answer
                          skip      the operation is skipped
    invalid               value     the field gets the value of the answer; a row that operation n creates is needed as
                                    for map
                          omit      the field is left out
                          keep      the value of the file stays, as for file; only where the question comes from a
                                    warning (`Question.warning`): what does not fit cannot stay
                          skip      the operation is skipped
    duplicate             take      the operation named stays; the others that asked are skipped
                          skip      all that asked are skipped
    decision              choose    the operation becomes what its `outcomes` say of the option; one without an outcome
                                    for it stays as it is, and waits
                          value     the field of one operation gets the value of the answer; needs as for map
                          skip      the operation is skipped
    columns               choose    none: the changeset is built again from its source, with these columns
                          skip      nothing of the source is read

An answer to `invalid` or to a decision is for all operations that asked, or, if it names an operation, for that one
alone, where it outweighs the answer for all. What an outcome makes of an operation:

    skip                            a skip, for its reason
    same_as                         the update of that row, with the candidate's patch; with an empty one a skip
    omit                            these fields are left alone
    values                          these fields get these values
    needs, outcomes                 it waits for these decisions, too, and that is what they make of it
    an update of which nothing is left, or only what is so already, becomes a skip

A value does not fit an operation if, by an option, another operation may be about the same row: what that other one
becomes depends on this one. An answer to a decision whose outcomes are nested in those of another decision is carried
out after the answer to that one; so the order of answers does not matter. Where one operation gets a value of its own,
the outcome `OTHERWISE` is carried out, too.

What answers entail for an operation (`derived`) is carried out last, and then the answers to what that asks.

`needs` names the place in an operation that waits for the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from msgspec import structs

from bake.changeset.events import Answered, Entailed
from bake.changeset.model import (
    OTHERWISE,
    Candidate,
    Change,
    Create,
    Needs,
    Outcome,
    Outcomes,
    Question,
    Skip,
)
from bake.changeset.operation_edits import (
    skip_of,
    update_of,
    with_value,
    without_equal_values,
    without_evidence,
    without_field,
    without_warnings,
)
from bake.changeset.pointers import pointer as pointer_to

#: Answers to a question of each kind.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "missing": ("create", "map", "skip"),
    "ambiguous": ("create", "map", "skip"),
    "identity": ("create", "map", "skip"),
    "conflict": ("file", "database", "value", "skip"),
    "invalid": ("value", "omit", "keep", "skip"),
    "duplicate": ("take", "skip"),
    "decision": ("choose", "value", "skip"),
    "columns": ("choose", "skip"),
}

#: Why an operation is skipped that a decision leaves nothing to do.
ALREADY_HERE = "already here"
SAID_TWICE = "said twice"
UNCHANGED = "unchanged"


def created_number(total: int, question: str) -> int:
    """The operation number of the row that the answer to a question creates."""
    return total + int(question.removeprefix("q"))


def fits(answer: Answered, operation: Change) -> bool:
    """Whether an answer can be carried out on an operation that asked, as that is now.

    It cannot if the operation has no outcome for the option, or one for all operations only; nor if another decision
    has to be answered first.
    """
    match answer.choice:
        case "choose":
            outcome = operation.outcomes.get(answer.question, {}).get(answer.option or OTHERWISE)
            return outcome is not None and bool(answer.option) and (answer.operation is None or not outcome.for_all)
        case "value":
            is_of_the_row = answer.question in operation.outcomes and operation.needs.get("") == answer.question
            others = may_be_anothers_row(operation, answer.question)
            return not (is_of_the_row or others or answer.question in later_decisions(operation))
        case _:
            return True


def may_be_anothers_row(operation: Change, question: str | None = None) -> bool:
    """Whether another operation may be about the row of this one, by an option of this question (None: of any).

    What becomes of the others then depends on this one, so that no value can be given to this one alone.
    """
    return any(one.for_all for id_, _, one in every_outcome(operation.outcomes) if question in (None, id_))


def later_decisions(operation: Change) -> set[str]:
    """The ids of the decisions whose outcomes are nested in those of others."""
    return {id_ for _, _, outcome in every_outcome(operation.outcomes) for id_ in outcome.outcomes}


def every_outcome(outcomes: Outcomes) -> Iterator[tuple[str, str, Outcome]]:
    """Yield all outcomes, nested ones included, each after the id of its decision and the name of its option."""
    for id_, options in outcomes.items():
        for name, outcome in options.items():
            yield id_, name, outcome
            yield from every_outcome(outcome.outcomes)


def with_answer(operation: Change, pointer: str, question: Question, answer: Answered, total: int) -> Change | Skip:
    """Carry out an answer that fits (`fits`) on an operation that asked.

    Args:
        operation: the operation.
        pointer: the place in it whose need is the question.
        question: the question.
        answer: its answer.
        total: how many operations were built; rows that answers create are numbered after them.
    """
    needs = {path: need for path, need in operation.needs.items() if path != pointer}
    if operation.outcomes:
        outcomes = {id_: options for id_, options in operation.outcomes.items() if id_ != question.id}
        outcome = operation.outcomes.get(question.id, {}).get(answer.option or OTHERWISE)
        operation = structs.replace(operation, outcomes=outcomes)
    else:
        outcome = None
    match answer.choice:
        case "create" if question.kind == "identity":
            return structs.replace(operation, needs=needs)
        case "map" if question.kind == "identity":
            return _identified(operation, question, answer, needs)
        case "create":
            return with_value(operation, pointer, answer.key, {**needs, pointer: created_number(total, question.id)})
        case "map" | "value":
            value = answer.key if answer.choice == "map" else answer.value
            decided = with_value(
                operation, pointer, value, {**needs, **_need_of(pointer, answer)}, answer.uuids.get("")
            )
            return _with_needs_of(without_warnings(decided, pointer), outcome)
        case "database" if not pointer:
            return _skipped(operation, question)
        case "omit" | "database":
            return without_warnings(without_field(operation, pointer, needs), pointer)
        case "choose":
            return _with_outcome(operation, outcome or Outcome(), needs)
        case "file" | "take" | "keep":
            return structs.replace(operation, needs={**needs, **_need_of(pointer, answer)})
        case "skip":
            return _skipped(operation, question)
        case _:
            assert_never(answer.choice)


def _need_of(pointer: str, answer: Answered) -> Needs:
    """The need of a place after an answer: the operation that creates the row which was chosen, if one does."""
    return {pointer: answer.needs[""]} if "" in answer.needs else {}


def _skipped(operation: Change, question: Question) -> Skip:
    return skip_of(operation, f"answer to {question.id}")


def chosen_candidate(question: Question, answer: Answered) -> Candidate | None:
    """The candidate that an answer to an `identity` question chose; None if it chose none."""
    if question.kind != "identity" or answer.choice != "map":
        return None
    return next((candidate for candidate in question.candidates if candidate.key == answer.key), None)


def _identified(operation: Change, question: Question, answer: Answered, needs: Needs) -> Change | Skip:
    candidate = chosen_candidate(question, answer) or Candidate(key={}, label="")
    if candidate.operation is not None:
        return skip_of(operation, SAID_TWICE)
    return update_of(operation, candidate, needs)


def _with_outcome(operation: Change, outcome: Outcome, needs: Needs) -> Change | Skip:
    """Carry out an outcome on an operation, which then has these needs and those of the outcome."""
    result = structs.replace(operation, needs=needs)
    if outcome.skip is not None:
        return skip_of(operation, outcome.skip)
    if outcome.same_as is not None:
        result = update_of(operation, outcome.same_as, needs)
        kept = {id_: options for id_, options in operation.outcomes.items() if id_ in result.needs.values()}
        result = structs.replace(result, label=operation.label, outcomes=kept)
    for name in outcome.omit:
        path = pointer_to(name)
        result = without_field(result, path, {other: need for other, need in result.needs.items() if other != path})
    for name, value in outcome.values.items():
        path = pointer_to(name)
        result = with_value(result, path, value, {p: need for p, need in result.needs.items() if p != path})
    warnings = tuple(warning for warning in result.warnings if warning.field not in outcome.omit)
    result = without_evidence(result, {*outcome.omit, *outcome.values})
    result = _with_needs_of(structs.replace(result, warnings=warnings), outcome)
    return without_equal_values(result, ALREADY_HERE if outcome.same_as else UNCHANGED)


def _with_needs_of(operation: Change, outcome: Outcome | None) -> Change:
    """Add the needs and the nested outcomes of an outcome."""
    if outcome is None or not (outcome.needs or outcome.outcomes):
        return operation
    needs, outcomes = {**operation.needs, **outcome.needs}, {**operation.outcomes, **outcome.outcomes}
    return structs.replace(operation, needs=needs, outcomes=outcomes)


def with_entailed(operation: Change, entailed: Entailed) -> Change:
    """Add the values and warnings that answers entail."""
    for name, value in entailed.values.items():
        operation = with_value(operation, pointer_to(name), value, operation.needs)
    return structs.replace(operation, warnings=(*operation.warnings, *entailed.warnings))


def created_by(n: int, question: Question, answer: Answered) -> Create:
    """The create that an answer makes; `n` is its number (`created_number`)."""
    return Create(
        n=n,
        entity=question.entity,
        key=answer.key or {},
        values=answer.values or {},
        needs=answer.needs,
        uuids=answer.uuids,
    )

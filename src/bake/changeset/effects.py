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

A value does not fit an operation whose row another one may be about by an option: what that one is hangs on this one.
An answer to a decision whose outcomes stand within those of another one waits for that; so the order of answers does
not matter. Beside the value that is given to one operation by itself, the outcome `OTHERWISE` is carried out.

What answers entail for an operation (`derived`) is carried out last, and then the answers to what that asks.

`needs` names the place in an operation that waits for the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import assert_never

import msgspec

from bake.changeset.events import Answered, Entailed
from bake.changeset.model import (
    OTHERWISE,
    Candidate,
    Change,
    Create,
    Delete,
    Evidence,
    Json,
    Key,
    Needs,
    Outcome,
    Outcomes,
    Patch,
    Question,
    Replace,
    Row,
    Skip,
    Test,
    Update,
)
from bake.changeset.pointers import field_of
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
    """Whether an answer says by now what becomes of an operation that asked.

    An option may not be there for all of them, or only for all; and what the operation is may hang on another decision.
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
    """Whether another operation may be about the row of this one, by an option of a question, or of any.

    What the others are then hangs on what this one says, so that no value can be given to this one alone.
    """
    return any(one.for_all for id_, _, one in every_outcome(operation.outcomes) if question in (None, id_))


def later_decisions(operation: Change) -> set[str]:
    """The decisions whose outcomes stand within those of others."""
    return {id_ for _, _, outcome in every_outcome(operation.outcomes) for id_ in outcome.outcomes}


def every_outcome(outcomes: Outcomes) -> Iterator[tuple[str, str, Outcome]]:
    """All outcomes, also those within others, each with its decision and option."""
    for id_, options in outcomes.items():
        for name, outcome in options.items():
            yield id_, name, outcome
            yield from every_outcome(outcome.outcomes)


def with_answer(operation: Change, pointer: str, question: Question, answer: Answered, total: int) -> Change | Skip:
    """An operation in which the place that waited for a question now has its answer, which fits it."""
    needs = {path: need for path, need in operation.needs.items() if path != pointer}
    if operation.outcomes:
        outcomes = {id_: options for id_, options in operation.outcomes.items() if id_ != question.id}
        outcome = operation.outcomes.get(question.id, {}).get(answer.option or OTHERWISE)
        operation = msgspec.structs.replace(operation, outcomes=outcomes)
    else:
        outcome = None
    match answer.choice:
        case "create" if question.kind == "identity":
            return msgspec.structs.replace(operation, needs=needs)
        case "map" if question.kind == "identity":
            return _identified(operation, question, answer, needs)
        case "create":
            return _with_value(operation, pointer, answer.key, {**needs, pointer: created_number(total, question.id)})
        case "map" | "value":
            value = answer.key if answer.choice == "map" else answer.value
            decided = _with_value(operation, pointer, value, {**needs, **_made(pointer, answer)}, answer.uuids.get(""))
            return _then(_without_warnings(decided, pointer), outcome)
        case "database" if not pointer:
            return _skipped(operation, question)
        case "omit" | "database":
            return _without_warnings(_without(operation, pointer, needs), pointer)
        case "choose":
            return _with_outcome(operation, outcome or Outcome(), needs)
        case "file" | "take" | "keep":
            return msgspec.structs.replace(operation, needs={**needs, **_made(pointer, answer)})
        case "skip":
            return _skipped(operation, question)
        case _:
            assert_never(answer.choice)


def _without_warnings(operation: Change, pointer: str) -> Change:
    """Without the warnings of a field: they were about the value that stood there before."""
    name = field_of(pointer)
    kept = tuple(warning for warning in operation.warnings if warning.field != name)
    if len(kept) != len(operation.warnings):
        operation = msgspec.structs.replace(operation, warnings=kept)
    return _without_evidence(operation, (name,))


def _without_evidence(operation: Change, names: Collection[str]) -> Change:
    """Without the evidence for fields: it was for the values that stood there before."""
    if isinstance(operation, Delete) or not operation.evidence or not names:
        return operation
    kept = tuple(one for one in operation.evidence if one.field not in names)
    return msgspec.structs.replace(operation, evidence=kept)


def _made(pointer: str, answer: Answered) -> Needs:
    """What the place of an answer waits for, if another operation creates the row that was chosen."""
    return {pointer: answer.needs[""]} if "" in answer.needs else {}


def _skipped(operation: Change, question: Question) -> Skip:
    return Skip(n=operation.n, entity=operation.entity, reason=f"answer to {question.id}", from_=operation.from_)


def chosen_candidate(question: Question, answer: Answered) -> Candidate | None:
    """The candidate that an answer says a record is about, if it says so."""
    if question.kind != "identity" or answer.choice != "map":
        return None
    return next((candidate for candidate in question.candidates if candidate.key == answer.key), None)


def _identified(operation: Change, question: Question, answer: Answered, needs: Needs) -> Change | Skip:
    candidate = chosen_candidate(question, answer) or Candidate(key={}, label="")
    if candidate.operation is not None:
        return Skip(n=operation.n, entity=operation.entity, reason=SAID_TWICE, from_=operation.from_)
    return _updating(operation, candidate, needs)


def _updating(operation: Change, candidate: Candidate, needs: Needs) -> Update:
    """The update of a candidate; of what the operation waited for, that matters which is about a field of the patch."""
    return Update(
        n=operation.n,
        entity=operation.entity,
        key=candidate.key,
        patch=candidate.patch,
        from_=operation.from_,
        needs={path: need for path, need in needs.items() if any(test.path == path for test in candidate.patch)},
        warnings=operation.warnings,
        evidence=() if isinstance(operation, Delete) else _about(operation.evidence, candidate.patch),
        uuids=candidate.uuids,
    )


def _about(evidence: tuple[Evidence, ...], patch: Patch) -> tuple[Evidence, ...]:
    """The evidence for the fields of a patch."""
    names = {field_of(step.path) for step in patch}
    return tuple(one for one in evidence if one.field in names)


def _with_outcome(operation: Change, outcome: Outcome, needs: Needs) -> Change | Skip:
    """What an outcome makes of an operation."""
    result = msgspec.structs.replace(operation, needs=needs)
    if outcome.skip is not None:
        return Skip(n=operation.n, entity=operation.entity, reason=outcome.skip, from_=operation.from_)
    if outcome.same_as is not None:
        result = _updating(operation, outcome.same_as, needs)
        kept = {id_: options for id_, options in operation.outcomes.items() if id_ in result.needs.values()}
        result = msgspec.structs.replace(result, label=operation.label, outcomes=kept)
    for name in outcome.omit:
        path = pointer_to(name)
        result = _without(result, path, {other: need for other, need in result.needs.items() if other != path})
    for name, value in outcome.values.items():
        path = pointer_to(name)
        result = _with_value(result, path, value, {p: need for p, need in result.needs.items() if p != path})
    warnings = tuple(warning for warning in result.warnings if warning.field not in outcome.omit)
    result = _without_evidence(result, {*outcome.omit, *outcome.values})
    result = _then(msgspec.structs.replace(result, warnings=warnings), outcome)
    return _lean(result, ALREADY_HERE if outcome.same_as else UNCHANGED)


def _then(operation: Change, outcome: Outcome | None) -> Change:
    """An operation with what it further waits for by an outcome."""
    if outcome is None or not (outcome.needs or outcome.outcomes):
        return operation
    needs, outcomes = {**operation.needs, **outcome.needs}, {**operation.outcomes, **outcome.outcomes}
    return msgspec.structs.replace(operation, needs=needs, outcomes=outcomes)


def _lean(operation: Change, reason: str) -> Change | Skip:
    """An update without the fields that are already what they are to become; a skip if nothing is left of it."""
    if not isinstance(operation, Update):
        return operation
    before = {step.path: step.value for step in operation.patch if isinstance(step, Test)}
    after = {step.path: step.value for step in operation.patch if isinstance(step, Replace)}
    so = {
        path
        for path, value in after.items()
        if path in before and path not in operation.needs and _same(before[path], value)
    }
    patch = tuple(step for step in operation.patch if step.path not in so)
    if not patch:
        return Skip(n=operation.n, entity=operation.entity, reason=reason, from_=operation.from_)
    return msgspec.structs.replace(operation, patch=patch)


def _same(one: Json, other: Json) -> bool:
    """Whether two canonical values are the same; `1` and `true` differ."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def with_reference(operation: Change, pointer: str, key: Key, uuid: str | None) -> Change:
    """An operation whose reference at a place, which another operation was to create, leads to a row that is there."""
    needs = {path: need for path, need in operation.needs.items() if path != pointer}
    return _with_value(operation, pointer, key, needs, uuid)


def with_key(operation: Change, pointer: str, key: Key) -> Change:
    """An operation whose reference at a place names a new row by another key; it still waits for that row."""
    return _with_value(operation, pointer, key, operation.needs)


def with_entailed(operation: Change, entailed: Entailed) -> Change:
    """An operation with what the answers to its questions entail."""
    for name, value in entailed.values.items():
        operation = _with_value(operation, pointer_to(name), value, operation.needs)
    return msgspec.structs.replace(operation, warnings=(*operation.warnings, *entailed.warnings))


def _with_value(operation: Change, pointer: str, value: Json, needs: Needs, uuid: str | None = None) -> Change:
    operation = _named(operation, pointer, uuid)
    match operation:
        case Create():
            values: Row = {**operation.values, field_of(pointer): value}
            key = {name: values[name] if name == field_of(pointer) else part for name, part in operation.key.items()}
            return msgspec.structs.replace(operation, values=values, key=key, needs=needs)
        case Update():
            patch: Patch = tuple(
                Replace(path=step.path, value=value) if isinstance(step, Replace) and step.path == pointer else step
                for step in operation.patch
            )
            return msgspec.structs.replace(operation, patch=patch, needs=needs)
        case Delete():
            return msgspec.structs.replace(operation, needs=needs)
        case _:
            assert_never(operation)


def _without(operation: Change, pointer: str, needs: Needs) -> Change:
    operation = _named(operation, pointer, None)
    match operation:
        case Create():
            values = {name: value for name, value in operation.values.items() if name != field_of(pointer)}
            return msgspec.structs.replace(operation, values=values, needs=needs)
        case Update():
            patch = tuple(step for step in operation.patch if step.path != pointer)
            return msgspec.structs.replace(operation, patch=patch, needs=needs)
        case Delete():
            return msgspec.structs.replace(operation, needs=needs)
        case _:
            assert_never(operation)


def _named(operation: Change, pointer: str, uuid: str | None) -> Change:
    """An operation that says which row a place means, or, since that gets another value, does not any more."""
    if operation.uuids.get(pointer) == uuid:
        return operation
    uuids = {path: known for path, known in operation.uuids.items() if path != pointer}
    return msgspec.structs.replace(operation, uuids=uuids if uuid is None else uuids | {pointer: uuid})


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

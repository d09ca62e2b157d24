"""What an answer does to the operations that asked.

    kind                  choice    effect
    missing, ambiguous    map       the reference becomes the key of the row that was chosen; if that is a row which
                                    operation n creates, the answer needs {"": n}, and so does what asked
                          create    a new row, numbered after the last operation; the reference becomes its key, and
                                    needs that operation
                          skip      the operations that asked are skipped, and all that need a row they create
    identity              map       the operation becomes an update of that row, with the candidate's patch
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

`needs` names the place in an operation that waits for the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import msgspec

from bake.changeset.model import (
    Answered,
    Candidate,
    Change,
    Create,
    Delete,
    Json,
    Needs,
    Patch,
    Question,
    Replace,
    Row,
    Skip,
    Update,
)
from bake.changeset.pointers import field_of

#: Answers to a question of each kind.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "missing": ("create", "map", "skip"),
    "ambiguous": ("create", "map", "skip"),
    "identity": ("create", "map", "skip"),
    "conflict": ("file", "database", "value", "skip"),
    "invalid": ("value", "omit", "keep", "skip"),
    "duplicate": ("take", "skip"),
}


def created_number(total: int, question: str) -> int:
    """The operation number of the row that the answer to a question creates."""
    return total + int(question.removeprefix("q"))


def with_answer(operation: Change, pointer: str, question: Question, answer: Answered, total: int) -> Change | Skip:
    """An operation in which the place that waited for a question now has its answer."""
    needs = {path: need for path, need in operation.needs.items() if path != pointer}
    match answer.choice:
        case "create" if question.kind == "identity":
            return msgspec.structs.replace(operation, needs=needs)
        case "map" if question.kind == "identity":
            return _identified(operation, question, answer, needs)
        case "create":
            return _with_value(operation, pointer, answer.key, {**needs, pointer: created_number(total, question.id)})
        case "map" | "value":
            value = answer.key if answer.choice == "map" else answer.value
            return _with_value(operation, pointer, value, {**needs, **_made(pointer, answer)})
        case "database" if not pointer:
            return _skipped(operation, question)
        case "omit" | "database":
            return _without(operation, pointer, needs)
        case "file" | "take" | "keep":
            return msgspec.structs.replace(operation, needs={**needs, **_made(pointer, answer)})
        case "skip":
            return _skipped(operation, question)
        case _:
            assert_never(answer.choice)


def _made(pointer: str, answer: Answered) -> Needs:
    """What the place of an answer waits for, if another operation creates the row that was chosen."""
    return {pointer: answer.needs[""]} if "" in answer.needs else {}


def _skipped(operation: Change, question: Question) -> Skip:
    return Skip(n=operation.n, entity=operation.entity, reason=f"answer to {question.id}", from_=operation.from_)


def _identified(operation: Change, question: Question, answer: Answered, needs: Needs) -> Change:
    candidate = next((c for c in question.candidates if c.key == answer.key), None) or Candidate(key={}, label="")
    return Update(
        n=operation.n,
        entity=operation.entity,
        key=candidate.key,
        patch=candidate.patch,
        from_=operation.from_,
        needs={path: need for path, need in needs.items() if any(test.path == path for test in candidate.patch)},
        warnings=operation.warnings,
    )


def _with_value(operation: Change, pointer: str, value: Json, needs: Needs) -> Change:
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

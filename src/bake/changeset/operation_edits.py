"""Edits of one operation: each function returns it with one thing changed, and what depends on that kept consistent.

Places in operations are JSON pointers to a field; "" is the row as a whole.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from msgspec import structs

from bake.changeset.model import (
    Candidate,
    Change,
    Create,
    Delete,
    Evidence,
    Json,
    Key,
    Needs,
    Patch,
    Replace,
    Row,
    Skip,
    Test,
    Update,
)
from bake.changeset.pointers import field_of


def skip_of(operation: Change, reason: str) -> Skip:
    """The skip that takes the place of an operation."""
    return Skip(n=operation.n, entity=operation.entity, reason=reason, from_=operation.from_)


def update_of(operation: Change, candidate: Candidate, needs: Needs) -> Update:
    """The update of a candidate that an operation turns out to be; of its needs, those of fields in the patch are kept.

    Args:
        operation: the operation.
        candidate: the row that it is about, with the patch.
        needs: the needs of the operation, without that of the answer which says so.
    """
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


def with_value(operation: Change, pointer: str, value: Json, needs: Needs, uuid: str | None = None) -> Change:
    """Set the value of a field, which a create also has in its key, and the needs; a delete has no values to set.

    Args:
        operation: the operation.
        pointer: the field.
        value: the value; a key, if the field is a reference.
        needs: all needs that the operation has afterwards.
        uuid: the uuid of the row that a reference names, if it is known.
    """
    operation = _with_uuid(operation, pointer, uuid)
    match operation:
        case Create():
            values: Row = {**operation.values, field_of(pointer): value}
            key = {name: values[name] if name == field_of(pointer) else part for name, part in operation.key.items()}
            return structs.replace(operation, values=values, key=key, needs=needs)
        case Update():
            patch: Patch = tuple(
                Replace(path=step.path, value=value) if isinstance(step, Replace) and step.path == pointer else step
                for step in operation.patch
            )
            return structs.replace(operation, patch=patch, needs=needs)
        case Delete():
            return structs.replace(operation, needs=needs)
        case _:
            assert_never(operation)


def with_reference(operation: Change, pointer: str, key: Key, uuid: str | None) -> Change:
    """Let a reference, so far to a row that another operation creates, name a row of the database."""
    needs = {path: need for path, need in operation.needs.items() if path != pointer}
    return with_value(operation, pointer, key, needs, uuid)


def with_key(operation: Change, pointer: str, key: Key) -> Change:
    """Name the row that a reference needs by another key; the operation that creates it is still needed."""
    return with_value(operation, pointer, key, operation.needs)


def without_field(operation: Change, pointer: str, needs: Needs) -> Change:
    """Leave out a field, and set the needs; a delete has no fields to leave out."""
    operation = _with_uuid(operation, pointer, None)
    match operation:
        case Create():
            values = {name: value for name, value in operation.values.items() if name != field_of(pointer)}
            return structs.replace(operation, values=values, needs=needs)
        case Update():
            patch = tuple(step for step in operation.patch if step.path != pointer)
            return structs.replace(operation, patch=patch, needs=needs)
        case Delete():
            return structs.replace(operation, needs=needs)
        case _:
            assert_never(operation)


def without_warnings(operation: Change, pointer: str) -> Change:
    """Drop the warnings and the evidence of a field, whose value was replaced."""
    name = field_of(pointer)
    kept = tuple(warning for warning in operation.warnings if warning.field != name)
    if len(kept) != len(operation.warnings):
        operation = structs.replace(operation, warnings=kept)
    return without_evidence(operation, (name,))


def without_evidence(operation: Change, names: Collection[str]) -> Change:
    """Drop the evidence for fields, whose values were replaced."""
    if isinstance(operation, Delete) or not operation.evidence or not names:
        return operation
    kept = tuple(one for one in operation.evidence if one.field not in names)
    return structs.replace(operation, evidence=kept)


def without_equal_values(operation: Change, reason: str) -> Change | Skip:
    """Drop the fields of an update whose value stays the same; if no other field is left, it becomes a skip.

    Args:
        operation: the operation; creates and deletes are returned as they are.
        reason: the reason of the skip.
    """
    if not isinstance(operation, Update):
        return operation
    before = {step.path: step.value for step in operation.patch if isinstance(step, Test)}
    after = {step.path: step.value for step in operation.patch if isinstance(step, Replace)}
    unchanged = {
        path
        for path, value in after.items()
        if path in before and path not in operation.needs and _same(before[path], value)
    }
    patch = tuple(step for step in operation.patch if step.path not in unchanged)
    if not patch:
        return skip_of(operation, reason)
    return structs.replace(operation, patch=patch)


def _with_uuid(operation: Change, pointer: str, uuid: str | None) -> Change:
    """Set the uuid of the row that a field or the operation means; None removes it, since the value is another one."""
    if operation.uuids.get(pointer) == uuid:
        return operation
    uuids = {path: known for path, known in operation.uuids.items() if path != pointer}
    return structs.replace(operation, uuids=uuids if uuid is None else uuids | {pointer: uuid})


def _about(evidence: tuple[Evidence, ...], patch: Patch) -> tuple[Evidence, ...]:
    """The evidence that is for fields of a patch."""
    names = {field_of(step.path) for step in patch}
    return tuple(one for one in evidence if one.field in names)


def _same(one: Json, other: Json) -> bool:
    """Whether two canonical values are the same; `1` and `true` differ."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)

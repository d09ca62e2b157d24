"""The values that operations write by field, those before them, and the key of a row after an update."""

from __future__ import annotations

from functools import lru_cache

from bake.changeset.model import Create, Key, Operation, Patch, Row, Test, Update
from bake.changeset.pointers import field_of


def before_after(patch: Patch) -> tuple[Row, Row]:
    """Split a patch into the values it tests and the values it writes, each by field."""
    before: Row = {}
    after: Row = {}
    for step in patch:
        (before if isinstance(step, Test) else after)[_field(step.path)] = step.value
    return before, after


def written(operation: Operation) -> Row:
    """The values that an operation writes, by field; none of one that deletes or skips."""
    match operation:
        case Create(values=values):
            return values
        case Update(patch=patch):
            return before_after(patch)[1]
        case _:
            return {}


def key_with(key: Key, after: Row) -> Key:
    """The key of a row after its fields were set to the values in `after`."""
    return key if key.keys().isdisjoint(after) else {name: after.get(name, part) for name, part in key.items()}


#: The field of a JSON pointer; cached, since patches use the same few pointers.
_field = lru_cache(1000)(field_of)

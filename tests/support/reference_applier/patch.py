"""Both sides of an update's patch, and what the patch makes of the row's key."""

from __future__ import annotations

from functools import lru_cache

from bake.changeset.model import Key, Patch, Row, Test
from bake.changeset.pointers import field_of


def before_after(patch: Patch) -> tuple[Row, Row]:
    """The before-values and the after-values of a patch, by field."""
    before: Row = {}
    after: Row = {}
    for step in patch:
        (before if isinstance(step, Test) else after)[_field(step.path)] = step.value
    return before, after


def key_with(key: Key, after: Row) -> Key:
    """The key of a row of which some fields get other values."""
    return key if key.keys().isdisjoint(after) else {name: after.get(name, part) for name, part in key.items()}


#: The same few fields come again and again.
_field = lru_cache(1000)(field_of)

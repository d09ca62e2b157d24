"""The inverse of operations: what undoes them. `invert(invert(operations)) == operations`.

    create      delete, with the values as before-image
    update      update, each test and replace exchanged; the key is the one that the row has afterwards
    delete      create, with the before-image as values
    skip        the same skip

The order is reversed, so that children go before their parents and come back after them. Only operations without needs
of questions have an inverse that means something; a need of another operation stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from bake.changeset.model import Create, Delete, Key, Operation, Patch, Replace, Row, Skip, Test, Update
from bake.changeset.pointers import field_of


def invert(operations: Sequence[Operation]) -> list[Operation]:
    """The operations that undo these, in the order in which they can be done."""
    return [inverse(operation) for operation in reversed(operations)]


def inverse(operation: Operation) -> Operation:
    """The operation that undoes this one."""
    match operation:
        case Create(n=n, entity=entity, key=key, label=label, values=values):
            return Delete(
                n=n,
                entity=entity,
                key=key,
                label=label,
                before=values,
                from_=operation.from_,
                needs=operation.needs,
                warnings=operation.warnings,
            )
        case Delete(n=n, entity=entity, key=key, label=label, before=before):
            return Create(
                n=n,
                entity=entity,
                key=key,
                label=label,
                values=before,
                from_=operation.from_,
                needs=operation.needs,
                warnings=operation.warnings,
            )
        case Update(n=n, entity=entity, key=key, label=label, patch=patch):
            return Update(
                n=n,
                entity=entity,
                key=key_after(key, patch),
                label=label,
                patch=inverse_patch(patch),
                from_=operation.from_,
                needs=operation.needs,
                warnings=operation.warnings,
            )
        case Skip():
            return operation
        case _:
            assert_never(operation)


def inverse_patch(patch: Patch) -> Patch:
    """A patch whose tests are the after-values, and whose replacements are the before-values."""
    steps: list[Test | Replace] = []
    for test, replace in zip(patch[::2], patch[1::2], strict=True):
        steps += [Test(path=test.path, value=replace.value), Replace(path=replace.path, value=test.value)]
    return tuple(steps)


def key_after(key: Key, patch: Patch) -> Key:
    """The key of a row after a patch that may touch it."""
    return key_with(key, {field_of(step.path): step.value for step in patch if isinstance(step, Replace)})


def key_with(key: Key, after: Row) -> Key:
    """The key of a row of which some fields get other values."""
    return key if key.keys().isdisjoint(after) else {name: after.get(name, part) for name, part in key.items()}

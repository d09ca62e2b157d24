"""What operations do to rows, as far as a changeset's file tells: for databases whose ledger does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import assert_never

from bake.changeset.invert import key_after
from bake.changeset.model import Create, Delete, Operation, Patch, Row, Skip, Test, Update
from bake.changeset.pointers import field_of
from bake.database.history import RowChange


def row_changes(operations: Iterable[Operation]) -> Iterator[RowChange]:
    """The changes that operations make; what the database fills in is not among them."""
    for operation in operations:
        match operation:
            case Create(n=n, entity=entity, key=key, values=after):
                uuid = after.get("uuid")
                yield RowChange(n=n, action="create", entity=entity, key=key, uuid=uuid, after=after)
            case Update(n=n, entity=entity, key=key, patch=patch):
                then = key_after(key, patch)
                before, after = before_after(patch)
                yield RowChange(
                    n=n,
                    action="update",
                    entity=entity,
                    key=key,
                    renamed=None if then == key else then,
                    before=before,
                    after=after,
                )
            case Delete(n=n, entity=entity, key=key, before=before):
                uuid = before.get("uuid")
                yield RowChange(n=n, action="delete", entity=entity, key=key, uuid=uuid, before=before)
            case Skip():
                pass
            case _:
                assert_never(operation)


def before_after(patch: Patch) -> tuple[Row, Row]:
    """The before- and after-values of a patch by field."""
    before: Row = {}
    after: Row = {}
    for step in patch:
        (before if isinstance(step, Test) else after)[_field(step.path)] = step.value
    return before, after


#: The same few fields come again and again.
_field = lru_cache(1000)(field_of)

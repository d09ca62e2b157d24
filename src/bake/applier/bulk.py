"""What batches have in common that need no second look, and can be carried out a field at a time.

Of most batches it can be seen so that all is well. Anything else is left to the long way (`bake.applier.inserts`,
`bake.applier.updates`), which finds out what is wrong, if anything is; a law in tests/laws holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias

from bake.applier.apply_context import ApplyContext
from bake.catalog.reader import is_canonical
from bake.catalog.values import Json, Text, Uuid
from bake.changeset.model import Change, Row

#: Values by field.
Columns: TypeAlias = Mapping[str, Sequence[Json]]


class NotBulk(Exception):
    """A batch needs a second look."""


def bulk_keys(context: ApplyContext, entity: str, changes: Sequence[Change]) -> tuple[str, list[str]]:
    """The field that is the whole key of all of some changes, and its values, each once.

    Raises:
        Doubtful: there is no such field, or a value is not in canonical form.
    """
    names = set(map(tuple, map(attrgetter("key"), changes)))
    if [len(name) for name in names] != [1]:
        raise NotBulk
    ((by,),) = names
    fields = context.catalog.entities[entity].fields
    type_ = fields[by].type if by in fields else None
    keys = [change.key[by] for change in changes]
    plain = isinstance(type_, Text | Uuid) and is_canonical(type_, set(map(type, keys)), keys)
    if not plain or None in keys or len(set(keys)) < len(keys):
        raise NotBulk
    return by, keys


def all_or_none(context: ApplyContext, entity: str, write: Callable[[], None]) -> bool:
    """Write rows of an entity; False, and nothing is written, if the database refuses one."""
    return context.refusal(entity, write) is None


def documents(groups: Sequence[tuple[Sequence[int], Columns]]) -> list[Row]:
    """Row documents in the order of their places in the batch, of columns of those that have the same fields."""
    result: list[Row] = [{}] * sum(len(positions) for positions, _ in groups)
    for positions, columns in groups:
        for position, row in zip(positions, zip(*columns.values(), strict=True), strict=True):
            result[position] = dict(zip(columns, row, strict=True))
    return result

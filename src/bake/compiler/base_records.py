"""The records of a batch as they were exported (rule 8)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bake.catalog.lookups import frozen
from bake.catalog.model import ID, Column, Entity, Role
from bake.catalog.values import same
from bake.compiler.base import Base
from bake.compiler.binding import Binding, Reading


def exported(base: Base | None, binding: Binding, readings: Sequence[Reading]) -> list[Reading | None]:
    """What the export wrote for each of these records, or None for new ones.

    A record is found by uuid, then by natural key, then by id (rule 1): an id may have been copied to another row.
    """
    result: list[Reading | None] = [None] * len(readings)
    if base is None:
        return result
    identities = [column for column in binding.view.columns if column.role is Role.IDENTITY]
    for column in sorted(identities, key=partial(_rank, binding.entity)):
        rest = [n for n, found in enumerate(result) if found is None]
        named = [n for n in rest if isinstance(readings[n].value.get(column.name), (str, int))]
        records = base.find(column.name, list(dict.fromkeys(readings[n].value[column.name] for n in named)))
        for n in named:
            record = records.get(readings[n].value[column.name])
            result[n] = binding.read(readings[n].number, record) if record is not None else None
    return result


def _rank(item: Entity, column: Column) -> int:
    if column.path == (ID,):
        return len(item.identities) + 1
    return item.identities.index(column.path) if column.path in item.identities else len(item.identities)


def untouched(reading: Reading, base: Reading) -> bool:
    """Whether a record says nothing but what the export wrote; columns that it lacks say nothing."""
    fields = all(name in base.fields and same(base.fields[name], value) for name, value in reading.fields.items())
    lookups = all(
        name in base.lookups and frozen(base.lookups[name]) == frozen(lookup)
        for name, lookup in reading.lookups.items()
    )
    return fields and lookups and not reading.bad

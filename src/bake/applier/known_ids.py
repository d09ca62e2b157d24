"""Ids that new rows will have, as far as the rows say it themselves: a primary key that is one of their fields."""

from __future__ import annotations

from collections.abc import Sequence

from bake.applier.blocks import Block
from bake.catalog.entity import Entity
from bake.catalog.field_types import Integer, Text
from bake.catalog.identity import identity_of
from bake.catalog.values import Json


def known_ids(entity: Entity, rows: Block) -> Sequence[int | None]:
    """The id that each row will have; None where the database makes it, or it is made of other rows' keys."""
    field = _primary(entity)
    if field is None:
        return [None] * rows.size
    is_number = isinstance(entity.fields[field].type, Integer)
    return [_id(value, is_number=is_number) for value in rows.column(field)]


def refers_to_id(entity: Entity, target: Entity, name: str) -> bool:
    """Whether a reference holds the primary key of its target, and no other unique columns."""
    return set(entity.fields[name].refers_to) == {str(column.name) for column in target.table.primary_key}


def _primary(entity: Entity) -> str | None:
    """The field that is the primary key: one number or text."""
    fields = entity.of_columns([str(column.name) for column in entity.table.primary_key]) or ()
    known = (name for name in fields if isinstance(entity.fields[name].type, Integer | Text))
    return next(known, None) if len(fields) == 1 else None


def _id(value: Json, *, is_number: bool) -> int | None:
    if value is None:
        return None
    return value if is_number and isinstance(value, int) else identity_of(str(value))

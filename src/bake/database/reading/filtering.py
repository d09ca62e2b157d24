"""Conditions on the fields of an entity as SQL, where SQL leaves out no row of which the condition holds.

The database only spares reading: whoever asks compares again by `Condition.holds`, since SQL's notion of equal is
another one. What it is asked:

    type                              comparisons
    any but documents                 is null, is not null
    Integer, Date, the id             all
    Text, Choice, Boolean             =        a collation may take more for equal, never less
    others                            none: texts of uuids, decimals and times may be stored in several ways
"""

from __future__ import annotations

import sqlalchemy as sa

from bake.catalog.conditions import Condition
from bake.catalog.entity import Entity
from bake.catalog.field_types import Boolean, Choice, Date, Document, Integer, Text
from bake.database.bindings import Binding, bindings


def sql_condition(entity: Entity, condition: Condition) -> sa.ColumnElement[bool] | None:
    """A condition as SQL; None if it is about no field of the entity's own, or is not to be asked."""
    if condition.column.computed is not None or len(condition.column.path) != 1:
        return None
    binding = bindings(entity)[condition.column.path[0]]
    match condition.type, condition.comparison:
        case Document(), _:
            return None
        case _, "is null":
            return binding.is_null
        case _, "is not null":
            return ~binding.is_null
        case ((Integer() | Date()), _):
            return _compared(binding, condition)
        case ((Text() | Choice() | Boolean()), "="):
            return _compared(binding, condition)
        case _:
            return None


def _compared(binding: Binding, condition: Condition) -> sa.ColumnElement[bool]:
    value = binding.bound(condition.value)
    sql: sa.ColumnElement[bool]
    match condition.comparison:
        case "<":
            sql = binding.compared < value
        case ">":
            sql = binding.compared > value
        case "!=":
            sql = (binding.compared != value) | binding.column.is_(None)
        case _:
            sql = binding.compared == value
    return sql

"""Which fields of a table are unique together."""

from __future__ import annotations

import sqlalchemy as sa

from bake.catalog.entity import Entity


def unique_fields(item: Entity) -> list[tuple[str, ...]]:
    """The fields of each unique constraint and index of an entity's table, as far as they are fields."""
    names = {declared.column: name for name, declared in item.fields.items()}
    constraints = [one for one in item.table.constraints if isinstance(one, sa.UniqueConstraint)]
    unique = [list(one.columns) for one in constraints]
    unique += [list(index.columns) for index in item.table.indexes if index.unique]
    fields = (tuple(names[column.name] for column in columns if column.name in names) for columns in unique)
    return list(dict.fromkeys(those for those in fields if those))

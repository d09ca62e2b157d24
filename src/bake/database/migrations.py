"""What migrations leave alone: Bake's own tables, which no model declares."""

from __future__ import annotations

from bake.database.schema import OWN

_OWN = frozenset(table.name for table in OWN)


def include_object(_item: object, name: str | None, type_: str, _reflected: bool, _compare_to: object) -> bool:
    """Whether Alembic's autogenerate is to look at an object: `context.configure(include_object=bake.include_object)`.

    Args:
        _item: the table, column, index or constraint.
        name: the name of the object.
        type_: `table`, `column`, `index` or another kind.
        _reflected: whether it was found in the database.
        _compare_to: what it is compared with.

    Returns:
        False for Bake's own tables.
    """
    return type_ != "table" or name not in _OWN

"""What migrations leave alone: Bake's own tables, which no model declares."""

from __future__ import annotations

from bake.database.schema import OWN

_OWN = frozenset(table.name for table in OWN)


def include_object(item: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:  # noqa: ARG001
    """Whether Alembic's autogenerate is to look at an object: `context.configure(include_object=bake.include_object)`.

    Args:
        item: the table, column, index or constraint.
        name: its name.
        type_: `table`, `column`, `index` or another kind.
        reflected: whether it was found in the database.
        compare_to: what it is compared with.

    Returns:
        False for Bake's own tables.
    """
    return type_ != "table" or name not in _OWN

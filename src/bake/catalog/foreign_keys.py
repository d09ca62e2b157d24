"""Which foreign keys of a table become references, and which columns are theirs.

a foreign key that                                            becomes
leads to an entity                                            a reference
leads to a table that is no entity                            nothing: its columns are values
has only columns of a larger one                              nothing: the larger one says it
shares some columns with another one, or with the primary     nothing: its columns are values
key, or has some columns that may be null and others not
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key that is a reference.

    Attributes:
        target: the name of the table that it leads to.
        columns: its columns.
        refers_to: the columns of the target that they lead to.
    """

    target: str
    columns: tuple[str, ...]
    refers_to: tuple[str, ...]


def links(table: sa.Table, entities: Collection[str] | None = None) -> list[Link]:
    """The foreign keys of a table that become references.

    Args:
        table: the table.
        entities: the names of the tables that are entities; None for all.
    """
    return [one for one in _judged(table, entities) if isinstance(one, Link)]


def not_followed(table: sa.Table, entities: Collection[str]) -> list[str]:
    """One sentence on each foreign key of a table that is no reference."""
    return [one for one in _judged(table, entities) if isinstance(one, str)]


def _judged(table: sa.Table, entities: Collection[str] | None) -> Iterator[Link | str]:
    taken: set[str] = set()
    primary = {str(column.name) for column in table.primary_key}
    for key in sorted(table.foreign_key_constraints, key=lambda key: (-len(key.columns), key.column_keys)):
        columns = {str(column.name) for column in key.columns}
        link = _link(key)
        where = f"{', '.join(sorted(columns))} refers to {link.target}"
        if entities is not None and link.target not in entities:
            yield f"{where}, which is left out: a value"
        elif columns & taken:
            yield f"{where}: said by a reference of more columns" if columns < taken else f"{where}: shares a column"
        elif columns & primary and not columns <= primary:
            yield f"{where}: some of its columns are in the primary key and others are not: values"
        elif len({bool(column.nullable) for column in key.columns}) > 1:
            yield f"{where}: some of its columns may be null and others not: values"
        else:
            taken |= columns
            yield link


def _link(key: sa.ForeignKeyConstraint) -> Link:
    referred = [_referred(one) for one in key.elements]
    return Link(
        referred[0][0], tuple(str(one.parent.name) for one in key.elements), tuple(name for _, name in referred)
    )


def _referred(key: sa.ForeignKey) -> tuple[str, str]:
    """The names of the table and the column that a part of a foreign key leads to, which need not be declared yet.

    A table of another schema has that before its name, so that it is not taken for one of the same name.
    """
    own = key.parent.table.schema
    try:
        schema, name, column = key.column.table.schema, str(key.column.table.name), str(key.column.name)
    except sa.exc.NoReferencedTableError:
        table, _, column = key.target_fullname.rpartition(".")
        before, _, name = table.rpartition(".")
        schema = before or None
    return name if schema == own else f"{schema or '(default schema)'}.{name}", column

"""Numbers that the database makes next: they must come after those that were written as they are.

SQLite and MariaDB see to that themselves. PostgreSQL's sequences do not: the next insert of another program would be
given a number that is taken.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def advance(connection: sa.Connection, column: sa.Column[Any]) -> None:
    """Let the sequence of a column, if it has one, go on after the greatest number in it.

    Args:
        connection: within the transaction that has written the numbers.
        column: the primary key of a table, whole numbers.
    """
    if connection.dialect.name != "postgresql":
        return
    table = connection.dialect.identifier_preparer.format_table(column.table)
    sequence = sa.func.pg_get_serial_sequence(table, column.name)
    may = sa.func.has_sequence_privilege(sequence, "UPDATE")
    named = sa.cast(sequence, _Regclass)
    greatest = sa.select(sa.func.max(column)).scalar_subquery()
    reached = sa.func.greatest(greatest, sa.func.coalesce(sa.func.pg_sequence_last_value(named), 1))
    connection.execute(sa.select(sa.func.setval(named, reached)).where(sequence.is_not(None), may))


class _Regclass(sa.types.UserDefinedType[str]):
    """PostgreSQL's name of a relation."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """As SQL has it."""
        return "regclass"

"""Numbers that the database makes next: they must come after those that were written as they are.

SQLite and MariaDB see to that themselves. PostgreSQL's sequences do not: the next insert of another program would be
given a number that is taken.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def is_numbered(column: sa.Column[Any]) -> bool:
    """Whether a column may take its numbers from a sequence."""
    default = column.server_default
    is_next = isinstance(default, sa.DefaultClause) and "nextval(" in str(default.arg)
    return is_next or column.identity is not None or column is column.table.autoincrement_column


def advance(connection: sa.Connection, column: sa.Column[Any], written: int) -> None:
    """Let the sequence of a column of PostgreSQL, if it has one, go on after a number that was written there.

    Args:
        connection: within the transaction that has written it.
        column: of whole numbers.
        written: the greatest that was written.
    """
    table = connection.dialect.identifier_preparer.format_table(column.table)
    default = sa.select(sa.func.substring(_DEFAULT, r"nextval\('(.*)'::regclass\)")).where(
        sa.text("adrelid = CAST(:table AS regclass) AND attname = :column").bindparams(table=table, column=column.name)
    )
    sequence = sa.func.coalesce(
        sa.func.pg_get_serial_sequence(table, column.name),
        default.select_from(_DEFAULTS).scalar_subquery(),
    )
    may = sa.func.has_sequence_privilege(sequence, "UPDATE")
    named = sa.cast(sequence, _Regclass)
    reached = sa.func.greatest(written, sa.func.coalesce(sa.func.pg_sequence_last_value(named), 1))
    connection.execute(sa.select(sa.func.setval(named, reached)).where(sequence.is_not(None), may))


#: A sequence that a column does not own is only named in its default.
_DEFAULTS = sa.text("pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum")
_DEFAULT: sa.ColumnElement[str] = sa.literal_column("pg_get_expr(adbin, adrelid)")


class _Regclass(sa.types.UserDefinedType[str]):
    """PostgreSQL's name of a relation."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """As SQL has it."""
        return "regclass"

"""The defaults that SQLAlchemy fills in when a row is written: `Column(default=…)` and `Column(onupdate=…)`.

Only values and functions are evaluated here, once for each row. SQL expressions become part of the statement, and
defaults of the server are left to the server.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bake.database.writing.bulk import Verb

#: By the name of a column, the values written to it: one for each row.
Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Default:
    """A column without a given value, and its default."""

    column: sa.Column[Any]
    default: Any

    def values(self, given: Columns, rows: int) -> list[Any]:
        """The values of the column, one for each row.

        Args:
            given: the given values of other columns, which a default's function may read.
            rows: how many rows there are.
        """
        if self.default.is_scalar:
            return [self.default.arg] * rows
        return [self.default.arg(_Context(given, n)) for n in range(rows)]


@dataclass(frozen=True, slots=True)
class _Context:
    """The argument of a default's function (SQLAlchemy's `DefaultExecutionContext`, as far as documented)."""

    given: Columns
    row: int

    def get_current_parameters(self, isolate_multiinsert_groups: bool = True) -> dict[str, Any]:
        """The given values of this row, by the name of the column.

        Args:
            isolate_multiinsert_groups: accepted because SQLAlchemy's method has it; here each row is on its own.
        """
        del isolate_multiinsert_groups
        return {name: values[self.row] for name, values in self.given.items()}


def defaults(table: sa.Table, verb: Verb, given: Collection[str]) -> list[Default]:
    """The columns that need a default, each with it.

    Args:
        table: the table that is written.
        verb: what is done to its rows.
        given: the names of the columns that have values of their own.
    """
    if verb == "delete":
        return []
    left = [column for column in table.columns if column.name not in given]
    found = [Default(column, column.default if verb == "insert" else column.onupdate) for column in left]
    return [one for one in found if isinstance(one.default, sa.ColumnDefault) and not one.default.is_clause_element]

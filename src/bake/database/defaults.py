"""What SQLAlchemy fills in by itself when a row is written: `Column(default=…)` and `Column(onupdate=…)`.

A value, or what a function returns, is bound for each row; an SQL expression is a part of the statement, and so none of
our business; a default of the server comes from the server.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bake.database.bulk import Verb

#: What is written of many rows: by the name of the column, one value a row.
Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Default:
    """A column that is filled in, and with what."""

    column: sa.Column[Any]
    default: Any

    def values(self, given: Columns, rows: int) -> list[Any]:
        """Its values for so many rows.

        Args:
            given: what is written of them besides, as functions may ask for it.
            rows: how many there are.
        """
        if self.default.is_scalar:
            return [self.default.arg] * rows
        return [self.default.arg(_Context(given, n)) for n in range(rows)]


@dataclass(frozen=True, slots=True)
class _Context:
    """What a function that makes a default is given (SQLAlchemy's `DefaultExecutionContext`, as far as documented)."""

    given: Columns
    row: int

    def get_current_parameters(self, isolate_multiinsert_groups: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """What is written of this row, by the name of the column.

        Args:
            isolate_multiinsert_groups: accepted because SQLAlchemy's method has it; here each row is on its own.
        """
        return {name: values[self.row] for name, values in self.given.items()}


def defaults(table: sa.Table, verb: Verb, given: Collection[str]) -> list[Default]:
    """The columns that are filled in here.

    Args:
        table: which.
        verb: what is done to its rows.
        given: the names of the columns that have values of their own.
    """
    if verb == "delete":
        return []
    left = [column for column in table.columns if column.name not in given]
    found = [Default(column, column.default if verb == "insert" else column.onupdate) for column in left]
    return [one for one in found if isinstance(one.default, sa.ColumnDefault) and not one.default.is_clause_element]

"""Many rows at once for PostgreSQL: an array for each column, unnested to rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bake.catalog.columns import ExactDecimal

_SqlType = sa.types.TypeEngine[Any]


def unnested(arrays: Sequence[sa.ColumnElement[Any]], types: Sequence[_SqlType]) -> sa.TableValuedAlias:
    """Arrays as rows, with a column `part_N` for each of them.

    Args:
        arrays: of one length, each of the type `sa.ARRAY(type)`.
        types: of what is in them.
    """
    names = [sa.column(f"part_{n}", type_) for n, type_ in enumerate(types)]
    return sa.func.unnest(*arrays).table_valued(*names, name="given").render_derived()


def unbounded(type_: _SqlType) -> _SqlType:
    """A type without its length or precision: what does not fit is refused, or not found, and never cut off."""
    match type_:
        case sa.Enum():
            return type_
        case sa.String():
            return sa.Text()
        case ExactDecimal() | sa.Numeric():
            return sa.Numeric()
        case sa.types.TypeDecorator():
            return unbounded(type_.impl_instance)
        case _:
            return type_

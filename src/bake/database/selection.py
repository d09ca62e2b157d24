"""Some fields of an entity: the columns to select, and the canonical values that come of what the driver gives.

Values are converted a column at a time, and numbers are remembered in canonical form: prices and sizes repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.field_types import Exact
from bake.catalog.values import Json, exact
from bake.database.bindings import Binding, Conversion, bindings, canonical_uuid

#: One column of a result: the values of a field, row by row.
Values: TypeAlias = Sequence[Json]

#: How many numbers are remembered.
_REMEMBERED = 16_384


class Selection:
    """The id and some fields of an entity.

    Attributes:
        identifier: the column of the id, to order and compare by.
        query: a select of them, without conditions.
    """

    def __init__(self, entity: Entity, fields: Sequence[str], dialect: sa.Dialect) -> None:
        everything = bindings(entity)
        chosen = [everything[ID], *(everything[name] for name in fields)]
        self.identifier = chosen[0]
        self.query = sa.select(*(_read(entity, binding) for binding in chosen))
        self._inward = [_inward(entity, binding, dialect) for binding in chosen]

    def columns(self, rows: Iterable[Sequence[Any]]) -> list[Values]:
        """The canonical values of what the driver gave: the ids, then each field; references as ids."""
        columns = zip(*rows, strict=True)
        return [_converted(column, inward) for column, inward in zip(columns, self._inward, strict=False)]


def _is_exact(entity: Entity, binding: Binding) -> bool:
    return binding.field != ID and isinstance(entity.fields[binding.field].type, Exact)


def _read(entity: Entity, binding: Binding) -> sa.ColumnElement[Any]:
    """The column as it is selected; an Exact one as the driver has it, so that its conversion can be remembered."""
    return sa.type_coerce(binding.column, sa.types.NullType()) if _is_exact(entity, binding) else binding.read


def _inward(entity: Entity, binding: Binding, dialect: sa.Dialect) -> Conversion | None:
    """From what `fetched` gives."""
    if _is_exact(entity, binding):
        return _exact
    if dialect.name != "sqlite":
        return binding.inward
    process, inward = binding.read.type.dialect_impl(dialect).result_processor(dialect, None), binding.inward
    if process and inward:
        return lambda raw: None if (value := process(raw)) is None else inward(value)
    return process or inward


def fetched(connection: sa.Connection, query: sa.Select[Any], parameters: Mapping[str, Any] | None = None) -> list[Any]:
    """The rows of a query; from SQLite as its driver has them.

    To make objects of rows costs SQLAlchemy as much as SQLite needs to read them. Other drivers' values depend on more
    than the column.
    """
    result = connection.execute(query, parameters)
    if connection.dialect.name != "sqlite" or result.cursor is None:
        return list(result.all())
    rows = list(result.cursor.fetchall())
    result.close()
    return rows


@lru_cache(_REMEMBERED)
def _exact(raw: Any) -> Decimal:
    """The canonical decimal, from what any driver gives (`bake.catalog.columns.ExactDecimal`)."""
    return exact(raw if isinstance(raw, Decimal) else Decimal(repr(raw) if isinstance(raw, float) else raw))


def _converted(column: Sequence[Any], convert: Conversion | None) -> Values:
    if convert is None or (convert is canonical_uuid and _are_canonical(column)):
        return column
    return [None if value is None else convert(value) for value in column]


def _are_canonical(uuids: Sequence[Any]) -> bool:
    """Whether `canonical_uuid` would leave all of these as they are, as far as that can be seen at once."""
    if set(map(type, uuids)) != {str} or set(map(len, uuids)) != {36}:
        return False
    texts = "".join(uuids)
    return texts == texts.lower()

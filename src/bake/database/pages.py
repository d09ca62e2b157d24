"""Whole tables, page after page, and values by id: fast, for exports.

What is read here is what `bake.database.snapshot` reads, a column at a time instead of a row at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from bake.catalog.model import ID, Entity
from bake.catalog.values import Exact, Json, exact
from bake.database.bindings import Binding, Conversion, bindings

#: One column of a page: the values of a field, row by row.
Values: TypeAlias = Sequence[Json]

_PAGE = 2000
_CHUNK = 500

#: How many numbers of one column are remembered in canonical form: prices and sizes repeat.
_REMEMBERED = 16_384


def count(connection: sa.Connection, entity: Entity) -> int:
    """How many rows there are."""
    return connection.execute(sa.select(sa.func.count()).select_from(entity.table)).scalar_one()


def pages(
    connection: sa.Connection, entity: Entity, fields: Sequence[str], size: int = _PAGE
) -> Iterator[list[Values]]:
    """All rows by ascending id, a page at a time; other queries may run in between.

    Args:
        connection: within a transaction, so that all pages show one state.
        entity: whose rows.
        fields: which of their fields.
        size: rows a page.

    Yields:
        The columns of a page: the ids, then the canonical values of each field, references as ids.
    """
    chosen = _chosen(entity, fields)
    query = sa.select(*(_read(entity, b) for b in chosen)).order_by(chosen[0].column).limit(size)
    inward = [_inward(entity, b) for b in chosen]
    page = connection.execute(query).all()
    while page:
        columns = list(zip(*page, strict=True))
        yield [_converted(column, convert) for column, convert in zip(columns, inward, strict=True)]
        after = query.where(chosen[0].compared > columns[0][-1])
        page = connection.execute(after).all() if len(page) == size else []


def by_id(
    connection: sa.Connection, entity: Entity, fields: Sequence[str], ids: Iterable[int]
) -> dict[int, tuple[Json, ...]]:
    """The canonical values of these fields, for the rows with these ids; those that are not there are left out."""
    chosen = _chosen(entity, fields)
    query = sa.select(*(_read(entity, b) for b in chosen))
    inward = [_inward(entity, b) for b in chosen]
    wanted = list(dict.fromkeys(ids))
    found: dict[int, tuple[Json, ...]] = {}
    for start in range(0, len(wanted), _CHUNK):
        among = chosen[0].compared.in_(wanted[start : start + _CHUNK])
        columns = zip(*connection.execute(query.where(among)), strict=True)
        rows = zip(*map(_converted, columns, inward), strict=True)
        found.update((row[0], row[1:]) for row in rows)
    return found


def _chosen(entity: Entity, fields: Sequence[str]) -> list[Binding]:
    everything = bindings(entity)
    return [everything[ID], *(everything[name] for name in fields)]


def _is_exact(entity: Entity, binding: Binding) -> bool:
    return binding.field != ID and isinstance(entity.fields[binding.field].type, Exact)


def _read(entity: Entity, binding: Binding) -> sa.ColumnElement[Any]:
    """The column as it is selected; an Exact one as the driver has it, so that its conversion can be remembered."""
    return sa.type_coerce(binding.column, sa.types.NullType()) if _is_exact(entity, binding) else binding.read


def _inward(entity: Entity, binding: Binding) -> Conversion | None:
    return lru_cache(_REMEMBERED)(_exact) if _is_exact(entity, binding) else binding.inward


def _exact(raw: Any) -> Decimal:
    """The canonical decimal, from what any driver gives (`bake.catalog.columns.ExactDecimal`)."""
    return exact(raw if isinstance(raw, Decimal) else Decimal(repr(raw) if isinstance(raw, float) else raw))


def _converted(column: Sequence[Any], convert: Conversion | None) -> Values:
    return column if convert is None else [None if value is None else convert(value) for value in column]

"""How the canonical values of each field are passed to SQLAlchemy, and read back.

field      SQLAlchemy's type                      driver side
Exact      ExactDecimal(precision, scale)         Decimal
Real       the column's                           float
Integer    BigInteger, so that a number too large for the column finds nothing instead of failing
Date       the column's                           date
Timestamp  the column's                           datetime, naive (UTC) unless the column keeps time zones
Choice     text to read, the column's to write    str
Uuid       the column's                           UUID or str
Bytes      the column's                           bytes
Document   the column's, its null SQL's NULL      any JSON value
Sensitive  as its values are; a token inside
others     the column's                           str, bool

The primary key of a row, and a reference to one, is a number to the engine (`bake.catalog.identity`). One column of
whole numbers is that number. Any other column is read as the type says, and its text made a number. Several columns
are read as one JSON list, which the database makes, and compared and written part by part. A reference by other columns
than the primary key is read as the primary key of the row that has them; what is written there is looked up
(`bake.database.writing.reference_columns`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa

from bake.catalog.columns import ExactDecimal
from bake.catalog.entity import ID, Entity
from bake.catalog.field import Field
from bake.catalog.field_types import (
    Choice,
    Exact,
    Integer,
    PlainType,
    Reference,
    ScalarType,
    Sensitive,
    Text,
)
from bake.catalog.identity import identity_of, text_of
from bake.catalog.sql_types import is_opaque, scalar_type, whole_numbers
from bake.catalog.values import Json
from bake.database.conversions import Conversion, SqlType, canonical_uuid, conversions_of, types_of
from bake.database.sql_expressions import FromText, JsonList, Unpadded

#: Where a table keeps the bindings of the entity whose rows it holds.
_KEPT = "bake.bindings"

#: How many numbers are remembered.
_REMEMBERED = 4096

#: Stands for a part of what is no primary key of several columns: no column holds it.
_NO_PART = None


@dataclass(frozen=True, slots=True)
class Binding:
    """How one field is read and written.

    Attributes:
        field: its name, or `id`.
        stored: the type of what is read: of an id or a reference, that of the primary key.
        columns: the columns of the table.
        read: the column as an expression to select, of the type that gives what `inward` takes.
        compared: the column as an expression to compare with what `outward` gives; no use where there are parts.
        inward: from the driver's value, never None, to the canonical one; None where they are the same.
        outward: from the canonical value, never None, to the driver's; None where they are the same.
        parts: of an id or a reference of several columns, the bindings of these columns.
        written: the type as which it is written, where that is another one than it is compared as.
        is_looked_up: whether it is a reference by other columns than the primary key of the target.
        plain: of a sensitive field, how its values themselves are read and written.
        seal: of a sensitive field, gives the token of a canonical value.
    """

    field: str
    stored: PlainType
    columns: tuple[sa.Column[Any], ...]
    read: sa.ColumnElement[Any]
    compared: sa.ColumnElement[Any]
    inward: Conversion | None = None
    outward: Conversion | None = None
    parts: tuple[Binding, ...] = ()
    written: sa.types.TypeEngine[Any] | None = None
    is_looked_up: bool = False
    plain: Binding | None = None
    seal: Conversion | None = None

    @property
    def column(self) -> sa.Column[Any]:
        """The column; of several, the first."""
        return self.columns[0]

    @property
    def scalars(self) -> tuple[Binding, ...]:
        """What is compared one by one: the binding itself, or its parts."""
        return self.parts or (self,)

    @property
    def is_null(self) -> sa.ColumnElement[bool]:
        """Whether the field is null: of several columns, whether any is."""
        return sa.or_(*(column.is_(None) for column in self.columns)) if self.parts else self.column.is_(None)

    def bound(self, value: Json) -> Any:
        """The driver's form of a canonical value."""
        return value if value is None or self.outward is None else self.outward(value)

    def split(self, value: Json) -> tuple[Json, ...]:
        """The canonical value of each of `scalars`, null for all of them if the value is."""
        if not self.parts:
            return (value,)
        if value is None:
            return (None,) * len(self.parts)
        parts = _list_of(value)
        return tuple(parts) if len(parts) == len(self.parts) else (_NO_PART,) * len(self.parts)

    def among(self, values: Iterable[Json]) -> sa.ColumnElement[bool]:
        """Whether the field has one of some values, none of which is null."""
        if not self.parts:
            return self.compared.in_([self.bound(value) for value in values])
        return sa.tuple_(*(part.compared for part in self.parts)).in_([self._bound_parts(value) for value in values])

    def after(self, value: Json) -> sa.ColumnElement[bool]:
        """Whether the field comes after a value in the order of its columns."""
        if not self.parts:
            later: sa.ColumnElement[bool] = self.compared > self.bound(value)
            return later
        bound = zip(self.parts, self._bound_parts(value), strict=True)
        mine = sa.tuple_(*(part.compared for part in self.parts))
        last = sa.tuple_(*(sa.literal(one, part.compared.type) for part, one in bound))
        following: sa.ColumnElement[bool] = mine > last
        return following

    def equals(self, value: Json) -> sa.ColumnElement[bool]:
        """Whether the field has a value that is not null, as SQL compares."""
        pairs = zip(self.scalars, self.split(value), strict=True)
        return sa.and_(*(part.compared == part.bound(one) for part, one in pairs))

    def _bound_parts(self, value: Json) -> tuple[Any, ...]:
        return tuple(part.bound(one) for part, one in zip(self.parts, self.split(value), strict=True))


def bindings(entity: Entity) -> Mapping[str, Binding]:
    """The bindings of an entity by field name, in the order of the catalog, `id` first; its table keeps them."""
    of, made = entity.table.info.get(_KEPT, (None, None))
    if of is not entity:
        made = {ID: identity_binding(entity.table)} | {
            field.name: _binding(field, entity.table) for field in entity.fields.values()
        }
        entity.table.info[_KEPT] = entity, made
    kept: Mapping[str, Binding] = made
    return kept


def identity_binding(table: sa.FromClause) -> Binding:
    """The binding of the primary key of a table."""
    return _identity(ID, [(column, column) for column in primary_key(table)])


def primary_key(table: sa.FromClause) -> list[sa.Column[Any]]:
    """The columns of the primary key of a table, or of an alias of it."""
    return [column for column in table.primary_key if isinstance(column, sa.Column)]


def _identity(field: str, pairs: Sequence[tuple[sa.Column[Any], sa.Column[Any]]]) -> Binding:
    """The binding of columns that hold a primary key, each with the column of that key, whose type counts."""
    if len(pairs) == 1:
        return _single(field, *pairs[0])
    parts = tuple(_scalar(column.name, scalar_type(key), column, key.type) for column, key in pairs)
    columns = tuple(column for column, _ in pairs)
    read: sa.ColumnElement[Any] = JsonList(*(part.read for part in parts))
    if any(column.nullable for column in columns):  # only a whole reference is one
        read = sa.case((sa.or_(*(column.is_(None) for column in columns)), sa.null()), else_=read)
    return Binding(field, Text(), columns, read, read, identity_of, text_of, parts)


def _single(field: str, column: sa.Column[Any], key: sa.Column[Any]) -> Binding:
    type_ = scalar_type(key)
    if isinstance(type_, Integer):
        return _scalar(field, Integer(), column, key.type)
    plain = _scalar(field, type_, column, key.type)
    inward, outward = plain.inward, plain.outward

    def number(value: Any) -> int:
        return identity_of(str(inward(value) if inward else value))

    def value_of(number: int) -> Any:
        text = Decimal(text_of(number)) if isinstance(type_, Exact) else text_of(number)
        return outward(text) if outward else text

    return replace(plain, inward=number, outward=value_of)


def _scalar(field: str, type_: ScalarType, column: sa.Column[Any], stored: SqlType) -> Binding:
    if isinstance(type_, Sensitive):
        return _sensitive(_scalar(field, type_.inner, column, stored), type_)
    if isinstance(type_, Text) and is_opaque(stored):
        text = sa.cast(column, sa.Text())
        return Binding(field, type_, (column,), text, text, written=FromText(stored))
    if whole_numbers(stored):
        number = sa.cast(column, sa.BigInteger())
        return Binding(field, type_, (column,), number, number, written=sa.BigInteger())
    if isinstance(stored, sa.CHAR) and isinstance(type_, Text | Choice):
        return Binding(field, type_, (column,), Unpadded(column), sa.type_coerce(column, stored))
    read, compared = (sa.type_coerce(column, as_) for as_ in types_of(type_, stored))
    return Binding(field, type_, (column,), read, compared, *conversions_of(type_, stored))


def _sensitive(plain: Binding, type_: Sensitive) -> Binding:
    """The binding of a sensitive field: tokens inside, values outside."""
    seal = partial(type_.bound.token, type_.scope)
    inward, outward, reveal = plain.inward, plain.outward, partial(type_.bound.reveal, type_.scope)
    return replace(
        plain,
        inward=(lambda value: seal(inward(value))) if inward else seal,
        outward=(lambda token: outward(reveal(token))) if outward else reveal,
        plain=plain,
        seal=seal,
    )


def _binding(field: Field, table: sa.Table) -> Binding:
    if not isinstance(field.type, Reference):
        column = table.c[field.column]
        return _scalar(field.name, field.type, column, column.type)
    target = referred_table(table, field)
    there = dict(zip(field.refers_to, (table.c[name] for name in field.columns), strict=True))
    primary = primary_key(target)
    if there.keys() == {column.name for column in primary}:
        return _identity(field.name, [(there[column.name], column) for column in primary])
    return _looked_up(field.name, list(there.values()), [target.c[name] for name in there], target)


def referred_table(table: sa.Table, field: Field) -> sa.Table:
    """The table to whose rows a reference refers."""
    for key in table.c[field.column].foreign_keys:
        if key.constraint is not None and set(key.constraint.column_keys) == {*field.columns}:
            target: sa.Table = key.constraint.referred_table
            return target
    raise TypeError(f"{table.name}.{field.column}: no foreign key leads to {field.target}")


def _looked_up(
    field: str, columns: Sequence[sa.Column[Any]], referred: Sequence[sa.Column[Any]], target: sa.Table
) -> Binding:
    """The binding of columns that hold other unique columns of a row than its primary key."""
    there = target.alias()
    key = identity_binding(there)
    same = (there.c[theirs.name] == column for column, theirs in zip(columns, referred, strict=True))
    row = sa.select(key.read).where(*same).correlate(columns[0].table).scalar_subquery()
    return replace(key, field=field, columns=tuple(columns), read=row, compared=row, parts=(), is_looked_up=True)


def _list_of(identity: int) -> list[Json]:
    """The parts of a primary key of several columns."""
    try:
        parts = json.loads(text_of(identity), parse_float=Decimal)
    except ValueError:
        return []
    return parts if isinstance(parts, list) else []


def binder(type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Conversion | None:
    """Converts a value of a type to what the driver takes; None if they are the same. Numbers are cached."""
    process = type_.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(_REMEMBERED, typed=True)(process) if process and isinstance(type_, ExactDecimal) else process


def is_text_of_uuid(binding: Binding) -> bool:
    """Whether a field holds uuids in a text column, which may have them in any spelling."""
    return binding.inward is canonical_uuid and not isinstance(binding.column.type, sa.Uuid)

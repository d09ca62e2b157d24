"""Entities from SQLAlchemy tables: what the schema already says need not be declared again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bake.catalog.model import ID, Entity, Field
from bake.catalog.values import (
    Boolean,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Range,
    Real,
    Reference,
    Text,
    Timestamp,
    Uuid,
)


def entity(
    table: sa.Table,
    *,
    read_only: frozenset[str] = frozenset(),
    checks: Mapping[str, tuple[Any, ...]] | None = None,
    normal: Mapping[str, Callable[[str], str]] | None = None,
    **declared: Any,
) -> Entity:
    """An entity whose fields are the table's columns, but for the surrogate id.

    A column's `info` may narrow its type: `{"options": (…)}` makes a closed choice, to which
    `{"spellings": {…}}` says what other words for its options mean, `{"minimum": n}`, `{"above": n}`
    and `{"maximum": n}` bound a number, `{"uuid": True}` marks identifiers that are stored as text.

    Args:
        table: the table; its references are read off its foreign keys, `supplier_id` becoming the field `supplier`.
        read_only: names of fields that a create may give and an update must not change.
        checks: by field name, what would look wrong although it fits.
        normal: by field name, the form in which two ways of writing one name are equal, where it is a special one.
        declared: the remaining attributes of `Entity`.

    Raises:
        TypeError: a column has a type that Bake has no value for.
    """
    fields = [_field(column, read_only, checks or {}) for column in table.columns if column.name != ID]
    known = {f.name: f for f in fields}
    known |= {name: replace(known[name], normal=form) for name, form in (normal or {}).items()}
    known |= {name: replace(known[name], is_code=True) for name in declared.get("codes", ())}
    return Entity(name=str(table.name), table=table, fields=known, **declared)


def _field(column: sa.Column[Any], read_only: frozenset[str], checks: Mapping[str, tuple[Any, ...]]) -> Field:
    type_ = _reference(column) or _scalar(column)
    column_name = str(column.name)  # SQLAlchemy has a kind of text of its own
    name = column_name.removesuffix("_id") if isinstance(type_, Reference) else column_name
    has_default = column.default is not None or column.server_default is not None
    return Field(
        name=name,
        type=type_,
        column=column_name,
        required=not column.nullable and not has_default,
        nullable=bool(column.nullable),
        editable=name not in read_only and name != "uuid",
        checks=checks.get(name, ()),
    )


def _reference(column: sa.Column[Any]) -> Reference | None:
    for key in column.foreign_keys:
        return Reference(key.target_fullname.rsplit(".", 1)[0])
    return None


def _scalar(column: sa.Column[Any]) -> FieldType:
    info, type_ = column.info, column.type
    impl = type_.impl_instance if isinstance(type_, sa.types.TypeDecorator) else type_
    bounds = Range(*(_decimal(info.get(name)) for name in ("minimum", "maximum", "above")))
    match impl:
        case _ if "options" in info:
            options = tuple(info["options"])
            spellings = info.get("spellings", {}).items()
            return Choice(options, tuple((written, meant) for written, meant in spellings if meant in options))
        case _ if info.get("uuid"):
            return Uuid()
        case sa.Boolean():
            return Boolean()
        case sa.Integer():
            return Integer(bounds)
        case sa.Float():
            return Real(bounds)
        case sa.Numeric():
            return Exact(impl.precision or 38, impl.scale or 0, bounds)
        case sa.DateTime():
            return Timestamp()
        case sa.Date():
            return Date()
        case sa.JSON():
            return Document()
        case sa.Uuid():
            return Uuid()
        case sa.Enum():
            return Choice(tuple(impl.enums))
        case sa.String():
            return Text(impl.length)
        case _:
            raise TypeError(f"{column}: Bake has no value for the type {type_!r}")


def _decimal(bound: Any) -> Decimal | None:
    return None if bound is None else Decimal(str(bound))

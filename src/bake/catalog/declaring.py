"""Entities from SQLAlchemy tables: what a table already says need not be declared again."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity
from bake.catalog.field import Field
from bake.catalog.field_types import Reference, Sensitive, Text, Uuid
from bake.catalog.foreign_keys import Link, links
from bake.catalog.sql_types import scalar_type

#: What the name of a column ends with that refers to a row, and that of its field does not.
_KEY_ENDING = re.compile(r"(?:_id|(?<=[a-z0-9])I[dD])$", re.IGNORECASE)


def entity(
    table: sa.Table,
    *,
    read_only: frozenset[str] = frozenset(),
    sensitive: Collection[str] = (),
    checks: Mapping[str, tuple[Any, ...]] | None = None,
    normal: Mapping[str, Callable[[str], str]] | None = None,
    without: Collection[str] = (),
    entities: Collection[str] | None = None,
    **declared: Any,
) -> Entity:
    """An entity whose fields are the table's columns, but for a primary key that is a number without a meaning.

    That is a primary key of one column of whole numbers, unless `keys` or `counted` name it. Any other primary key is
    made of fields, which a create gives and an update does not change; one that is a uuid is the field `uuid`.

    A column's `info` may narrow its type: `{"options": (…)}` makes a closed choice, to which
    `{"spellings": {…}}` says what other words for its options mean, `{"minimum": n}`, `{"above": n}`
    and `{"maximum": n}` bound a number, `{"uuid": True}` marks identifiers that are stored as text, `{"kept": True}`
    what the database gives by itself, and `{"sensitive": True}` what is shown to nobody (`bake.catalog.sensitive`).

    Args:
        table: the table; its references are read off its foreign keys, `supplier_id` becoming the field `supplier`.
        read_only: names of fields that a create may give and an update must not change.
        sensitive: names of further fields whose values are shown to nobody.
        checks: by field name, what would look wrong although it fits.
        normal: by field name, the form in which two ways of writing one name are equal, where it is a special one.
        without: the names of columns that are no fields.
        entities: the names of the tables that are entities: foreign keys to others are no references. By default all.
        declared: the remaining attributes of `Entity`.

    Raises:
        TypeError: a column has a type that Bake has no value for.
    """
    named = {name for key in declared.get("keys", ()) for name in key} | {declared.get("counted")}
    fields = [one for one in _fields(table, without, entities) if one.name in named or not is_number(table, one.column)]
    primary = {str(column.name) for column in table.primary_key}
    known = {
        one.name: replace(
            one,
            editable=not (one.kept or one.name in read_only or one.name == "uuid" or primary & {*one.columns}),
            required=one.required and one.name not in ("uuid", declared.get("counted")),
            checks=(checks or {}).get(one.name, ()),
        )
        for one in fields
    }
    known |= {name: hidden(known[name], str(table.name)) for name in (*_marked(table, known), *sensitive)}
    known |= {name: replace(known[name], normal=form) for name, form in (normal or {}).items()}
    known |= {name: _coded(known[name]) for name in declared.get("codes", ())}
    return Entity(name=str(table.name), table=table, fields=known, **declared)


def _coded(declared: Field) -> Field:
    """A field as one of codes."""
    type_ = declared.type
    return replace(declared, is_code=True, type=replace(type_, code=True) if isinstance(type_, Text) else type_)


def _marked(table: sa.Table, fields: Mapping[str, Field]) -> list[str]:
    """The fields whose columns say that they are sensitive."""
    return [one.name for one in fields.values() if any(table.c[name].info.get("sensitive") for name in one.columns)]


def hidden(field: Field, entity: str) -> Field:
    """The field as a sensitive one of an entity.

    Raises:
        TypeError: it is a reference.
    """
    if isinstance(field.type, Reference):
        raise TypeError(f"{entity}.{field.name} is a reference, which cannot be sensitive: it names another row")
    inner = field.type.inner if isinstance(field.type, Sensitive) else field.type
    return replace(field, type=Sensitive(inner, f"{entity}.{field.name}"))


def _fields(table: sa.Table, without: Collection[str], entities: Collection[str] | None) -> Iterator[Field]:
    """The fields of a table in the order of their first columns, those of the primary key among them."""
    referring = {link.columns[0]: link for link in links(table, entities)}
    theirs = {name for link in referring.values() for name in link.columns}
    taken = {str(column.name).casefold() for column in table.columns}
    for column in table.columns:
        name = str(column.name)  # SQLAlchemy has a kind of text of its own
        if link := referring.get(name):
            called = _name_of_link(link, taken)
            type_, columns = Reference(link.target), [table.c[one] for one in link.columns]
            yield _field(called, type_, columns, further=link.columns[1:], refers_to=link.refers_to)
        elif name not in theirs and name not in without:
            yield _field(name_of_column(column), scalar_type(column), [column])


def _field(name: str, type_: Any, columns: Sequence[sa.Column[Any]], **more: Any) -> Field:
    given = any(column.default is not None or column.server_default is not None for column in columns)
    nullable = all(column.nullable and not column.primary_key for column in columns)
    kept = any(column.info.get("kept") or _is_kept_on_update(column) for column in columns)
    required = not (nullable or given or kept)
    return Field(name, type_, str(columns[0].name), required=required, nullable=nullable, kept=kept, **more)


def _is_kept_on_update(column: sa.Column[Any]) -> bool:
    return column.server_onupdate is not None and column.computed is None


def _name_of_link(link: Link, taken: set[str]) -> str:
    """What a reference is called: what its column is, without what says that it is a key, if nothing else is."""
    column = link.columns[0]
    short = _KEY_ENDING.sub("", column) if len(link.columns) == 1 else link.target
    if short and short.casefold() not in taken:
        taken.add(short.casefold())
        return short
    if len(link.columns) > 1:
        return "_".join(link.columns)
    return column if column != ID else f"{link.target}_{ID}"


def name_of_column(column: sa.Column[Any]) -> str:
    """What the field of a column is called that is no reference: as the column.

    But for two: a primary key `id` is called by the table, as `id` is what a record has for a row of this database; and
    a primary key that is a uuid is the `uuid`, which is what the rows of an entity are told apart by everywhere.
    """
    name, table = str(column.name), column.table
    alone = column.primary_key and len(table.primary_key.columns) == 1
    if alone and isinstance(scalar_type(column), Uuid) and "uuid" not in table.c:
        return "uuid"
    return name if name != ID else f"{table.name}_{ID}"


def is_number(table: sa.Table, column: str) -> bool:
    """Whether a column alone is the primary key, a whole number that the database may make, and no reference."""
    key = table.primary_key.columns
    return list(key.keys()) == [column] and isinstance(key[column].type, sa.Integer) and not key[column].foreign_keys

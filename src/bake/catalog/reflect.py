"""Entities and catalogs from SQLAlchemy tables: what the schema already says need not be declared again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity, Field
from bake.catalog.field_types import (
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
from bake.catalog.model import Catalog
from bake.errors import Problem, UsageError

#: The digits in all, and after the point, of a NUMERIC that is declared without them.
_ANY_DECIMAL = 38, 9


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
        return Reference(str(key.target_fullname).rsplit(".", 1)[0])
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
            return Exact(impl.precision, impl.scale or 0, bounds) if impl.precision else Exact(*_ANY_DECIMAL, bounds)
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


def reflect(
    source: sa.Engine | sa.Connection | sa.MetaData, *, name: str = "reflected", only: Collection[str] = ()
) -> Catalog:
    """A catalog of the tables of a database, or of SQLAlchemy's metadata, as far as the schema says it.

    An entity is made of each table with an integer primary key `id` and something else that names its rows: a uuid, or
    columns that are unique together and take no null. Keys of few columns come first, texts before numbers. Each entity
    has a view with all of its columns. What a schema does not say (labels, likeness, checks, names that need not
    be unique) can be added with `dataclasses.replace`, or by declaring the entity with `bake.entity`.

    Args:
        source: the database, whose tables are read; or metadata, as of declared models.
        name: the catalog's.
        only: names of tables; by default all. What they refer to has to be among them.

    Returns:
        The catalog.

    Raises:
        UsageError: none of the tables can be an entity, or one of `only` cannot; the message says why.
    """
    metadata = source if isinstance(source, sa.MetaData) else _read(source)
    known = metadata.tables.values() if metadata is source else sorted(metadata.tables.values(), key=lambda t: t.name)
    tables = {str(table.name): table for table in known if not table.name.startswith(_OWN)}
    unfit = {table: why for table in tables if (why := _unfit(tables[table]))}
    unfit |= {table: "there is no such table" for table in only if table not in tables}
    wanted = [table for table in tables if table in only] if only else [table for table in tables if table not in unfit]
    wrong = [f"{table}: {unfit[table]}" for table in (only or unfit) if table in unfit]
    if not wanted or (only and wrong):
        raise UsageError("no catalog can be made of these tables", problems=[Problem(text) for text in wrong])
    entities = {table: _entity(tables[table]) for table in wanted}
    for one in entities.values():
        if missing := {target for target in one.references.values() if target not in entities}:
            raise UsageError(
                f"{one.name} refers to {', '.join(sorted(missing))}, of which no entity can be made",
                problems=[Problem(f"{table}: {unfit[table]}") for table in missing if table in unfit],
                hint="leave it out with only=[…], or declare both with bake.entity",
            )
    bare = Catalog(name, metadata, entities)
    views = (replace(bare.plain_view(table), kind="view", name=table, envelope=table) for table in entities)
    return replace(bare, views=tuple(views))


#: How the names of Bake's own tables begin.
_OWN = "bake_"


def _read(source: sa.Engine | sa.Connection) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(source)
    if source.dialect.name == "sqlite":  # it tells of most UNIQUE clauses only by the index that it makes for each
        inspector = sa.inspect(source)
        for table in metadata.tables.values():
            for index in inspector.get_indexes(table.name, include_auto_indexes=True):
                if index["unique"] and index["name"] not in {known.name for known in table.indexes}:
                    table.append_constraint(sa.UniqueConstraint(*(name for name in index["column_names"] if name)))
    return metadata


def _unfit(table: sa.Table) -> str | None:
    """Why no entity can be made of a table."""
    primary = [str(column.name) for column in table.primary_key]
    if primary != [ID] or not isinstance(table.c[ID].type, sa.Integer):
        return f"its primary key is not an integer {ID}"
    try:
        made = _entity(table)
    except TypeError as error:
        return str(error)
    return None if made.identities else "nothing but its id names a row: no uuid, no unique columns without null"


def _entity(table: sa.Table) -> Entity:
    made = entity(table)
    names = {declared.column: name for name, declared in made.fields.items()}
    keys = [tuple(names[column] for column in columns) for columns in _unique(table) if ID not in columns]
    named = [key for key in keys if key != ("uuid",)]
    return replace(made, keys=tuple(sorted(named, key=lambda key: (len(key), not _is_text(made, key)))))


def _unique(table: sa.Table) -> Iterator[tuple[str, ...]]:
    """The columns that are unique together, none of which takes null, in the order of the table."""
    constraints = [c.columns.keys() for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    indexes = [i.columns.keys() for i in table.indexes if i.unique and _covers_all(i)]
    found = {tuple(str(c.name) for c in table.columns if c.name in names) for names in (*constraints, *indexes)}
    yield from sorted(names for names in found if names and not any(table.c[name].nullable for name in names))


def _covers_all(index: sa.Index) -> bool:
    """Whether an index is of columns as they are, and of all rows."""
    partial = any(options.get("where") is not None for options in index.dialect_options.values())
    return not partial and all(isinstance(one, sa.Column) for one in index.expressions)


def _is_text(made: Entity, key: tuple[str, ...]) -> bool:
    return all(isinstance(made.fields[name].type, (Text, Choice, Uuid)) for name in key)

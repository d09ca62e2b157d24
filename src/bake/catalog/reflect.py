"""Entities and catalogs from SQLAlchemy tables: what the schema already says need not be declared again."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from bake.catalog.entity import ID, Entity, Field
from bake.catalog.field_types import Reference, Text, Uuid
from bake.catalog.foreign_keys import Link, links, not_followed
from bake.catalog.model import Catalog
from bake.catalog.plain_view import automatic_view
from bake.catalog.sql_types import scalar_type
from bake.catalog.tables import not_an_entity, read_tables, unique_columns, unreadable_columns
from bake.errors import Problem, UsageError

#: What the name of a column ends with that refers to a row, and that of its field does not.
_KEY_ENDING = re.compile(r"(?:_id|(?<=[a-z0-9])I[dD])$", re.IGNORECASE)


def entity(
    table: sa.Table,
    *,
    read_only: frozenset[str] = frozenset(),
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
    and `{"maximum": n}` bound a number, `{"uuid": True}` marks identifiers that are stored as text.

    Args:
        table: the table; its references are read off its foreign keys, `supplier_id` becoming the field `supplier`.
        read_only: names of fields that a create may give and an update must not change.
        checks: by field name, what would look wrong although it fits.
        normal: by field name, the form in which two ways of writing one name are equal, where it is a special one.
        without: the names of columns that are no fields.
        entities: the names of the tables that are entities: foreign keys to others are no references. By default all.
        declared: the remaining attributes of `Entity`.

    Raises:
        TypeError: a column has a type that Bake has no value for.
    """
    named = {name for key in declared.get("keys", ()) for name in key} | {declared.get("counted")}
    fields = [
        one for one in _fields(table, without, entities) if one.name in named or not _is_number(table, one.column)
    ]
    primary = {str(column.name) for column in table.primary_key}
    known = {
        one.name: replace(
            one,
            editable=one.name not in read_only and one.name != "uuid" and primary.isdisjoint(one.columns),
            required=one.required and one.name not in ("uuid", declared.get("counted")),
            checks=(checks or {}).get(one.name, ()),
        )
        for one in fields
    }
    known |= {name: replace(known[name], normal=form) for name, form in (normal or {}).items()}
    known |= {name: replace(known[name], is_code=True) for name in declared.get("codes", ())}
    return Entity(name=str(table.name), table=table, fields=known, **declared)


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
    return Field(name, type_, str(columns[0].name), required=not nullable and not given, nullable=nullable, **more)


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


def _is_number(table: sa.Table, column: str) -> bool:
    """Whether a column alone is the primary key, a whole number that the database may make, and no reference."""
    key = table.primary_key.columns
    return list(key.keys()) == [column] and isinstance(key[column].type, sa.Integer) and not key[column].foreign_keys


@dataclass(frozen=True)
class Reflection:
    """What a schema says, and what it does not.

    Attributes:
        catalog: the entities and a view for each.
        left_out: by name, the tables of which no entity is made, each with the reason.
        notes: by entity, what of its table the catalog does not say, in sentences.
    """

    catalog: Catalog
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def reflect(
    source: sa.Engine | sa.Connection | sa.MetaData, *, name: str = "reflected", only: Collection[str] = ()
) -> Catalog:
    """A catalog of the tables of a database, or of SQLAlchemy's metadata, as far as the schema says it.

    An entity is made of each table with a primary key. Its rows are named by columns that are unique together and take
    no null (few columns first, texts before numbers), by a primary key that means something (texts, several columns,
    references), by a uuid, or else by the number that is its primary key, of which new rows get the next one. Each
    entity has a view with all of its columns. What a schema does not say (labels, likeness, checks, names that need not
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
    return reflection(source, name=name, only=only).catalog


def reflection(
    source: sa.Engine | sa.Connection | sa.MetaData, *, name: str = "reflected", only: Collection[str] = ()
) -> Reflection:
    """The same, and what is left out of it. Arguments and errors are those of `reflect`."""
    metadata = source if isinstance(source, sa.MetaData) else read_tables(source)
    known = metadata.tables.values() if metadata is source else sorted(metadata.tables.values(), key=lambda t: t.name)
    tables = {str(table.name): table for table in known if not table.name.startswith(_OWN)}
    unfit = {one: why for one, table in tables.items() if (why := not_an_entity(table))}
    no_such = {table: "there is no such table" for table in only if table not in tables}
    _refuse([f"{table}: {why}" for table in only if (why := (no_such | unfit).get(table))])
    wanted = {one: table for one, table in tables.items() if one not in unfit and (one in only or not only)}
    for table in only:
        _check_targets(tables[table], wanted, unfit)
    entities = _Entities(wanted)
    made = {one: item for one in wanted if (item := entities.made.get(one))}
    unfit |= entities.unnamed
    if not made:
        _refuse([f"{table}: {why}" for table, why in unfit.items()] or ["there are no tables"])
    bare = Catalog(name, metadata, made)
    views = tuple(automatic_view(made, item) for item in made.values())
    notes = {one: [*unreadable_columns(wanted[one]).values(), *not_followed(wanted[one], made)] for one in made}
    return Reflection(replace(bare, views=views), unfit, {one: lines for one, lines in notes.items() if lines})


#: How the names of Bake's own tables begin.
_OWN = "bake_"


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise UsageError("no catalog can be made of these tables", problems=[Problem(text) for text in problems])


def _check_targets(table: sa.Table, wanted: Collection[str], unfit: Mapping[str, str]) -> None:
    if missing := {link.target for link in links(table)} - {*wanted}:
        raise UsageError(
            f"{table.name} refers to {', '.join(sorted(missing))}, of which no entity can be made",
            problems=[Problem(f"{one}: {unfit[one]}") for one in sorted(missing) if one in unfit],
            hint="leave it out with only=[…], or declare both with bake.entity",
        )


class _Entities:
    """The entities of some tables, each made after those that it refers to, as its keys are made of theirs.

    Attributes:
        made: the entities by name.
        unnamed: the tables whose rows nothing names without going around in a circle, each with a sentence on it.
    """

    def __init__(self, tables: Mapping[str, sa.Table]) -> None:
        self._tables = tables
        self.made: dict[str, Entity] = {}
        self.unnamed: dict[str, str] = {}
        for name in tables:
            self._visit(name, ())

    def _visit(self, name: str, path: tuple[str, ...]) -> None:
        if name in self.made or name in path or name in self.unnamed or name not in self._tables:
            return
        for link in links(self._tables[name], self._tables):
            self._visit(link.target, (*path, name))
        self._make(self._tables[name])

    def _make(self, table: sa.Table) -> None:
        made = entity(table, without=_without(table), entities=self._tables, counted=_counted(table))
        candidates = [fields for columns in _key_columns(table) if (fields := made.of_columns(columns))]
        named = (key for key in candidates if key != ("uuid",) and made.counted not in key)
        keys = tuple(key for key in named if self._is_named(made, key))
        if keys or "uuid" in made.fields:
            others = {name: declared for name, declared in made.fields.items() if name != made.counted}
            made = replace(made, keys=keys, counted=None, fields=others)
        if not made.identities:
            self.unnamed[str(table.name)] = "its primary key is made of references that lead back to it"
            return
        self.made[str(table.name)] = _called(made)

    def _is_named(self, made: Entity, key: tuple[str, ...]) -> bool:
        """Whether the rows that a key refers to have names of their own."""
        return all(made.references[name] in self.made for name in key if name in made.references)


def _key_columns(table: sa.Table) -> list[tuple[str, ...]]:
    """The columns of the keys of a table, best first: unique ones, few before many; then a key that means something."""
    primary = tuple(str(column.name) for column in table.primary_key)
    texts = {str(column.name) for column in table.columns if isinstance(column.type, sa.String | sa.Uuid)}
    unique = sorted(set(unique_columns(table)) - {primary}, key=lambda key: (len(key), not texts.issuperset(key), key))
    return [*unique, *([] if _is_number(table, primary[0]) else [primary])]


def _counted(table: sa.Table) -> str | None:
    """The field that is the primary key, if that is a number which the database may make."""
    [column, *others] = table.primary_key.columns
    return name_of_column(column) if not others and _is_number(table, str(column.name)) else None


def _without(table: sa.Table) -> set[str]:
    return {*unreadable_columns(table)}


#: Columns whose text is what people call a row.
_NAMES = ("name", "title", "label", "subject")


def _called(made: Entity) -> Entity:
    """The entity, with a text by which people see its rows if its keys have none: what is called a name or title."""
    texts = [name for name, declared in made.fields.items() if isinstance(declared.type, Text)]
    if any(name in texts for key in made.keys for name in key):
        return made
    known = {"".join(filter(str.isalnum, name.casefold())): name for name in texts}
    own = "".join(filter(str.isalnum, made.name.casefold())).removesuffix("s")
    both = [known[one] for one in ("firstname", "lastname") if one in known]
    if len(both) > 1:
        return replace(made, label=" ".join(f"{{{one}}}" for one in both))
    title = next((known[one] for one in (*_NAMES, f"{own}name") if one in known), None)
    if title is None:
        return made
    return replace(made, alternates=(title,), label=f"{{{title}}}" if re.fullmatch(r"\w+", title) else "")

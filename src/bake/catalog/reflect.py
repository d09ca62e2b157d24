"""Catalogs of the tables of a database: what the schema already says need not be declared again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from bake.catalog.catalog_file import At, CatalogFile, EntityEntry
from bake.catalog.declared_views import DeclaredViews
from bake.catalog.entity import Entity
from bake.catalog.foreign_keys import links, not_followed
from bake.catalog.kept_columns import read_triggers
from bake.catalog.model import Catalog
from bake.catalog.plain_view import automatic_view
from bake.catalog.reflected_entities import Entities
from bake.catalog.tables import no_tables, not_an_entity, read_tables, unreadable_columns
from bake.errors import Problem, UsageError


@dataclass(frozen=True)
class Reflection:
    """What a schema says, and what it does not.

    Attributes:
        catalog: the entities and a view for each.
        left_out: by name, the tables of which no entity is made, each with the reason.
        notes: by entity, what of its table the catalog does not say, in sentences.
        mistakes: by entity and key of its entry in `catalog.toml`, what is wrong there.
    """

    catalog: Catalog
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mistakes: Mapping[tuple[str, str], str] = field(default_factory=dict)


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
    source: sa.Engine | sa.Connection | sa.MetaData,
    *,
    name: str = "reflected",
    only: Collection[str] = (),
    entries: Mapping[str, EntityEntry] | None = None,
    schema: str | None = None,
) -> Reflection:
    """The same, and what is left out of it.

    Args:
        source: as of `reflect`.
        name: as of `reflect`.
        only: as of `reflect`.
        entries: what `catalog.toml` says of tables; of others, what the schema says.
        schema: of a database, the schema whose tables are read.

    Raises:
        UsageError: as `reflect`.
    """
    if isinstance(source, sa.Engine):
        with source.connect() as connection:
            return reflection(connection, name=name, only=only, entries=entries, schema=schema)
    if isinstance(source, sa.MetaData):
        known, unfit = {str(one.name): one for one in source.tables.values()}, dict[str, str]()
    else:
        triggers = read_triggers(source, schema)
        known, unfit = read_tables(source, triggers, schema), no_tables(source, triggers, schema)
    tables = {one: table for one, table in known.items() if not one.startswith(_OWN)}
    unfit |= {one: why for one, table in tables.items() if one not in unfit and (why := not_an_entity(table))}
    no_such = {table: "there is no such table" for table in only if table not in tables}
    _refuse([f"{table}: {why}" for table in only if (why := (no_such | unfit).get(table))])
    wanted = {one: table for one, table in tables.items() if one not in unfit and (one in only or not only)}
    for table in only:
        _check_targets(tables[table], wanted, unfit)
    return _reflected(name, wanted, unfit, entries or {})


def of_file(source: sa.Connection, said: CatalogFile) -> tuple[Reflection, dict[At, str]]:
    """What `catalog.toml` makes of the tables of a database, and what in it does not fit them.

    Args:
        source: a connection to the database.
        said: the file; tables that it does not name are no entities.

    Returns:
        The reflection, and what is wrong in the file, by its place.
    """
    there = read_tables(source, read_triggers(source, said.schema), said.schema)
    tables = {name: there[name] for name in said.entities if name in there}
    unfit = {name: why for name, table in tables.items() if (why := not_an_entity(table))}
    wanted = {name: table for name, table in tables.items() if name not in unfit}
    found = _reflected(said.name, wanted, dict(said.left_out), said.entities)
    lacking = dict.fromkeys(said.entities.keys() - tables.keys(), "there is no such table")
    mistakes = {("entities", name, ""): why for name, why in (lacking | unfit).items()}
    mistakes |= {("entities", *at): what for at, what in found.mistakes.items()}
    views = DeclaredViews(found.catalog.entities, said.views)
    catalog = replace(found.catalog, views=(*found.catalog.views, *views.made))
    return replace(found, catalog=catalog), mistakes | {("views", *at): what for at, what in views.mistakes.items()}


def _reflected(
    name: str, tables: Mapping[str, sa.Table], unfit: dict[str, str], entries: Mapping[str, EntityEntry]
) -> Reflection:
    entities = Entities(tables, entries)
    made = {one: item for one in tables if (item := entities.made.get(one))}
    unfit |= entities.unnamed
    if not made and not entries:
        _refuse([f"{table}: {why}" for table, why in unfit.items()] or ["there are no tables"])
    views = tuple(automatic_view(made, item) for item in made.values())
    notes = {
        one: [*unreadable_columns(tables[one]).values(), *not_followed(tables[one], made), *_circle(made, one)]
        for one in made
    }
    tables_left = (f"{table}: {why}" for table, why in unfit.items())
    columns_left = (line for one in made for line in unreadable_columns(tables[one]).values())
    metadata = next((table.metadata for table in tables.values()), sa.MetaData())
    catalog = Catalog(name, metadata, made, views, (*tables_left, *columns_left))
    return Reflection(catalog, unfit, {one: lines for one, lines in notes.items() if lines}, entities.mistakes)


def _circle(entities: Mapping[str, Entity], name: str) -> Iterator[str]:
    """A sentence on an entity whose rows need others that need them."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        item = entities[waiting.pop()]
        needed = {target for field, target in item.references.items() if not item.fields[field].nullable} - reached
        reached |= needed
        waiting += needed
    if name in reached:
        how = "none can be made in an empty table, as the database makes their primary key"
        how = how if entities[name].has_surrogate else "they are made, and taken back, together with those"
        yield f"rows of it need rows that need rows of it: {how}"


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

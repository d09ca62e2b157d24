"""The functions `reflect_catalog` and `check_catalog`: the file of a catalog, and what in it is doubtful."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from bake.app.catalog_loading import read_file, reflected
from bake.app.project import Project
from bake.app.settings import CATALOG_FILE
from bake.catalog.catalog_file import CatalogFile
from bake.catalog.catalog_text import catalog_text, column_lines, merged_text
from bake.catalog.entity import Entity
from bake.catalog.model import Catalog
from bake.catalog.reflect import Reflection, reflection
from bake.database.constraints.uniqueness import keys_not_held
from bake.errors import UsageError

#: What a new catalog is called if nothing else is said.
_NAME = "reflected"


@dataclass(frozen=True, slots=True)
class CatalogFileResult:
    """The result of `bake.reflect_catalog`.

    Attributes:
        path: the file.
        entities: by name, the key by which the rows of each are named.
        left_out: by name, the tables that are no entities, each with the reason.
        changes: what is otherwise than the file had it, in sentences; empty for a new file.
    """

    path: Path
    entities: dict[str, tuple[str, ...]]
    left_out: dict[str, str]
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogCheck:
    """The result of `bake.check_catalog`: what is doubtful, in sentences; empty if nothing is."""

    doubts: tuple[str, ...]


def reflect_catalog(
    project: Project,
    *,
    output: str | os.PathLike[str] | None = None,
    name: str | None = None,
    schema: str | None = None,
) -> CatalogFileResult:
    """Write a file of a catalog from the tables of a database, or bring one up to date.

    In a file that is there, entries stay as they are written; new tables get an entry, and the lists of columns become
    those of today.

    Args:
        project: whose database is read.
        output: the file; by default `catalog.toml` in the project's folder.
        name: the catalog's name, for a new file: copies of a database have the same, or sets of one are refused by
            the other.
        schema: the schema whose tables are read, for a new file; by default the one that needs not be named.

    Raises:
        UsageError: no table can be an entity, or the file cannot be read or written.
        DatabaseUnavailable: the database cannot be read.
    """
    path = project.place(output, CATALOG_FILE)
    text, said = read_file(path) if path.exists() else ("", CatalogFile(name=name or _NAME, schema=schema))
    with project.reading() as connection:
        everything = reflection(connection, name=said.name, entries=said.entities, schema=said.schema)
        found = _without(everything, said)
        remarks = {item.name: list(_counts(connection, item)) for item in found.catalog.entities.values()}
    written = merged_text(text, said, found, remarks) if text else catalog_text(found, remarks, schema)
    try:
        path.write_text(written, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None
    named = {one: item.portable_keys[0] for one, item in found.catalog.entities.items()}
    changes = tuple(_changes(said, found.catalog)) if text else ()
    return CatalogFileResult(path, named, {**found.left_out, **said.left_out}, changes)


def check_catalog(project: Project) -> CatalogCheck:
    """Say what is doubtful about the project's catalog: where the tables are otherwise, and which keys are not sure.

    Args:
        project: the project; its catalog is a file.

    Raises:
        UsageError: the catalog is no file, or an entry does not fit the tables.
        DatabaseUnavailable: the database cannot be read.
    """
    if project.catalog_file is None:
        raise UsageError("the catalog is no file", hint="bake catalog reflect writes one")
    text, said = read_file(project.catalog_file)
    with project.reading() as connection:
        found = reflected(connection, project.catalog_file, text, said)
        everything = reflection(connection, name=said.name, entries=said.entities, schema=said.schema)
        keys = list(_unsure_keys(connection, found.catalog))
    notes = (f"{one}: {line}" for one, lines in found.notes.items() for line in lines)
    return CatalogCheck((*_changes(said, _without(everything, said).catalog), *keys, *notes))


def _without(found: Reflection, said: CatalogFile) -> Reflection:
    """The reflection without the tables that the file leaves out."""
    kept = {name: item for name, item in found.catalog.entities.items() if name not in said.left_out}
    return replace(found, catalog=replace(found.catalog, entities=kept, views=()))


def _counts(connection: sa.Connection, item: Entity) -> Iterator[str]:
    """How many rows there are, and how many of them have a name of their own, where a number is the key."""
    rows = connection.execute(sa.select(sa.func.count()).select_from(item.table)).scalar_one()
    yield f"{rows:,} rows"
    for name in item.alternates if item.counted and rows else ():
        column = item.table.c[item.fields[name].column]
        different = connection.execute(sa.select(sa.func.count(sa.distinct(column)))).scalar_one()
        verdict = "it could be a key" if different == rows else "no key"
        yield f"{name}: {different:,} different ones in {rows:,} rows, {verdict}"


def _changes(said: CatalogFile, now: Catalog) -> Iterator[str]:
    """What is otherwise than a file has it."""
    for name, item in now.entities.items():
        if name not in said.entities:
            yield f"{name}: a table that is not in the file"
        elif before := said.entities[name].columns:
            yield from _changed_columns(name, before, column_lines(item.table))
    for name in said.entities.keys() - now.entities.keys():
        yield f"{name}: there is no such table any more"


def _changed_columns(entity: str, before: list[str], after: list[str]) -> Iterator[str]:
    yield from (f"{entity}: is no more: {line}" for line in before if line not in after)
    yield from (f"{entity}: is new: {line}" for line in after if line not in before)


def _unsure_keys(connection: sa.Connection, catalog: Catalog) -> Iterator[str]:
    """The natural keys that the database does not hold unique, with how many values several rows have."""
    for name, item in catalog.entities.items():
        for key in keys_not_held(connection, catalog, name):
            columns = [item.table.c[column] for field in key for column in item.fields[field].columns]
            groups = sa.select(sa.literal(1)).select_from(item.table).group_by(*columns).having(sa.func.count() > 1)
            doubled = connection.execute(sa.select(sa.func.count()).select_from(groups.subquery())).scalar_one()
            having = f"{doubled:,} values of it are those of several rows" if doubled else "no two rows share one now"
            yield f"{name}: the database does not hold {', '.join(key)} unique; {having}"

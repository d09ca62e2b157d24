"""The tables of a catalog as they are, without surrogate ids, and rows put into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import sqlalchemy as sa
from support.market import MARKET

from bake.catalog.model import Catalog
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.writing.writer import Writer

#: By entity its rows by uuid, or by id where they have none; a reference is that of the row that it names.
Contents: TypeAlias = dict[str, dict[str, dict[str, Any]]]


def contents(connection: sa.Connection, catalog: Catalog = MARKET) -> Contents:
    """Everything in the tables, comparable from one database to another."""
    snapshot = DatabaseSnapshot(connection, catalog)
    rows = {name: list(snapshot.scan(name, list(item.fields))) for name, item in catalog.entities.items()}
    uuids = {(n, row.id): row.values.get("uuid") or f"id {row.id}" for n, those in rows.items() for row in those}
    found: Contents = {}
    for name, those in rows.items():
        references = catalog.entities[name].references
        found[name] = {
            uuids[name, row.id]: {
                field: uuids[references[field], value] if field in references and value is not None else value
                for field, value in row.values.items()
            }
            for row in those
        }
    return found


def seed(connection: sa.Connection, rows: Mapping[str, Sequence[Mapping[str, Any]]], catalog: Catalog = MARKET) -> None:
    """Insert rows as `MemorySnapshot` takes them: with their ids, references as ids, even in cycles."""
    writer = Writer(connection, catalog)
    fillable = {
        name: [field for field in item.references if item.fields[field].nullable]
        for name, item in catalog.entities.items()
    }
    for name in catalog.order:
        insert(writer, name, [{**row, **dict.fromkeys(fillable[name])} for row in rows.get(name, ())])
    for name, fields in fillable.items():
        given = [(row["id"], {field: row.get(field) for field in fields}) for row in rows.get(name, ())]
        writer.update(name, given)
    if connection.dialect.name == "postgresql":  # whose sequences do not see the ids that are given
        for item in catalog.entities.values():
            last = sa.select(sa.func.max(item.table.c.id)).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(item.table.name, "id")
            connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1))))


@contextmanager
def in_memory(metadata: sa.MetaData) -> Iterator[sa.Connection]:
    """Tables without rows, in an SQLite database of their own."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as opened:
        metadata.create_all(opened)
        yield opened
    engine.dispose()


def insert(writer: Writer, entity: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows; those that lack different fields go in separately, unless what they lack is null by default."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(sorted({*row, *writer.left_null(entity)})), []).append(row)
    for fields, group in groups.items():
        writer.insert_columns(entity, {name: [row.get(name) for row in group] for name in fields}, len(group))

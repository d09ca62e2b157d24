"""One entity's file of a normalized set, read page after page and sorted: memory does not grow with the table."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from bake.catalog.model import ID
from bake.catalog.values import Json
from bake.database.pages import count, pages
from bake.database.selection import Values
from bake.exporter.naming import Names
from bake.exporter.ordering import in_order
from bake.exporter.shape import Shape, naming_key
from bake.sources.manifest import VERSION

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What all files of one export say of it."""

    export_id: str
    exported_at: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a file came to: its records, and the digest of its bytes in hexadecimal."""

    records: int
    sha256: str


def write_entity(
    path: Path,
    connection: sa.Connection,
    names: Names,
    shape: Shape,
    stamp: Stamp,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Written:
    """Write the file of an entity: its envelope, then a record a line, in the order of their names.

    Args:
        path: where to; its folder may hold temporary files meanwhile.
        connection: within a transaction, so that the count and the records are of one state.
        names: what the rows are called that records refer to.
        shape: the columns.
        stamp: which export this is.
        tell: hears how many of the rows are read, and how many there are.
    """
    total = count(connection, shape.entity)
    lines = in_order(_lines(connection, names, shape, lambda done: tell(done, total)), path.parent)
    return _write(path, _envelope(shape, stamp, total), lines)


def write_records(path: Path, shape: Shape, stamp: Stamp, records: Sequence[Mapping[str, Json]]) -> Written:
    """Write the file of an entity from records that are there already, in their order.

    Args:
        path: where to.
        shape: the entity, and the references that the file's schema declares.
        stamp: which export this is.
        records: canonical values by column of the entity's own records; columns that are not there say nothing.
    """
    return _write(path, _envelope(shape, stamp, len(records)), iter([_encoded(records)] if records else []))


def _write(path: Path, envelope: dict[str, Json], lines: Iterator[list[bytes]]) -> Written:
    digest = hashlib.sha256()
    with path.open("xb") as stream:
        for block in _blocks(envelope, lines):
            digest.update(block)
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
    return Written(envelope["record_count"], digest.hexdigest())


def schema(shape: Shape) -> dict[str, Json]:
    """What a file says of its columns: the surrogate key, the field that names a row, the references."""
    keys = {
        link.id_column or link.field: {"references": f"{link.target}.{ID}", "lookup_field": link.lookup_column}
        for link in shape.links.values()
    }
    return {"primary_key": ID, "slug_field": shape.slug_field, "foreign_keys": keys}


def _envelope(shape: Shape, stamp: Stamp, records: int) -> dict[str, Json]:
    return {
        "file_version": VERSION,
        "entity_type": shape.entity.name,
        "export_id": stamp.export_id,
        "exported_at": stamp.exported_at,
        "record_count": records,
        "schema": schema(shape),
        "records": [],
    }


def _blocks(envelope: dict[str, Json], lines: Iterator[list[bytes]]) -> Iterator[bytes]:
    yield msgspec.json.format(_ENCODER.encode(envelope), indent=2).removesuffix(b"]\n}")
    between = b"\n"
    for block in lines:
        yield between + b",\n".join(block)
        between = b",\n"
    yield b"\n]\n}\n" if between == b",\n" else b"]\n}\n"


def _lines(
    connection: sa.Connection, names: Names, shape: Shape, tell: Callable[[int], None]
) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """The names of rows, by which they are sorted, and their records."""
    row = _row_type(shape.columns)
    key = naming_key(shape.entity)
    done = 0
    for ids, *page in pages(connection, shape.entity, shape.fields):
        fields = dict(zip(shape.fields, page, strict=True))
        named = {name: names.of(link, fields[name]) for name, link in shape.links.items()}
        keys = zip(*(named.get(name, fields[name]) for name in key), strict=True)
        yield _encoded(keys), _encoded(map(row, ids, *_columns(shape, fields, named)))
        done += len(ids)
        tell(done)


def _encoded(values: Iterable[Json]) -> list[bytes]:
    """Each value in one line: JSON has its line ends escaped."""
    # A list: given an iterator, exports held on to all that they had encoded (85 MB after 100,000 rows).
    return _ENCODER.encode_lines(list(values)).split(b"\n")[:-1]


def _columns(shape: Shape, fields: dict[str, Values], named: dict[str, Values]) -> Iterator[Values]:
    """The columns of the records after the id."""
    for name, values in fields.items():
        link = shape.links.get(name)
        if link is None or link.id_column is not None:
            yield values
        if link is not None:
            yield named[name]


def _row_type(columns: list[str]) -> type[Any]:
    """A type whose instances are encoded as objects with these members: faster than dictionaries."""
    fields = [f"c{n}" for n in range(len(columns))]
    return msgspec.defstruct("Row", fields, rename=dict(zip(fields, columns, strict=True)), gc=False)

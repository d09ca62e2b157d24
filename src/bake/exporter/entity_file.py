"""Write one entity's file of a normalized set. Rows are read in pages and sorted on disk, so memory stays bounded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from bake.catalog.entity import ID
from bake.catalog.values import Json
from bake.database.reading.selection import Values
from bake.exporter.naming import Names
from bake.exporter.ordering import in_order
from bake.exporter.shape import Shape, naming_key
from bake.sources.normalized.manifest import VERSION

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Stamp:
    """The id and the time of an export, which all its files carry."""

    export_id: str
    exported_at: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was written to a file: the number of records, and the SHA-256 digest of its bytes in hexadecimal."""

    records: int
    sha256: str


def write_entity(
    path: Path,
    names: Names,
    shape: Shape,
    stamp: Stamp,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Written:
    """Write the file of an entity from the database: its envelope, then one record a line, sorted by key.

    Args:
        path: the file to write, which must not exist; temporary files are written to its folder.
        names: the rows, and the keys of those that records refer to; of one state of the database.
        shape: the entity and its columns.
        stamp: the id and time of the export.
        tell: called after each page with the number of rows read, and the number of all rows.
    """
    total = names.snapshot.count(shape.entity.name)
    lines = in_order(_lines(names, shape, lambda done: tell(done, total)), path.parent)
    return _write(path, _envelope(shape, stamp, total), lines)


def write_records(path: Path, shape: Shape, stamp: Stamp, records: Sequence[Mapping[str, Json]]) -> Written:
    """Write the file of an entity from records in memory, in the order given.

    Args:
        path: the file to write, which must not exist.
        shape: the entity, and the references that the file's schema declares.
        stamp: the id and time of the export.
        records: canonical values by column; a column may be missing from a record.
    """
    return _write(path, _envelope(shape, stamp, len(records)), iter([_encoded(records)] if records else []))


def _write(path: Path, envelope: dict[str, Json], lines: Iterator[list[bytes]]) -> Written:
    """Write a new file and flush it to the disk; `lines` are blocks of encoded records."""
    digest = hashlib.sha256()
    with path.open("xb") as stream:
        for block in _blocks(envelope, lines):
            digest.update(block)
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
    return Written(envelope["record_count"], digest.hexdigest())


def schema(shape: Shape) -> dict[str, Json]:
    """The `schema` member of a file's envelope: the surrogate key, the slug field, and the references."""
    keys = {
        link.id_column or link.field: {"references": f"{link.target}.{ID}", "lookup_field": link.lookup_column}
        for link in shape.links.values()
        if link.id_column is not None or not link.whole
    }
    primary_key = ID if shape.entity.has_surrogate else ", ".join(naming_key(shape.entity))
    return {"primary_key": primary_key, "slug_field": shape.slug_field, "foreign_keys": keys}


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
    """The bytes of a file: the envelope with the records, one a line, inserted into its last member, `records`."""
    yield msgspec.json.format(_ENCODER.encode(envelope), indent=2).removesuffix(b"]\n}")
    between = b"\n"
    for block in lines:
        yield between + b",\n".join(block)
        between = b",\n"
    yield b"\n]\n}\n" if between == b",\n" else b"]\n}\n"


def _lines(names: Names, shape: Shape, tell: Callable[[int], None]) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """The rows of the entity, page by page: their encoded keys, to sort by, and their encoded records."""
    row = _row_type(shape.columns)
    key = naming_key(shape.entity)
    done = 0
    for ids, *page in names.snapshot.pages(shape.entity.name, shape.fields):
        fields = dict(zip(shape.fields, page, strict=True))
        for name, link in shape.links.items():
            names.check(shape.entity, link, ids, fields[name])
        named = {name: names.of(link, fields[name]) for name, link in shape.links.items()}
        keys = zip(*(named.get(name, fields[name]) for name in key), strict=True)
        surrogate = [ids] if shape.entity.has_surrogate else []
        yield _encoded(keys), _encoded(map(row, *surrogate, *_columns(shape, fields, named)))
        done += len(ids)
        tell(done)


def _encoded(values: Iterable[Json]) -> list[bytes]:
    """Encode each value as one line of JSON, which contains no line end, since JSON escapes them."""
    # A list, since with an iterator all that was encoded stayed in memory (85 MB after 100,000 rows).
    return _ENCODER.encode_lines(list(values)).split(b"\n")[:-1]


def _columns(shape: Shape, fields: dict[str, Values], named: dict[str, Values]) -> Iterator[Values]:
    """The columns of the records after the id, in the order of `Shape.columns`."""
    for name, values in fields.items():
        link = shape.links.get(name)
        if link is None or link.id_column is not None:
            yield values
        if link is not None:
            yield named[name]


def _row_type(columns: list[str]) -> type[Any]:
    """A struct type whose instances are encoded as JSON objects with these members; faster than dictionaries."""
    fields = [f"c{n}" for n in range(len(columns))]
    return msgspec.defstruct("Row", fields, rename=dict(zip(fields, columns, strict=True)), gc=False)

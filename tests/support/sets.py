"""Databases full of rows, made for any catalog, and sets compared without what may differ."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from support.copies import copied
from support.tables import insert

from bake.app.init import initialise
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.catalog.entity import ID, Entity
from bake.catalog.field_types import (
    Boolean,
    Bytes,
    Choice,
    Date,
    Document,
    Exact,
    FieldType,
    Integer,
    Range,
    Real,
    Text,
    Timestamp,
    Uuid,
)
from bake.catalog.lookups import complete, frozen_values
from bake.catalog.model import Catalog
from bake.catalog.values import canonical_double, canonical_instant, exact
from bake.database.writing.writer import Writer

#: The rows of a database: by entity, canonical values with their ids.
Rows = dict[str, list[dict[str, Any]]]

AWKWARD = (
    "",
    " ",
    "Wilson's Farm",
    'say "a:b"',
    "Wegmans",
    "Crème Brûlée",
    "小麦粉",
    "a\nb\tc",
    "%_",
    "=1+1",
    "null",
    "\u2028",
)

_DIFFERS = re.compile(rb'"(?:id|[^"]+_id)":\d+')
_STAMPS = re.compile(rb'"(export_id|exported_at|checksum_sha256)": ?"[^"]*"')


def project_at(folder: Path, catalog_name: str = DEFAULT_CATALOG) -> Project:
    """A project with an empty database."""

    def make(made: Path) -> None:
        initialise(Project(f"sqlite:///{made / 'bake.db'}", catalog_name, folder=made))

    copied(("project", catalog_name), folder, make)
    return Project(f"sqlite:///{folder / 'bake.db'}", catalog_name, folder=folder)


def fill(project: Project, rows: Rows, shift: int = 0) -> None:
    """Write rows; with a shift, rows come in the opposite order, and every id is another."""
    with project.connect() as database, database.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        writer = Writer(connection, project.catalog)
        for name, those in rows.items():
            item = project.catalog.entities[name]
            moved = [_moved(item, row, shift) for row in those]
            for row in moved[:: -1 if shift else 1]:
                insert(writer, name, [row])


def _moved(item: Entity, row: Mapping[str, Any], shift: int) -> dict[str, Any]:
    ids = (ID, *item.references)
    return {
        name: shift - value if shift and name in ids and value is not None else value for name, value in row.items()
    }


def comparable(folder: Path) -> dict[str, bytes]:
    """The files of a set by name, without surrogate ids, time, export id, and the checksums that follow from them."""
    return {
        path.name: _DIFFERS.sub(b'"id":0', _STAMPS.sub(rb'"\1"', path.read_bytes()))
        for path in sorted(folder.iterdir())
    }


@st.composite
def databases(
    draw: st.DrawFn, catalog: Catalog, fits: Callable[[str, dict[str, Any]], bool] = lambda _name, _row: True
) -> Rows:
    """A few rows of each entity that keep the catalog's keys: names may repeat, keys may not.

    `fits` says what else must hold of a row of an entity; it may change the row.
    """
    rows: Rows = {}
    for name in catalog.order:
        item = catalog.entities[name]
        rows[name] = []
        taken: set[object] = set()
        for number in range(1, draw(st.integers(0, 3)) + 1):
            row = _row(draw, item, number, rows)
            if row is None or not fits(name, row):
                continue
            keys = [(key, frozen_values(key, row)) for key in item.identities if complete(item, key, row)]
            if keys and taken.isdisjoint(keys):
                taken.update(keys)
                rows[name].append(row)
    return rows


def _row(draw: st.DrawFn, item: Entity, number: int, rows: Rows) -> dict[str, Any] | None:
    row: dict[str, Any] = {ID: number}
    for field in item.fields.values():
        if field.target is None:
            values: st.SearchStrategy[Any] = canonical(field.type)
        else:
            there = [other[ID] for other in rows.get(field.target, ())]
            if not there and not field.nullable:
                return None
            values = st.sampled_from(there) if there else st.none()
        row[field.name] = draw(values | st.none() if field.nullable else values)
    return row


def canonical(type_: FieldType) -> st.SearchStrategy[Any]:
    """Canonical values of a type."""
    match type_:
        case Text(length):
            free = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
            return (free | st.sampled_from(AWKWARD)).map(lambda text: text[:length])
        case Integer(bounds):
            low, high = _bounds(bounds, Decimal(1000))
            return st.integers(int(low.to_integral_value()), int(high))
        case Exact(precision, scale, bounds):
            low, high = _bounds(bounds, Decimal(10) ** min(precision - scale, 6) - 1)
            numbers = st.decimals(low, high, places=scale, allow_nan=False, allow_infinity=False)
            return numbers.map(exact).filter(bounds.holds)
        case Real(bounds):
            low, high = _bounds(bounds, Decimal(1000))
            return st.floats(float(low), float(high)).map(canonical_double).filter(bounds.holds)
        case Boolean():
            return st.booleans()
        case Date():
            return st.dates().map(lambda day: day.isoformat())
        case Timestamp():
            return st.datetimes().map(canonical_instant)
        case Choice(options):
            return st.sampled_from(options)
        case Uuid():
            return st.uuids().map(str)
        case Bytes(max_length):
            return st.binary(max_size=max_length).map(lambda raw: b64encode(raw).decode())
        case Document():
            leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([Decimal("0.1"), "é", ""])
            return st.dictionaries(st.text("abc", max_size=2), leaves | st.lists(leaves, max_size=2), max_size=2)
        case _:
            raise AssertionError(type_)


def _bounds(bounds: Range, most: Decimal) -> tuple[Decimal, Decimal]:
    low = next((bound for bound in (bounds.minimum, bounds.above) if bound is not None), -most)
    return low, most if bounds.maximum is None else bounds.maximum

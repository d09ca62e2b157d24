"""A catalog of one entity with 60 fields of all common types; `bake.toml` names it `wide:WIDE`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from bake.catalog.checked import checked
from bake.catalog.columns import ExactDecimal
from bake.catalog.declaring import entity
from bake.catalog.model import Catalog

NAME = "wide:WIDE"
#: How many columns there are of each type, beside the two keys.
TYPES: dict[str, tuple[int, sa.types.TypeEngine[Any]]] = {
    "text": (20, sa.String(200)),
    "number": (14, sa.Integer()),
    "price": (8, ExactDecimal(10, 4)),
    "share": (6, sa.Float()),
    "flag": (6, sa.Boolean()),
    "day": (4, sa.Date()),
}


def _columns() -> Iterator[sa.Column[Any]]:
    yield sa.Column("id", sa.Integer, primary_key=True)
    yield sa.Column("uuid", sa.String(36), nullable=False, unique=True, info={"uuid": True})
    yield sa.Column("slug", sa.String(60), nullable=False, unique=True)
    for name, (many, type_) in TYPES.items():
        yield from (sa.Column(f"{name}_{i}", type_) for i in range(many))


_TABLE = sa.Table("wide", sa.MetaData(), *_columns())
WIDE = checked(Catalog("wide", _TABLE.metadata, {"wide": entity(_TABLE, keys=(("slug",),), label="{slug}")}))
FIELDS = tuple(WIDE.entities["wide"].fields)
assert len(FIELDS) == 60

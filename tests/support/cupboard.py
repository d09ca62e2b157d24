"""A catalog that is no bakery: JSON, a default on what may be null, keys of several parts, no uuids, and a cycle."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bake.catalog.checked import checked
from bake.catalog.columns import ExactDecimal
from bake.catalog.declaring import entity
from bake.catalog.model import Catalog

_METADATA = sa.MetaData()


def _table(name: str, *parts: sa.Column[Any] | sa.UniqueConstraint) -> sa.Table:
    return sa.Table(name, _METADATA, sa.Column("id", sa.Integer, primary_key=True), *parts)


_SHELVES = _table(
    "shelves",
    sa.Column("room", sa.String(50), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("favourite_id", sa.ForeignKey("jars.id")),
    sa.UniqueConstraint("room", "place"),
)
_JARS = _table(
    "jars",
    sa.Column("label", sa.String(50), nullable=False, unique=True),
    sa.Column("shelf_id", sa.ForeignKey("shelves.id")),
    sa.Column("lid", sa.String(50), default="screw"),
    sa.Column("weight", ExactDecimal(30, 10)),
    sa.Column("volume", sa.Float),
    sa.Column("origin", sa.JSON),
    sa.Column("filled_at", sa.DateTime),
)
_SPOONS = _table(
    "spoons",
    sa.Column("shelf_id", sa.ForeignKey("shelves.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.UniqueConstraint("shelf_id", "number"),
)

CUPBOARD = checked(
    Catalog(
        "cupboard",
        _METADATA,
        {
            "shelves": entity(_SHELVES, keys=(("room", "place"),)),
            "jars": entity(_JARS, keys=(("label",),)),
            "spoons": entity(_SPOONS, keys=(("shelf", "number"),)),
        },
    )
)
NAME = "support.cupboard:CUPBOARD"

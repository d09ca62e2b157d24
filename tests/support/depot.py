"""A catalog whose rows may have a uuid, or none."""

from __future__ import annotations

import sqlalchemy as sa

from bake.catalog.checked import checked
from bake.catalog.declaring import entity
from bake.catalog.model import Catalog

_METADATA = sa.MetaData()


def _table(name: str, *columns: sa.Column[int]) -> sa.Table:
    return sa.Table(
        name,
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uuid", sa.String(36), unique=True, info={"uuid": True}),
        sa.Column("slug", sa.String(50), nullable=False, unique=True),
        *columns,
    )


_SHOPS = _table("shops", sa.Column("rating", sa.Integer))
_PEOPLE = _table("people", sa.Column("shop_id", sa.ForeignKey("shops.id")))

DEPOT = checked(
    Catalog(
        "depot",
        _METADATA,
        {"shops": entity(_SHOPS, keys=(("slug",),)), "people": entity(_PEOPLE, keys=(("slug",),))},
    )
)

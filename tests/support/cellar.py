"""A catalog whose tables have rules that the catalog knows nothing of: CHECK constraints."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bake.catalog.checked import checked
from bake.catalog.columns import ExactDecimal
from bake.catalog.declaring import entity
from bake.catalog.model import Catalog

_METADATA = sa.MetaData()


def _may_mention_ids(*_: Any, dialect: sa.Dialect, **__: Any) -> bool:
    """MariaDB's constraints may not."""
    return dialect.name in ("sqlite", "postgresql")


def _table(name: str, *parts: sa.Column[Any] | sa.CheckConstraint) -> sa.Table:
    return sa.Table(
        name,
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(50), nullable=False, unique=True),
        *parts,
    )


_RACKS = _table("racks", sa.Column("note", sa.String(50)))
_WINES = _table(
    "wines",
    sa.Column("stars", sa.Integer),
    sa.Column("price", ExactDecimal(10, 2)),
    sa.Column("cost", ExactDecimal(10, 2)),
    sa.Column("sold_on", sa.Date),
    sa.Column("drunk", sa.Boolean, nullable=False, default=False),
    sa.Column("rack_id", sa.ForeignKey("racks.id")),
    sa.Column("lent_to", sa.String(20)),
    sa.CheckConstraint("stars < 6", name="few_stars"),
    sa.CheckConstraint("slug <> '100%\\:x'", name="no_sign"),
    sa.CheckConstraint("cost IS NULL OR price >= cost", name="no_loss"),
    sa.CheckConstraint("sold_on > '2020-01-01'", name="recent"),
    sa.CheckConstraint("(rack_id IS NULL) <> (lent_to IS NULL)", name="one_place"),
    sa.CheckConstraint("stars <> id + 1000", name="of_the_id").ddl_if(callable_=_may_mention_ids),
)

CELLAR = checked(
    Catalog(
        "cellar",
        _METADATA,
        {"racks": entity(_RACKS, keys=(("slug",),)), "wines": entity(_WINES, keys=(("slug",),))},
    )
)

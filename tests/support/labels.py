"""A catalog whose texts the database compares without regard to case (and more, as its collation has it)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bake.catalog.checked import checked
from bake.catalog.declaring import entity
from bake.catalog.model import Catalog

_METADATA = sa.MetaData()
#: PostgreSQL needs this collation; it has none of the kind that is made beforehand.
POSTGRESQL = (
    "CREATE COLLATION IF NOT EXISTS bake_loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
)


def _loose(length: int) -> sa.types.TypeEngine[str]:
    text = sa.String(length)
    return (
        text.with_variant(sa.String(length, collation="NOCASE"), "sqlite")
        .with_variant(sa.String(length, collation="bake_loose"), "postgresql")
        .with_variant(sa.String(length, collation="utf8mb4_general_ci"), "mysql", "mariadb")
    )


def _column(name: str, *, nullable: bool, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, _loose(50), nullable=nullable, **options)


_LABELS = sa.Table(
    "labels",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    _column("code", nullable=False, unique=True),
    _column("mail", nullable=True, unique=True),
    sa.Column("shelf", sa.Integer, nullable=True),
    _column("place", nullable=True),
    sa.UniqueConstraint("shelf", "place"),
)

LABELS = checked(Catalog("labels", _METADATA, {"labels": entity(_LABELS, keys=(("code",),), label="label {code}")}))

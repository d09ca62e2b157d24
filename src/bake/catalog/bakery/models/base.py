"""What all tables of a bakery share: their keys, and the types of their columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import DateTime, MetaData, String
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bake.catalog.columns import ExactDecimal

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

NAME = String(200)
SLUG = String(500)
CATEGORY = String(100)
CODE = String(20)
NOTES = String(4000)
QUANTITY = ExactDecimal(12, 4)
MONEY = ExactDecimal(10, 4)

MINIMUM_0: dict[str, Any] = {"minimum": 0}
ABOVE_0: dict[str, Any] = {"above": 0}

# MySQL and MariaDB keep whole seconds unless told otherwise; what is written must read back the same.
INSTANT = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _uuid() -> str:
    return str(uuid4())


class Base(DeclarativeBase):
    """What every table has: a surrogate id, a uuid that holds across databases, and the time (UTC) of its creation."""

    metadata = MetaData(naming_convention=_NAMING)

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-2)
    uuid: Mapped[str] = mapped_column(String(36), unique=True, default=_uuid, info={"uuid": True}, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(INSTANT, default=_now, sort_order=100)

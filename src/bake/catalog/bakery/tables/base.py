"""What all tables of a bakery share: their keys, and the types of their columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.schema import SchemaItem

from bake.catalog.columns import ExactDecimal, Instant

#: All tables. Constraints have names, so that a conflict can say which of them failed.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NAME = String(200)
SLUG = String(500)
CATEGORY = String(100)
CODE = String(20)
NOTES = String(4000)
QUANTITY = ExactDecimal(12, 4)
MONEY = ExactDecimal(10, 4)
INSTANT = Instant()

MINIMUM_0: dict[str, Any] = {"minimum": 0}
ABOVE_0: dict[str, Any] = {"above": 0}


def table(name: str, *columns: SchemaItem) -> Table:
    """A table: a surrogate id, a uuid that holds across databases, its own columns, the time (UTC) of its creation."""
    identifier = Column("id", Integer(), primary_key=True)
    uuid = required("uuid", String(36), unique=True, default=_uuid, info={"uuid": True})
    return Table(name, METADATA, identifier, uuid, *columns, required("created_at", INSTANT, default=_now))


def required(name: str, type_: Any, **how: Any) -> Column[Any]:
    """A column that always has a value."""
    return Column(name, type_, nullable=False, **how)


def optional(name: str, type_: Any, **how: Any) -> Column[Any]:
    """A column that may have none."""
    return Column(name, type_, nullable=True, **how)


def refers(name: str, to: str, *, index: bool = True) -> Column[Any]:
    """A column that always names a row of another table."""
    return Column(name, Integer(), ForeignKey(to), nullable=False, index=index)


def may_refer(name: str, to: str) -> Column[Any]:
    """A column that names a row of another table, or none."""
    return Column(name, Integer(), ForeignKey(to), nullable=True, index=True)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _uuid() -> str:
    return str(uuid4())

"""The tables of a bakery, as SQLAlchemy models.

A column's `info` says what its SQL type cannot: options, bounds, text that is a UUID (see `bake.catalog.reflect`).
Every text has a length, so that one which does not fit is found before any database is asked. No row has a time of its
last change: applying a changeset and reverting it leaves the tables exactly as they were.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Date, DateTime, ForeignKey, MetaData, String
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bake.catalog.bakery import units
from bake.catalog.columns import ExactDecimal

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_NAME = String(200)
_SLUG = String(500)
_CODE = String(20)
_NOTES = String(4000)
_QUANTITY = ExactDecimal(12, 4)
_MONEY = ExactDecimal(10, 4)

_MINIMUM_0: dict[str, Any] = {"minimum": 0}
_ABOVE_0: dict[str, Any] = {"above": 0}

# MySQL and MariaDB keep whole seconds unless told otherwise; what is written must read back the same.
_INSTANT = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _uuid() -> str:
    return str(uuid4())


class Base(DeclarativeBase):
    """What every table has: a surrogate id, a uuid that holds across databases, and the time (UTC) of its creation."""

    metadata = MetaData(naming_convention=_NAMING)

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-2)
    uuid: Mapped[str] = mapped_column(String(36), unique=True, default=_uuid, info={"uuid": True}, sort_order=-1)
    created_at: Mapped[datetime] = mapped_column(_INSTANT, default=_now, sort_order=100)


class Supplier(Base):
    """A shop, or a web site that sells.

    `display_name`, `location` and `full_address` are texts of their own: they come with files that have nothing else.
    """

    __tablename__ = "suppliers"

    slug: Mapped[str] = mapped_column(_SLUG, unique=True)
    name: Mapped[str] = mapped_column(_NAME)
    display_name: Mapped[str | None] = mapped_column(_NAME)
    supplier_type: Mapped[str] = mapped_column(_CODE, default="physical", info={"options": ("physical", "online")})
    street_address: Mapped[str | None] = mapped_column(_NAME)
    city: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[str | None] = mapped_column(String(100))
    zip_code: Mapped[str | None] = mapped_column(_CODE)
    location: Mapped[str | None] = mapped_column(_NAME)
    full_address: Mapped[str | None] = mapped_column(String(500))
    website: Mapped[str | None] = mapped_column(String(500))
    is_active: Mapped[bool] = mapped_column(default=True)
    notes: Mapped[str | None] = mapped_column(_NOTES)


class Ingredient(Base):
    """What recipes call for, in a tree of three levels: category, subcategory, ingredient.

    Its density says that so much volume weighs so much: 1 cup is 7.93 oz.
    """

    __tablename__ = "ingredients"

    slug: Mapped[str] = mapped_column(_SLUG, unique=True)
    display_name: Mapped[str] = mapped_column(_NAME)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("ingredients.id"), index=True)
    hierarchy_level: Mapped[int] = mapped_column(default=2, info={"minimum": 0, "maximum": 2})
    category: Mapped[str | None] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(_NOTES)
    is_packaging: Mapped[bool] = mapped_column(default=False)
    density_volume_value: Mapped[Decimal | None] = mapped_column(_QUANTITY, info=_ABOVE_0)
    density_volume_unit: Mapped[str | None] = mapped_column(_CODE, info={"options": units.VOLUME})
    density_weight_value: Mapped[Decimal | None] = mapped_column(_QUANTITY, info=_ABOVE_0)
    density_weight_unit: Mapped[str | None] = mapped_column(_CODE, info={"options": units.WEIGHT})
    notes: Mapped[str | None] = mapped_column(_NOTES)


class Product(Base):
    """A package of an ingredient as a shop sells it: `package_unit_quantity` of `package_unit`."""

    __tablename__ = "products"

    slug: Mapped[str] = mapped_column(_SLUG, unique=True)
    ingredient_id: Mapped[int] = mapped_column(ForeignKey("ingredients.id"), index=True)
    brand: Mapped[str | None] = mapped_column(_NAME)
    product_name: Mapped[str | None] = mapped_column(_NAME)
    package_size: Mapped[Decimal | None] = mapped_column(_QUANTITY, info=_ABOVE_0)
    package_type: Mapped[str | None] = mapped_column(String(50))
    package_unit: Mapped[str] = mapped_column(_CODE, info={"options": units.PACKAGE})
    package_unit_quantity: Mapped[Decimal] = mapped_column(_QUANTITY, info=_ABOVE_0)
    upc_code: Mapped[str | None] = mapped_column(_CODE)
    gtin: Mapped[str | None] = mapped_column(_CODE)
    preferred_supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"), index=True)
    preferred: Mapped[bool] = mapped_column(default=False)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str | None] = mapped_column(_NOTES)


class Purchase(Base):
    """So many packages of a product, bought on one day at one price each."""

    __tablename__ = "purchases"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    purchase_date: Mapped[date] = mapped_column(Date)
    unit_price: Mapped[Decimal] = mapped_column(_MONEY, info=_MINIMUM_0)
    quantity_purchased: Mapped[Decimal] = mapped_column(_QUANTITY, info=_ABOVE_0)
    notes: Mapped[str | None] = mapped_column(_NOTES)


class InventoryItem(Base):
    """What is on the shelf of a product, in its package unit; `purchase` says where it came from, if that is known."""

    __tablename__ = "inventory_items"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchases.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(_QUANTITY, info=_MINIMUM_0)
    unit_cost: Mapped[Decimal | None] = mapped_column(_MONEY, info=_MINIMUM_0)
    purchase_date: Mapped[date | None] = mapped_column(Date)
    addition_date: Mapped[date | None] = mapped_column(Date)
    expiration_date: Mapped[date | None] = mapped_column(Date)
    opened_date: Mapped[date | None] = mapped_column(Date)
    location: Mapped[str | None] = mapped_column(_NAME)
    lot_or_batch: Mapped[str | None] = mapped_column(String(100))
    notes: Mapped[str | None] = mapped_column(_NOTES)

"""What is bought and stocked: suppliers, ingredients, products, purchases, the inventory."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bake.catalog.bakery import units
from bake.catalog.bakery.models.base import ABOVE_0, CODE, MINIMUM_0, MONEY, NAME, NOTES, QUANTITY, SLUG, Base


class Supplier(Base):
    """A shop, or a web site that sells.

    `display_name`, `location` and `full_address` are texts of their own: they come with files that have nothing else.
    """

    __tablename__ = "suppliers"

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    name: Mapped[str] = mapped_column(NAME)
    display_name: Mapped[str | None] = mapped_column(NAME)
    supplier_type: Mapped[str] = mapped_column(CODE, default="physical", info={"options": ("physical", "online")})
    street_address: Mapped[str | None] = mapped_column(NAME)
    city: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[str | None] = mapped_column(String(100))
    zip_code: Mapped[str | None] = mapped_column(CODE)
    location: Mapped[str | None] = mapped_column(NAME)
    full_address: Mapped[str | None] = mapped_column(String(500))
    website: Mapped[str | None] = mapped_column(String(500))
    is_active: Mapped[bool] = mapped_column(default=True)
    notes: Mapped[str | None] = mapped_column(NOTES)


class Ingredient(Base):
    """What recipes call for, in a tree of three levels: category, subcategory, ingredient.

    Its density says that so much volume weighs so much: 1 cup is 7.93 oz.
    """

    __tablename__ = "ingredients"

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    display_name: Mapped[str] = mapped_column(NAME)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("ingredients.id"), index=True)
    hierarchy_level: Mapped[int] = mapped_column(default=2, info={"minimum": 0, "maximum": 2})
    category: Mapped[str | None] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(NOTES)
    is_packaging: Mapped[bool] = mapped_column(default=False)
    density_volume_value: Mapped[Decimal | None] = mapped_column(QUANTITY, info=ABOVE_0)
    density_volume_unit: Mapped[str | None] = mapped_column(CODE, info={"options": units.VOLUME})
    density_weight_value: Mapped[Decimal | None] = mapped_column(QUANTITY, info=ABOVE_0)
    density_weight_unit: Mapped[str | None] = mapped_column(CODE, info={"options": units.WEIGHT})
    notes: Mapped[str | None] = mapped_column(NOTES)


class Product(Base):
    """A package of an ingredient as a shop sells it: `package_unit_quantity` of `package_unit`."""

    __tablename__ = "products"
    # Products without a slug are looked up by what they are.
    __table_args__ = (Index("ix_products_contents", "ingredient_id", "brand", "product_name"),)

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    ingredient_id: Mapped[int] = mapped_column(ForeignKey("ingredients.id"))
    brand: Mapped[str | None] = mapped_column(NAME)
    product_name: Mapped[str | None] = mapped_column(NAME)
    package_size: Mapped[Decimal | None] = mapped_column(QUANTITY, info=ABOVE_0)
    package_type: Mapped[str | None] = mapped_column(String(50))
    package_unit: Mapped[str] = mapped_column(CODE, info={"options": units.PACKAGE})
    package_unit_quantity: Mapped[Decimal] = mapped_column(QUANTITY, info=ABOVE_0)
    upc_code: Mapped[str | None] = mapped_column(CODE)
    gtin: Mapped[str | None] = mapped_column(CODE)
    preferred_supplier_id: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id"), index=True)
    preferred: Mapped[bool] = mapped_column(default=False)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str | None] = mapped_column(NOTES)


class Purchase(Base):
    """So many packages of a product, bought on one day at one price each."""

    __tablename__ = "purchases"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    purchase_date: Mapped[date] = mapped_column(Date)
    unit_price: Mapped[Decimal] = mapped_column(MONEY, info=MINIMUM_0)
    quantity_purchased: Mapped[Decimal] = mapped_column(QUANTITY, info=ABOVE_0)
    notes: Mapped[str | None] = mapped_column(NOTES)


class InventoryItem(Base):
    """What is on the shelf of a product, in its package unit; `purchase` says where it came from, if that is known."""

    __tablename__ = "inventory_items"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchases.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY, info=MINIMUM_0)
    unit_cost: Mapped[Decimal | None] = mapped_column(MONEY, info=MINIMUM_0)
    purchase_date: Mapped[date | None] = mapped_column(Date)
    addition_date: Mapped[date | None] = mapped_column(Date)
    expiration_date: Mapped[date | None] = mapped_column(Date)
    opened_date: Mapped[date | None] = mapped_column(Date)
    location: Mapped[str | None] = mapped_column(NAME)
    lot_or_batch: Mapped[str | None] = mapped_column(String(100))
    notes: Mapped[str | None] = mapped_column(NOTES)

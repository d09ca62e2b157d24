"""What is put together from what was baked: finished goods, and the packages that hold them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bake.catalog.bakery.models.base import ABOVE_0, CATEGORY, MINIMUM_0, NAME, NOTES, QUANTITY, SLUG, Base

# Truth values can be added on some databases only.
_COMPONENTS = ("finished_unit_id", "finished_good_id", "packaging_product_id")
_ONE_COMPONENT = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in _COMPONENTS) + " = 1"


class FinishedGood(Base):
    """Something that is given or sold as one: a box of cookies; `compositions` say what is in it."""

    __tablename__ = "finished_goods"

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    display_name: Mapped[str] = mapped_column(NAME)
    category: Mapped[str | None] = mapped_column(CATEGORY)
    description: Mapped[str | None] = mapped_column(NOTES)
    packaging_instructions: Mapped[str | None] = mapped_column(NOTES)
    notes: Mapped[str | None] = mapped_column(NOTES)


class Composition(Base):
    """A part of a finished good: a finished unit, another finished good, or a product that it is packed in."""

    __tablename__ = "compositions"
    __table_args__ = (CheckConstraint(_ONE_COMPONENT, name="one_component"),)

    assembly_id: Mapped[int] = mapped_column(ForeignKey("finished_goods.id"), index=True)
    finished_unit_id: Mapped[int | None] = mapped_column(ForeignKey("finished_units.id"), index=True)
    finished_good_id: Mapped[int | None] = mapped_column(ForeignKey("finished_goods.id"), index=True)
    packaging_product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"), index=True)
    component_quantity: Mapped[Decimal] = mapped_column(QUANTITY, info=ABOVE_0)
    sort_order: Mapped[int] = mapped_column(default=0, info=MINIMUM_0)
    notes: Mapped[str | None] = mapped_column(NOTES)


class Package(Base):
    """What a recipient is given; a template is one to make others after."""

    __tablename__ = "packages"

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    name: Mapped[str] = mapped_column(NAME)
    is_template: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str | None] = mapped_column(NOTES)
    notes: Mapped[str | None] = mapped_column(NOTES)


class PackageFinishedGood(Base):
    """So many of a finished good in a package."""

    __tablename__ = "package_finished_goods"

    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), index=True)
    finished_good_id: Mapped[int] = mapped_column(ForeignKey("finished_goods.id"), index=True)
    quantity: Mapped[int] = mapped_column(info={"minimum": 1})
    notes: Mapped[str | None] = mapped_column(NOTES)

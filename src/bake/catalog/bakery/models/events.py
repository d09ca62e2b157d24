"""What the baking is for: events, who is given what there, and how much has to be made for them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bake.catalog.bakery.models.base import CODE, NAME, NOTES, SLUG, Base

OUTPUT_MODES = ("bulk_count", "bundled", "packaged")
PACKAGE_STATES = ("pending", "ready", "assembled", "delivered")

_COUNT = {"minimum": 1}


class Recipient(Base):
    """Somebody who is given packages."""

    __tablename__ = "recipients"

    name: Mapped[str] = mapped_column(NAME)
    household_name: Mapped[str | None] = mapped_column(NAME)
    address: Mapped[str | None] = mapped_column(String(500))
    notes: Mapped[str | None] = mapped_column(NOTES)


class Event(Base):
    """An occasion in a year."""

    __tablename__ = "events"

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    name: Mapped[str] = mapped_column(NAME)
    event_date: Mapped[date] = mapped_column(Date)
    year: Mapped[int] = mapped_column(info={"minimum": 1900, "maximum": 9999})
    output_mode: Mapped[str | None] = mapped_column(CODE, info={"options": OUTPUT_MODES})
    notes: Mapped[str | None] = mapped_column(NOTES)


class EventRecipientPackage(Base):
    """Packages for a recipient at an event."""

    __tablename__ = "event_recipient_packages"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id"), index=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"), index=True)
    quantity: Mapped[int] = mapped_column(default=1, info=_COUNT)
    status: Mapped[str] = mapped_column(CODE, default="pending", info={"options": PACKAGE_STATES})
    delivered_to: Mapped[str | None] = mapped_column(NAME)
    notes: Mapped[str | None] = mapped_column(NOTES)


class EventProductionTarget(Base):
    """How many batches of a recipe an event needs."""

    __tablename__ = "event_production_targets"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipes.id"), index=True)
    target_batches: Mapped[int] = mapped_column(info=_COUNT)
    notes: Mapped[str | None] = mapped_column(NOTES)


class EventAssemblyTarget(Base):
    """How many of a finished good an event needs."""

    __tablename__ = "event_assembly_targets"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    finished_good_id: Mapped[int] = mapped_column(ForeignKey("finished_goods.id"), index=True)
    target_quantity: Mapped[int] = mapped_column(info=_COUNT)
    notes: Mapped[str | None] = mapped_column(NOTES)

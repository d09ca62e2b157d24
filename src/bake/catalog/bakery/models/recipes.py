"""What is baked: recipes, what they call for, what they yield, and each time that one was made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bake.catalog.bakery import units
from bake.catalog.bakery.models.base import (
    ABOVE_0,
    CATEGORY,
    CODE,
    INSTANT,
    MINIMUM_0,
    MONEY,
    NAME,
    NOTES,
    QUANTITY,
    SLUG,
    Base,
)

YIELD_MODES = ("discrete_count", "batch_portion", "weight_based")
OUTCOMES = ("complete", "partial_loss", "total_loss")


class Recipe(Base):
    """A recipe, or a variant of another one: `base_recipe` with something changed, told apart by its `variant_name`.

    `previous_slug` is the one that it had before it was renamed.
    """

    __tablename__ = "recipes"

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    name: Mapped[str] = mapped_column(NAME)
    category: Mapped[str | None] = mapped_column(CATEGORY)
    source: Mapped[str | None] = mapped_column(String(500))
    base_recipe_id: Mapped[int | None] = mapped_column(ForeignKey("recipes.id"), index=True)
    variant_name: Mapped[str | None] = mapped_column(NAME)
    yield_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY, info=ABOVE_0)
    yield_unit: Mapped[str | None] = mapped_column(String(50))
    estimated_time_minutes: Mapped[int | None] = mapped_column(info=MINIMUM_0)
    is_production_ready: Mapped[bool] = mapped_column(default=False)
    is_archived: Mapped[bool] = mapped_column(default=False)
    previous_slug: Mapped[str | None] = mapped_column(SLUG)
    notes: Mapped[str | None] = mapped_column(NOTES)


class RecipeIngredient(Base):
    """One line of a recipe: so much of an ingredient.

    A recipe may call for the same ingredient more than once (juice and zest of a lemon, half of the cherries now and
    half later), even in the same words; `occurrence` says which time this is, from 1.
    """

    __tablename__ = "recipe_ingredients"

    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipes.id"), index=True)
    ingredient_id: Mapped[int] = mapped_column(ForeignKey("ingredients.id"), index=True)
    occurrence: Mapped[int] = mapped_column(info={"minimum": 1})
    quantity: Mapped[Decimal] = mapped_column(QUANTITY, info=ABOVE_0)
    unit: Mapped[str] = mapped_column(CODE, info={"options": units.RECIPE})
    notes: Mapped[str | None] = mapped_column(NOTES)


class RecipeComponent(Base):
    """A recipe that another one uses: so many batches of it."""

    __tablename__ = "recipe_components"

    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipes.id"), index=True)
    component_recipe_id: Mapped[int] = mapped_column(ForeignKey("recipes.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY, info=ABOVE_0)
    notes: Mapped[str | None] = mapped_column(NOTES)


class FinishedUnit(Base):
    """What a batch of a recipe comes to: `items_per_batch` of an `item_unit`, or a portion of the batch in percent."""

    __tablename__ = "finished_units"

    slug: Mapped[str] = mapped_column(SLUG, unique=True)
    display_name: Mapped[str] = mapped_column(NAME)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipes.id"), index=True)
    category: Mapped[str | None] = mapped_column(CATEGORY)
    yield_mode: Mapped[str] = mapped_column(CODE, default="discrete_count", info={"options": YIELD_MODES})
    items_per_batch: Mapped[int | None] = mapped_column(info={"minimum": 1})
    item_unit: Mapped[str | None] = mapped_column(String(50))
    batch_percentage: Mapped[Decimal | None] = mapped_column(QUANTITY, info={"above": 0, "maximum": 100})
    description: Mapped[str | None] = mapped_column(NOTES)
    notes: Mapped[str | None] = mapped_column(NOTES)


class ProductionRun(Base):
    """A recipe, made: how many batches, what they should have given and gave, what they cost, and what was lost."""

    __tablename__ = "production_runs"

    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipes.id"), index=True)
    finished_unit_id: Mapped[int | None] = mapped_column(ForeignKey("finished_units.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"), index=True)
    produced_at: Mapped[datetime] = mapped_column(INSTANT)
    num_batches: Mapped[int] = mapped_column(info={"minimum": 1})
    expected_yield: Mapped[int | None] = mapped_column(info=MINIMUM_0)
    actual_yield: Mapped[int] = mapped_column(info=MINIMUM_0)
    production_status: Mapped[str] = mapped_column(CODE, default="complete", info={"options": OUTCOMES})
    total_ingredient_cost: Mapped[Decimal | None] = mapped_column(MONEY, info=MINIMUM_0)
    per_unit_cost: Mapped[Decimal | None] = mapped_column(MONEY, info=MINIMUM_0)
    loss_quantity: Mapped[int] = mapped_column(default=0, info=MINIMUM_0)
    loss_notes: Mapped[str | None] = mapped_column(NOTES)
    notes: Mapped[str | None] = mapped_column(NOTES)

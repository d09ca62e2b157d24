"""What is baked: recipes, what they call for, what they yield, and each time that one was made."""

from __future__ import annotations

from sqlalchemy import Boolean, Integer, String

from bake.catalog.bakery import units
from bake.catalog.bakery.tables.base import (
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
    may_refer,
    optional,
    refers,
    required,
    table,
)

YIELD_MODES = ("discrete_count", "batch_portion", "weight_based")
OUTCOMES = ("complete", "partial_loss", "total_loss")

#: A recipe, or a variant of another one: `base_recipe` with something changed, told apart by its `variant_name`.
#:
#: `previous_slug` is the one that it had before it was renamed.
RECIPES = table(
    "recipes",
    required("slug", SLUG, unique=True),
    required("name", NAME),
    optional("category", CATEGORY),
    optional("source", String(500)),
    may_refer("base_recipe_id", "recipes.id"),
    optional("variant_name", NAME),
    optional("yield_quantity", QUANTITY, info=ABOVE_0),
    optional("yield_unit", String(50)),
    optional("estimated_time_minutes", Integer(), info=MINIMUM_0),
    required("is_production_ready", Boolean(), default=False),
    required("is_archived", Boolean(), default=False),
    optional("previous_slug", SLUG),
    optional("notes", NOTES),
)

#: One line of a recipe: so much of an ingredient.
#:
#: A recipe may call for the same ingredient more than once (juice and zest of a lemon, half of the cherries now and
#: half later), even in the same words; `occurrence` says which time this is, from 1.
RECIPE_INGREDIENTS = table(
    "recipe_ingredients",
    refers("recipe_id", "recipes.id"),
    refers("ingredient_id", "ingredients.id"),
    required("occurrence", Integer(), info={"minimum": 1}),
    required("quantity", QUANTITY, info=ABOVE_0),
    required("unit", CODE, info={"options": units.RECIPE, "spellings": units.SPELLINGS}),
    optional("notes", NOTES),
)

#: A recipe that another one uses: so many batches of it.
RECIPE_COMPONENTS = table(
    "recipe_components",
    refers("recipe_id", "recipes.id"),
    refers("component_recipe_id", "recipes.id"),
    required("quantity", QUANTITY, info=ABOVE_0),
    optional("notes", NOTES),
)

#: What a batch of a recipe comes to: `items_per_batch` of an `item_unit`, or a portion of the batch in percent.
FINISHED_UNITS = table(
    "finished_units",
    required("slug", SLUG, unique=True),
    required("display_name", NAME),
    refers("recipe_id", "recipes.id"),
    optional("category", CATEGORY),
    required("yield_mode", CODE, default="discrete_count", info={"options": YIELD_MODES}),
    optional("items_per_batch", Integer(), info={"minimum": 1}),
    optional("item_unit", String(50)),
    optional("batch_percentage", QUANTITY, info={"above": 0, "maximum": 100}),
    optional("description", NOTES),
    optional("notes", NOTES),
)

#: A recipe, made: how many batches, what they should have given and gave, what they cost, and what was lost.
PRODUCTION_RUNS = table(
    "production_runs",
    refers("recipe_id", "recipes.id"),
    may_refer("finished_unit_id", "finished_units.id"),
    may_refer("event_id", "events.id"),
    required("produced_at", INSTANT),
    required("num_batches", Integer(), info={"minimum": 1}),
    optional("expected_yield", Integer(), info=MINIMUM_0),
    required("actual_yield", Integer(), info=MINIMUM_0),
    required("production_status", CODE, default="complete", info={"options": OUTCOMES}),
    optional("total_ingredient_cost", MONEY, info=MINIMUM_0),
    optional("per_unit_cost", MONEY, info=MINIMUM_0),
    required("loss_quantity", Integer(), default=0, info=MINIMUM_0),
    optional("loss_notes", NOTES),
    optional("notes", NOTES),
)

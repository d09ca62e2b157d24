"""The entities of recipes: recipes, their ingredients and components, finished units and production runs."""

from __future__ import annotations

from bake.catalog.bakery.entities.declaring import TRANSACTIONAL, declare, slug_of
from bake.catalog.entity import Nested

RECIPES = declare(
    "recipes",
    keys=(("slug",),),
    alternates=("name", "previous_slug"),
    label="{name} ({variant_name})",
    derived=slug_of("name", "variant_name"),
    nested={
        "ingredients": Nested("recipe_ingredients", "recipe", numbered="occurrence"),
        "components": Nested("recipe_components", "recipe"),
        "recipe_components": Nested("recipe_components", "recipe"),
        "finished_units": Nested("finished_units", "recipe"),
    },
)

# The unit is not part of the key: a line that is corrected from "1 cup" to "8 oz" stays the same line.
RECIPE_INGREDIENTS = declare(
    "recipe_ingredients",
    keys=(("recipe", "ingredient", "occurrence"),),
    leaves=("ingredient",),
    label="{recipe}: {quantity} {unit} {ingredient}",
    aliases={"ingredient_name": ("ingredient", "display_name")},
)

RECIPE_COMPONENTS = declare(
    "recipe_components",
    keys=(("recipe", "component_recipe"),),
    label="{recipe}: {quantity} × {component_recipe}",
)

FINISHED_UNITS = declare(
    "finished_units",
    keys=(("slug",),),
    alternates=("display_name",),
    label="{display_name}",
    derived=slug_of("display_name"),
    aliases={"name": ("display_name",)},
)

PRODUCTION_RUNS = declare(
    "production_runs",
    group=TRANSACTIONAL,
    label="{recipe}: {num_batches} at {produced_at}",
    likeness=("recipe", "finished_unit", "event", "produced_at", "num_batches", "actual_yield"),
    aliases={
        "batches": ("num_batches",),
        "batches_produced": ("num_batches",),
        "units_produced": ("actual_yield",),
        "actual_cost": ("total_ingredient_cost",),
    },
)

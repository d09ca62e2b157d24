"""What the tables do not say: how rows are named, what can be derived, what looks like a double or a slip.

`ENTITIES` are all of them; where references leave the order open, records are exported and imported in this one.
"""

from __future__ import annotations

from bake.catalog.bakery.entities.events import (
    EVENT_ASSEMBLY_TARGETS,
    EVENT_PRODUCTION_TARGETS,
    EVENT_RECIPIENT_PACKAGES,
    EVENTS,
    RECIPIENTS,
)
from bake.catalog.bakery.entities.goods import COMPOSITIONS, FINISHED_GOODS, PACKAGE_FINISHED_GOODS, PACKAGES
from bake.catalog.bakery.entities.pantry import INGREDIENTS, INVENTORY_ITEMS, PRODUCTS, PURCHASES, SUPPLIERS
from bake.catalog.bakery.entities.recipes import (
    FINISHED_UNITS,
    PRODUCTION_RUNS,
    RECIPE_COMPONENTS,
    RECIPE_INGREDIENTS,
    RECIPES,
)

__all__ = ["ENTITIES"]

ENTITIES = (
    SUPPLIERS,
    INGREDIENTS,
    PRODUCTS,
    PURCHASES,
    INVENTORY_ITEMS,
    RECIPES,
    RECIPE_INGREDIENTS,
    RECIPE_COMPONENTS,
    FINISHED_UNITS,
    FINISHED_GOODS,
    COMPOSITIONS,
    PACKAGES,
    PACKAGE_FINISHED_GOODS,
    RECIPIENTS,
    EVENTS,
    EVENT_RECIPIENT_PACKAGES,
    EVENT_PRODUCTION_TARGETS,
    EVENT_ASSEMBLY_TARGETS,
    PRODUCTION_RUNS,
)

"""The tables of a bakery, as SQLAlchemy models.

base     what all of them share
pantry   suppliers, ingredients, products, purchases, the inventory
recipes  recipes, what they call for and yield, production runs
goods    finished goods and packages
events   recipients, events, and what these need

A column's `info` says what its SQL type cannot: options, bounds, text that is a UUID (see `bake.catalog.reflect`).
Every text has a length, so that one which does not fit is found before any database is asked. No row has a time of its
last change: applying a changeset and reverting it leaves the tables exactly as they were.
"""

from __future__ import annotations

from bake.catalog.bakery.models.base import Base
from bake.catalog.bakery.models.events import (
    Event,
    EventAssemblyTarget,
    EventProductionTarget,
    EventRecipientPackage,
    Recipient,
)
from bake.catalog.bakery.models.goods import Composition, FinishedGood, Package, PackageFinishedGood
from bake.catalog.bakery.models.pantry import Ingredient, InventoryItem, Product, Purchase, Supplier
from bake.catalog.bakery.models.recipes import (
    FinishedUnit,
    ProductionRun,
    Recipe,
    RecipeComponent,
    RecipeIngredient,
)

__all__ = [
    "Base",
    "Composition",
    "Event",
    "EventAssemblyTarget",
    "EventProductionTarget",
    "EventRecipientPackage",
    "FinishedGood",
    "FinishedUnit",
    "Ingredient",
    "InventoryItem",
    "Package",
    "PackageFinishedGood",
    "Product",
    "ProductionRun",
    "Purchase",
    "Recipe",
    "RecipeComponent",
    "RecipeIngredient",
    "Recipient",
    "Supplier",
]

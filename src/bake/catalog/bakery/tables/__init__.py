"""The tables of a bakery.

base     what all of them share
pantry   suppliers, ingredients, products, purchases, the inventory
recipes  recipes, what they call for and yield, production runs
goods    finished goods and packages
events   recipients, events, and what these need

They are declared as plain tables: Bake has no objects for rows, and what maps them takes long to load. A column's
`info` says what its SQL type cannot: options, bounds, text that is a UUID (see `bake.catalog.reflect`). Every text has
a length, so that one which does not fit is found before any database is asked. No row has a time of its last change:
applying a changeset and reverting it leaves the tables exactly as they were.
"""

from __future__ import annotations

from bake.catalog.bakery.tables import events, goods, pantry, recipes
from bake.catalog.bakery.tables.base import METADATA

__all__ = ["METADATA", "events", "goods", "pantry", "recipes"]

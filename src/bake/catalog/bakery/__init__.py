"""The built-in catalog: a bakery's suppliers and products, its recipes, what is made of them, and for what occasions.

units         the measures that packages, densities and recipes are given in
tables        the tables, by theme
checks        what looks wrong although it fits
entities      how rows are named, and what else a table does not say, by the same themes
views         the shapes of files in which products, inventory and purchases are edited
baking_views  the shapes of files in which recipes, events and finished goods are
line_views    those of their lines
bake_tracker_views  the shapes in which another bakery program writes products, inventory and purchases
"""

from __future__ import annotations

from bake.catalog.bakery.bake_tracker_views import BAKE_TRACKER_VIEWS
from bake.catalog.bakery.baking_views import BAKING_VIEWS
from bake.catalog.bakery.entities import ENTITIES
from bake.catalog.bakery.line_views import LINE_VIEWS
from bake.catalog.bakery.tables import METADATA
from bake.catalog.bakery.views import VIEWS
from bake.catalog.checked import checked
from bake.catalog.model import Catalog

__all__ = ["BAKERY"]

BAKERY = checked(
    Catalog(
        name="bakery",
        metadata=METADATA,
        entities={entity.name: entity for entity in ENTITIES},
        views=(*VIEWS, *BAKING_VIEWS, *LINE_VIEWS, *BAKE_TRACKER_VIEWS),
    )
)

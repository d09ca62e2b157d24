"""The built-in catalog: suppliers, ingredients, products and all that is bought, stocked and baked with them.

units     the measures that packages and densities are given in
models    the tables
checks    what looks wrong although it fits
entities  how rows are named, and what else a table does not say
views     the shapes of files that people and other programs edit
"""

from __future__ import annotations

from bake.catalog.bakery.entities import ENTITIES
from bake.catalog.bakery.models import Base
from bake.catalog.bakery.views import VIEWS
from bake.catalog.checked import checked
from bake.catalog.model import Catalog

__all__ = ["BAKERY"]

BAKERY = checked(
    Catalog(
        name="bakery",
        metadata=Base.metadata,
        entities={entity.name: entity for entity in ENTITIES},
        views=VIEWS,
    )
)

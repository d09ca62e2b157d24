"""How finished goods, packages and what they hold are named."""

from __future__ import annotations

from bake.catalog.bakery.entities.declaring import declare, slug_of
from bake.catalog.model import Nested

FINISHED_GOODS = declare(
    "finished_goods",
    keys=(("slug",),),
    alternates=("display_name",),
    label="{display_name}",
    derived=slug_of("display_name"),
    nested={"components": Nested("compositions", "assembly")},
)

# One of the three components is there and the others are null, so a part is named by what it is.
COMPOSITIONS = declare(
    "compositions",
    keys=(("assembly", "finished_unit", "finished_good", "packaging_product"),),
    label="{assembly}: {component_quantity} × {finished_unit}{finished_good}{packaging_product}",
    aliases={"quantity": ("component_quantity",)},
)

PACKAGES = declare(
    "packages",
    keys=(("slug",),),
    alternates=("name",),
    label="{name}",
    derived=slug_of("name"),
    nested={"finished_goods": Nested("package_finished_goods", "package")},
)

PACKAGE_FINISHED_GOODS = declare(
    "package_finished_goods",
    keys=(("package", "finished_good"),),
    label="{package}: {quantity} × {finished_good}",
)

"""The entities of finished goods: finished goods and their components, packages and their contents."""

from __future__ import annotations

from bake.catalog.bakery.entities.declaring import declare, slug_of
from bake.catalog.entity import Nested
from bake.catalog.field import Dialect

FINISHED_GOODS = declare(
    "finished_goods",
    keys=(("slug",),),
    alternates=("display_name",),
    label="{display_name}",
    derived=slug_of("display_name"),
    nested={"components": Nested("compositions", "assembly")},
)

# Exactly one of the three component fields is not null: the key is the assembly and that component.
COMPOSITIONS = declare(
    "compositions",
    keys=(("assembly", "finished_unit", "finished_good", "packaging_product"),),
    label="{assembly}: {component_quantity} × {finished_unit}{finished_good}{packaging_product}",
    aliases={"quantity": ("component_quantity",), "component_notes": ("notes",)},
    # In bake-tracker's backups, `finished_good_slug` is what is put together, and not what it is made of.
    dialects=(
        Dialect(
            "finished_good_component_slug",
            {"finished_good_slug": "assembly_slug", "finished_good_component_slug": "finished_good_slug"},
        ),
    ),
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

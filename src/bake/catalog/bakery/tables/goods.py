"""What is put together from what was baked: finished goods, and the packages that hold them."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Integer

from bake.catalog.bakery.tables.base import (
    ABOVE_0,
    CATEGORY,
    MINIMUM_0,
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

# Truth values can be added on some databases only.
_COMPONENTS = ("finished_unit_id", "finished_good_id", "packaging_product_id")
_ONE_COMPONENT = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in _COMPONENTS) + " = 1"

#: Something that is given or sold as one: a box of cookies; `compositions` say what is in it.
FINISHED_GOODS = table(
    "finished_goods",
    required("slug", SLUG, unique=True),
    required("display_name", NAME),
    optional("category", CATEGORY),
    optional("description", NOTES),
    optional("packaging_instructions", NOTES),
    optional("notes", NOTES),
)

#: A part of a finished good: a finished unit, another finished good, or a product that it is packed in.
COMPOSITIONS = table(
    "compositions",
    refers("assembly_id", "finished_goods.id"),
    may_refer("finished_unit_id", "finished_units.id"),
    may_refer("finished_good_id", "finished_goods.id"),
    may_refer("packaging_product_id", "products.id"),
    required("component_quantity", QUANTITY, info=ABOVE_0),
    required("sort_order", Integer(), default=0, info=MINIMUM_0),
    optional("notes", NOTES),
    CheckConstraint(_ONE_COMPONENT, name="one_component"),
)

#: What a recipient is given; a template is one to make others after.
PACKAGES = table(
    "packages",
    required("slug", SLUG, unique=True),
    required("name", NAME),
    required("is_template", Boolean(), default=False),
    optional("description", NOTES),
    optional("notes", NOTES),
)

#: So many of a finished good in a package.
PACKAGE_FINISHED_GOODS = table(
    "package_finished_goods",
    refers("package_id", "packages.id"),
    refers("finished_good_id", "finished_goods.id"),
    required("quantity", Integer(), info={"minimum": 1}),
    optional("notes", NOTES),
)

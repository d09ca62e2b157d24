"""The views of lines: of recipes, of events and of finished goods. In sheets one row a line; in JSON within the record.

A line is found by what it refers to, which is context: another ingredient is another line.
"""

from __future__ import annotations

from decimal import Decimal

from bake.catalog.bakery import synonyms
from bake.catalog.entity import ID
from bake.catalog.view import Column, Role, View

_ID = Column("line_id", (ID,), Role.IDENTITY)
_UUID = Column("uuid", ("uuid",), Role.IDENTITY, exported=False)


def _context(name: str, *path: str) -> Column:
    return Column(name, path, Role.CONTEXT)


def _understood(name: str, also: tuple[str, ...] = ()) -> Column:
    """A reference as a whole: a name of the row, or what stands around a line."""
    return Column(name, (name,), Role.CONTEXT, exported=False, synonyms=also)


def _editable(name: str, also: tuple[str, ...] = (), unit: str | None = None) -> Column:
    return Column(name, (name,), Role.EDITABLE, synonyms=also, unit=unit)


_NOTES = _editable("notes", synonyms.NOTES)

RECIPE_LINES = View(
    name="recipe_lines",
    entity="recipe_ingredients",
    envelope="recipe_lines_complete",
    purpose="The lines of recipes (quantities, units, notes)",
    columns=(
        _ID,
        _context("recipe_slug", "recipe", "slug"),
        _context("recipe_name", "recipe", "name"),
        _context("ingredient_slug", "ingredient", "slug"),
        _context("ingredient_name", "ingredient", "display_name"),
        _context("occurrence", "occurrence"),
        _editable("quantity", (*synonyms.QUANTITY, "amount"), unit="unit"),
        _editable("unit", synonyms.UNIT),
        _NOTES,
        _UUID,
        _understood("recipe"),
        _understood("ingredient", synonyms.INGREDIENT),
    ),
    example={
        "recipe_slug": "cranberry_orange_biscotti",
        "ingredient_slug": "bread_flour",
        "quantity": Decimal("2.5"),
        "unit": "cup",
        "notes": "sifted",
    },
)

RECIPE_PARTS = View(
    name="recipe_parts",
    entity="recipe_components",
    envelope="recipe_parts_complete",
    purpose="The recipes that recipes use (quantities, notes)",
    columns=(
        _ID,
        _context("recipe_slug", "recipe", "slug"),
        _context("recipe_name", "recipe", "name"),
        _context("component_recipe_slug", "component_recipe", "slug"),
        _context("component_recipe_name", "component_recipe", "name"),
        _editable("quantity", synonyms.QUANTITY),
        _NOTES,
        _UUID,
        _understood("recipe"),
        _understood("component_recipe", ("component", "uses recipe")),
    ),
    example={
        "recipe_slug": "cranberry_orange_biscotti",
        "component_recipe_slug": "orange_glaze",
        "quantity": Decimal("0.5"),
        "notes": None,
    },
)

EVENT_PACKAGES = View(
    name="event_packages",
    entity="event_recipient_packages",
    envelope="event_packages_complete",
    purpose="Who is given which packages at events (quantities, states, notes)",
    columns=(
        _ID,
        _context("event_slug", "event", "slug"),
        _context("event_name", "event", "name"),
        _context("recipient_name", "recipient", "name"),
        _context("household_name", "recipient", "household_name"),
        _context("package_slug", "package", "slug"),
        _context("package_name", "package", "name"),
        _editable("quantity", synonyms.QUANTITY),
        _editable("status", ("state",)),
        _editable("delivered_to"),
        _NOTES,
        _UUID,
        _understood("event"),
        _understood("recipient", ("for", "given to")),
        _understood("package"),
    ),
    example={
        "event_slug": "bake_sale",
        "recipient_name": "Ada Baker",
        "household_name": None,
        "package_slug": "biscotti_sampler",
        "quantity": 1,
        "status": "pending",
        "delivered_to": None,
        "notes": None,
    },
)

EVENT_BATCHES = View(
    name="event_batches",
    entity="event_production_targets",
    envelope="event_batches_complete",
    purpose="How many batches of recipes events need (targets, notes)",
    columns=(
        _ID,
        _context("event_slug", "event", "slug"),
        _context("event_name", "event", "name"),
        _context("recipe_slug", "recipe", "slug"),
        _context("recipe_name", "recipe", "name"),
        _editable("target_batches", ("batches", *synonyms.QUANTITY)),
        _NOTES,
        _UUID,
        _understood("event"),
        _understood("recipe"),
    ),
    example={
        "event_slug": "bake_sale",
        "recipe_slug": "cranberry_orange_biscotti",
        "target_batches": 3,
        "notes": None,
    },
)

EVENT_GOODS = View(
    name="event_goods",
    entity="event_assembly_targets",
    envelope="event_goods_complete",
    purpose="How many finished goods events need (targets, notes)",
    columns=(
        _ID,
        _context("event_slug", "event", "slug"),
        _context("event_name", "event", "name"),
        _context("finished_good_slug", "finished_good", "slug"),
        _context("finished_good_name", "finished_good", "display_name"),
        _editable("target_quantity", synonyms.QUANTITY),
        _NOTES,
        _UUID,
        _understood("event"),
        _understood("finished_good"),
    ),
    example={
        "event_slug": "bake_sale",
        "finished_good_slug": "biscotti_gift_tin",
        "target_quantity": 12,
        "notes": None,
    },
)

FINISHED_GOOD_PARTS = View(
    name="finished_good_parts",
    entity="compositions",
    envelope="finished_good_parts_complete",
    purpose="What finished goods are put together of (quantities, order, notes)",
    columns=(
        _ID,
        _context("assembly_slug", "assembly", "slug"),
        _context("assembly_name", "assembly", "display_name"),
        _context("finished_unit_slug", "finished_unit", "slug"),
        _context("finished_good_slug", "finished_good", "slug"),
        _context("packaging_product_slug", "packaging_product", "slug"),
        _editable("component_quantity", synonyms.QUANTITY),
        _editable("sort_order", ("order",)),
        _NOTES,
        _UUID,
        _understood("assembly"),
        _understood("finished_unit"),
        _understood("finished_good"),
        _understood("packaging_product"),
    ),
    example={
        "assembly_slug": "biscotti_gift_tin",
        "finished_unit_slug": "cranberry_orange_biscotti",
        "component_quantity": 12,
        "sort_order": 1,
        "notes": None,
    },
)

LINE_VIEWS = (RECIPE_LINES, RECIPE_PARTS, EVENT_PACKAGES, EVENT_BATCHES, EVENT_GOODS, FINISHED_GOOD_PARTS)

"""The shapes of files in which recipes, events and finished goods are edited: flat records, with context."""

from __future__ import annotations

from bake.catalog.entity import ID
from bake.catalog.view import Column, Computed, Latest, Role, Total, View


def _identity(name: str, *path: str) -> Column:
    return Column(name, path, Role.IDENTITY)


def _context(name: str, *path: str) -> Column:
    return Column(name, path, Role.CONTEXT)


def _computed(name: str, how: Computed) -> Column:
    return Column(name, (), Role.COMPUTED, how)


def _editable(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, (name,), Role.EDITABLE) for name in names)


def _list(name: str) -> Column:
    """A list of lines, which JSON has within the record."""
    return Column(name, (), Role.COMPUTED, exported=False)


RECIPES = View(
    name="recipes",
    entity="recipes",
    envelope="recipes_complete",
    purpose="Recipe review and completion (categories, sources, yields, times, notes)",
    columns=(
        _identity("recipe_id", ID),
        _identity("recipe_slug", "slug"),
        _context("base_recipe_slug", "base_recipe", "slug"),
        _context("base_recipe_name", "base_recipe", "name"),
        _computed("batches_produced", Total("production_runs", "recipe", "num_batches")),
        _computed("last_produced_at", Latest("production_runs", "recipe", "produced_at", "produced_at")),
        _computed("last_production_cost", Latest("production_runs", "recipe", "total_ingredient_cost", "produced_at")),
        *_editable("name", "variant_name", "category", "source"),
        *_editable("yield_quantity", "yield_unit", "estimated_time_minutes", "is_production_ready", "notes"),
        _list("ingredients"),
        _list("components"),
    ),
    lines={"ingredients": "recipe_lines", "components": "recipe_parts"},
    example={
        "name": "Cranberry Orange Biscotti",
        "variant_name": None,
        "category": "Cookies",
        "source": "Family recipe",
        "yield_quantity": 36,
        "yield_unit": "cookies",
        "estimated_time_minutes": 75,
        "is_production_ready": False,
        "notes": None,
    },
)

EVENTS = View(
    name="events",
    entity="events",
    envelope="events_complete",
    purpose="Event planning (dates, output modes, notes) beside what each event needs",
    columns=(
        _identity("event_id", ID),
        _identity("event_slug", "slug"),
        _computed("packages_planned", Total("event_recipient_packages", "event", "quantity")),
        _computed("batches_planned", Total("event_production_targets", "event", "target_batches")),
        _computed("batches_produced", Total("production_runs", "event", "num_batches")),
        _computed("goods_planned", Total("event_assembly_targets", "event", "target_quantity")),
        *_editable("name", "event_date", "year", "output_mode", "notes"),
        _list("packages"),
        _list("production_targets"),
        _list("assembly_targets"),
    ),
    lines={
        "packages": "event_packages",
        "production_targets": "event_batches",
        "assembly_targets": "event_goods",
    },
    example={"name": "Bake Sale", "output_mode": "packaged", "notes": None},
)

FINISHED_GOODS = View(
    name="finished_goods",
    entity="finished_goods",
    envelope="finished_goods_complete",
    purpose="Descriptions of finished goods and of how they are packed",
    columns=(
        _identity("finished_good_id", ID),
        _identity("finished_good_slug", "slug"),
        _computed("components_in_all", Total("compositions", "assembly", "component_quantity")),
        _computed("planned_in_all", Total("event_assembly_targets", "finished_good", "target_quantity")),
        *_editable("display_name", "category", "description", "packaging_instructions", "notes"),
        _list("components"),
    ),
    lines={"components": "finished_good_parts"},
    example={
        "display_name": "Biscotti Gift Tin",
        "category": "Gift boxes",
        "description": "Twelve biscotti in a tin",
        "packaging_instructions": "Line the tin with parchment",
        "notes": None,
    },
)

BAKING_VIEWS = (RECIPES, EVENTS, FINISHED_GOODS)

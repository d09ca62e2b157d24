"""What is baked, put together and planned: how its rows are named, nested, grouped and viewed."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bake.catalog.bakery import BAKERY
from bake.catalog.bakery.tables import METADATA
from bake.catalog.bakery.tables.goods import COMPOSITIONS, FINISHED_GOODS
from bake.catalog.entity import Nested
from bake.catalog.field_types import Reference
from bake.catalog.values import Misfit, parse
from bake.catalog.view import Role


def test_a_line_of_a_recipe_is_named_without_its_unit() -> None:
    """Who corrects cups to ounces changes the line; who calls for lemon twice has two of them."""
    assert BAKERY.entities["recipe_ingredients"].keys == (("recipe", "ingredient", "occurrence"),)


def test_lines_and_yields_stand_within_recipes() -> None:
    """Files nest what belongs to a recipe, a finished good, a package or an event in it."""
    nested = {name: dict(entity.nested) for name, entity in BAKERY.entities.items() if entity.nested}
    assert nested == {
        "recipes": {
            "ingredients": Nested("recipe_ingredients", "recipe", numbered="occurrence"),
            "components": Nested("recipe_components", "recipe"),
            "recipe_components": Nested("recipe_components", "recipe"),
            "finished_units": Nested("finished_units", "recipe"),
        },
        "finished_goods": {"components": Nested("compositions", "assembly")},
        "packages": {"finished_goods": Nested("package_finished_goods", "package")},
        "events": {
            name: Nested(name, "event")
            for name in ("event_recipient_packages", "event_production_targets", "event_assembly_targets")
        },
    }


def test_groups_can_be_left_out_of_an_export() -> None:
    """What happened, and what is planned, each are a group; a production run outlives its event."""
    groups: dict[str, set[str]] = {}
    for name, entity in BAKERY.entities.items():
        groups.setdefault(entity.group, set()).add(name)
    assert groups["transactional"] == {"purchases", "inventory_items", "production_runs"}
    assert groups["events"] == {
        "events",
        "event_recipient_packages",
        "event_production_targets",
        "event_assembly_targets",
    }
    assert set(groups) == {"catalog", "transactional", "events"}
    assert BAKERY.entities["production_runs"].fields["event"].nullable


@pytest.mark.parametrize(
    ("entity", "column", "path"),
    [
        ("recipes", "base_recipe_slug", ("base_recipe", "slug")),
        ("recipe_ingredients", "ingredient_slug", ("ingredient", "slug")),
        ("recipe_components", "component_recipe_slug", ("component_recipe", "slug")),
        ("finished_units", "recipe_slug", ("recipe", "slug")),
        ("compositions", "assembly_slug", ("assembly", "slug")),
        ("event_recipient_packages", "recipient_name", ("recipient", "name")),
        ("event_production_targets", "event_name", ("event", "name")),
        ("production_runs", "batches_produced", ("num_batches",)),
        ("recipients", "household", ("household_name",)),
    ],
)
def test_plain_files_name_rows_as_people_do(entity: str, column: str, path: tuple[str, ...]) -> None:
    """The columns that other programs' files have lead to the fields that they mean."""
    assert BAKERY.plain_view(entity).by_name[column].path == path


@pytest.mark.parametrize(
    ("entity", "field", "good", "bad"),
    [
        ("recipe_ingredients", "unit", ["cup", "tsp", "tbsp", "oz", "each", "pinch"], ["cups", ""]),
        ("recipe_ingredients", "quantity", ["0.33", 1, "0.125"], [0, -1]),
        ("recipe_ingredients", "occurrence", [1, 2], [0]),
        ("recipes", "estimated_time_minutes", [0, 90], [-1, "1.5"]),
        ("finished_units", "batch_percentage", ["12.5", 100], [0, "100.1"]),
        ("events", "year", [2026], [26, 20260]),
        ("event_recipient_packages", "status", ["pending", "delivered"], ["lost"]),
        ("production_runs", "loss_quantity", [0, 3], [-1]),
        ("production_runs", "production_status", ["partial_loss"], ["burnt"]),
    ],
)
def test_what_fits(entity: str, field: str, good: list[object], bad: list[object]) -> None:
    """Bounds and options are known before any database is asked."""
    type_ = BAKERY.entities[entity].fields[field].type
    assert not isinstance(type_, Reference)
    for value in good:
        assert parse(type_, value) is not None
    for value in bad:
        with pytest.raises(Misfit):
            parse(type_, value)


@pytest.mark.parametrize("components", [{}, {"finished_good_id": 1, "packaging_product_id": 1}])
def test_a_part_of_a_finished_good_is_one_thing(components: dict[str, int]) -> None:
    """A composition of nothing, or of two things at once, is refused by the database; one of one thing is not."""
    engine = sa.create_engine("sqlite://")
    METADATA.create_all(engine)
    part = {"uuid": "1", "assembly_id": 1, "component_quantity": 1, "created_at": datetime(2026, 1, 1)}  # noqa: DTZ001
    with engine.begin() as connection:
        connection.execute(sa.insert(FINISHED_GOODS).values(id=1, slug="box", display_name="Box"))
        connection.execute(sa.insert(COMPOSITIONS).values(**part, finished_good_id=1))
        with pytest.raises(IntegrityError, match="ck_compositions_one_component"):
            connection.execute(sa.insert(COMPOSITIONS).values(**{**part, "uuid": "2"}, **components))
    engine.dispose()


@pytest.mark.parametrize(
    ("name", "editable"),
    [
        (
            "recipes",
            """name variant_name category source yield_quantity yield_unit estimated_time_minutes
            is_production_ready notes""",
        ),
        ("events", "name event_date year output_mode notes"),
        ("finished_goods", "display_name category description packaging_instructions notes"),
    ],
)
def test_views_identify_and_edit(name: str, editable: str) -> None:
    """Each view names its rows by id and slug, says what can be edited, and knows how to compute the rest."""
    view = BAKERY.view("view", f"{name}_complete")
    assert view is not None
    assert (view.name, view.entity) == (name, name)
    assert [column.path for column in view.columns if column.role is Role.IDENTITY] == [("id",), ("slug",)]
    assert [column.name for column in view.columns if column.role is Role.EDITABLE] == editable.split()
    computed = [column for column in view.columns if column.role is Role.COMPUTED]
    assert computed
    assert all(column.computed or column.name in view.lines for column in computed)

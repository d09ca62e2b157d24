"""Laws of the views of what a bakery plans: lines come back from JSON, where they stand within records, and sheets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bake.app.apply import apply
from bake.app.build import build
from bake.app.export_views import ViewFormat, export_view, view_schema
from bake.app.import_ import import_source
from bake.app.init import initialise
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.catalog.bakery import BAKERY
from bake.changeset.file import Changeset
from bake.changeset.model import Create, Replace, Update

LINES = [name for view in BAKERY.views for name in view.lines.values()]
PLANS = [view.name for view in BAKERY.views if view.lines]
FORMATS: list[ViewFormat] = ["json", "csv", "xlsx"]

PLAN: dict[str, Any] = {
    "suppliers": [{"name": "Mill"}],
    "ingredients": [{"slug": "lemon", "display_name": "Lemon"}, {"slug": "rye", "display_name": "Rye"}],
    "products": [{"slug": "box", "ingredient_slug": "rye", "package_unit": "each", "package_unit_quantity": 1}],
    "recipes": [
        {
            "name": "Cake",
            "ingredients": [
                {"ingredient_slug": "lemon", "quantity": 1, "unit": "each", "notes": "juice"},
                {"ingredient_slug": "lemon", "quantity": 2, "unit": "each", "notes": "zest"},
                {"ingredient_slug": "rye", "quantity": "0.25", "unit": "cup"},
            ],
            "components": [{"component_recipe": {"name": "Icing"}, "quantity": 1}],
        },
        {"name": "Icing", "ingredients": []},
    ],
    "finished_units": [{"display_name": "Slice", "recipe": {"name": "Cake"}}],
    "finished_goods": [
        {
            "display_name": "Tin",
            "components": [
                {"finished_unit": {"display_name": "Slice"}, "component_quantity": 6},
                {"packaging_product_slug": "box", "component_quantity": 1, "sort_order": 2},
            ],
        }
    ],
    "packages": [{"name": "Gift"}],
    "recipients": [{"name": "Ann"}, {"name": "Bo", "household_name": "Lee"}],
    "events": [
        {
            "name": "Easter",
            "event_date": "2026-04-05",
            "year": 2026,
            "event_recipient_packages": [
                {"recipient": {"name": "Ann"}, "package": {"name": "Gift"}},
                {"recipient": {"name": "Bo", "household_name": "Lee"}, "package": {"name": "Gift"}, "quantity": 2},
            ],
            "event_production_targets": [{"recipe": {"name": "Cake"}, "target_batches": 3}],
            "event_assembly_targets": [{"finished_good": {"display_name": "Tin"}, "target_quantity": 4}],
        }
    ],
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a plan in it."""
    folder = tmp_path_factory.mktemp("planned")
    project = Project(f"sqlite:///{folder / 'bake.db'}", DEFAULT_CATALOG, folder=folder)
    initialise(project)
    (folder / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    import_source(project, folder / "plan.json")
    return folder / "bake.db"


@pytest.fixture
def project(planned: Path, tmp_path: Path) -> Project:
    """A project with a copy of it."""
    shutil.copy(planned, tmp_path / "bake.db")
    return Project(f"sqlite:///{tmp_path / 'bake.db'}", DEFAULT_CATALOG, folder=tmp_path)


def changes(file: Changeset) -> list[Any]:
    """What a changeset would do, without what is asked, which must be nothing."""
    assert not file.decisions.questions
    return [operation for operation in file.operations() if isinstance(operation, Create | Update)]


@pytest.mark.parametrize("format_", FORMATS)
def test_lines_come_back_from_sheets(project: Project, format_: ViewFormat) -> None:
    """One row a line, or a record without its lines, in each format: what nobody edited is nothing to do."""
    for view in (*LINES, *PLANS):
        written = export_view(project, view, format_=format_)
        assert written.heading.count > 0, view
        assert changes(build(project, written.path)) == [], view


@pytest.mark.parametrize("view", PLANS)
def test_lines_stand_within_their_records(project: Project, view: str) -> None:
    """In JSON: each line with its base; the export fits its schema, is nothing to do, and may be written over."""
    written = export_view(project, view)
    document = json.loads(written.path.read_text(encoding="utf-8"))
    lines = [line for record in document["records"] for name in BAKERY_LINES[view] for line in record[name]]
    assert lines
    assert all(line["_base"].startswith("b1") for line in lines)
    schema = json.loads(json.dumps(view_schema(project, view), default=float))
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
    assert changes(build(project, written.path)) == []
    assert export_view(project, view).heading.count == written.heading.count


BAKERY_LINES = {view.name: view.lines for view in BAKERY.views}


@pytest.fixture
def edited(project: Project) -> Callable[[Callable[[list[Any]], None]], Changeset]:
    """Build the recipes after their records were edited."""

    def edit(how: Callable[[list[Any]], None]) -> Changeset:
        path = export_view(project, "recipes", force=True).path
        document = json.loads(path.read_text(encoding="utf-8"))
        how(document["records"])
        path.write_text(json.dumps(document), encoding="utf-8")
        return build(project, path)

    return edit


def test_a_line_is_edited_where_it_stands(edited: Callable[..., Changeset]) -> None:
    """Exactly that line changes, in whatever order the lines stand, and a line that was taken out stays."""

    def edit(records: list[Any]) -> None:
        lines = records[0]["ingredients"]
        lines[1]["quantity"] = 3
        lines[0], lines[1] = lines[1], lines[0]
        del lines[2]

    [update] = changes(edited(edit))
    assert (update.entity, update.key["occurrence"]) == ("recipe_ingredients", 2)
    assert [(step.path, step.value) for step in update.patch if isinstance(step, Replace)] == [("/quantity", 3)]


def test_lines_and_records_are_added(project: Project, edited: Callable[..., Changeset]) -> None:
    """A new line is one of its record; a new record brings its lines with it, and all of it is there afterwards."""

    def edit(records: list[Any]) -> None:
        records[0]["ingredients"].append({"ingredient_slug": "lemon", "quantity": 1, "unit": "pinch"})
        records.append({"name": "Bun", "ingredients": [{"ingredient": "Rye", "quantity": 2, "unit": "cup"}]})

    file = edited(edit)
    assert [operation.entity for operation in changes(file)] == ["recipes", *["recipe_ingredients"] * 2]
    apply(project, file)
    records = json.loads(export_view(project, "recipes").path.read_text(encoding="utf-8"))["records"]
    assert [line["occurrence"] for line in records[0]["ingredients"]] == [1, 2, 1, 3]
    assert [line["ingredient_name"] for line in records[2]["ingredients"]] == ["Rye"]


def test_a_part_has_the_lists_that_are_named(project: Project) -> None:
    """`columns` names lists like columns; without their name they are left out."""
    part = export_view(project, "recipes", columns=["name", "ingredients"], where="name = Cake")
    [record] = json.loads(part.path.read_text(encoding="utf-8"))["records"]
    assert list(record) == ["recipe_id", "recipe_slug", "name", "ingredients", "_base"]
    assert changes(build(project, part.path)) == []

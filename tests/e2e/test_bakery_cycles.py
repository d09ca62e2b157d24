"""Recipes within recipes, goods within goods, variants of variants: files that go in circles arrive as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bake.app.import_ import import_source
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables

# Each of `a` and `b` is the base of the other and holds the other; `a` and `box` hold themselves as well.
DOCUMENT: dict[str, Any] = {
    "production_runs": [
        {
            "recipe_slug": "a",
            "event_name": "Easter",
            "finished_unit_slug": "cookie",
            "produced_at": "2027-03-20T10:00:00Z",
            "num_batches": 1,
            "actual_yield": 12,
        }
    ],
    "events": [
        {
            "name": "Easter",
            "event_date": "2027-03-28",
            "year": 2027,
            "event_recipient_packages": [{"recipient_name": "Ada", "package_slug": "big"}],
            "event_production_targets": [{"recipe_slug": "a", "target_batches": 2}],
            "event_assembly_targets": [{"finished_good_slug": "box", "target_quantity": 3}],
        }
    ],
    "recipients": [{"name": "Ada"}],
    "packages": [{"slug": "big", "name": "Big", "finished_goods": [{"finished_good_slug": "box", "quantity": 2}]}],
    "finished_goods": [
        {
            "slug": "box",
            "display_name": "Box",
            "components": [
                {"finished_good_slug": "crate", "component_quantity": 1},
                {"finished_good_slug": "box", "component_quantity": 1},
                {"finished_unit_slug": "cookie", "component_quantity": 6},
            ],
        },
        {"slug": "crate", "display_name": "Crate", "components": [{"finished_good_slug": "box", "quantity": 4}]},
    ],
    "recipes": [
        {
            "slug": "a",
            "name": "A",
            "base_recipe_slug": "b",
            "components": [
                {"component_recipe_slug": "b", "quantity": 1},
                {"component_recipe_name": "A", "quantity": 2},
            ],
            "finished_units": [{"slug": "cookie", "name": "Cookie"}],
        },
        {
            "slug": "b",
            "name": "B",
            "base_recipe": {"slug": "a"},
            "components": [{"component_recipe_slug": "a", "quantity": 1}],
        },
    ],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty bakery."""
    project = Project(f"sqlite:///{tmp_path / 'bake.db'}", DEFAULT_CATALOG, folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, project.catalog)
    return project


def pairs(project: Project, entity: str, one: str, other: str) -> set[tuple[str | None, str | None]]:
    """The slugs of what two references of an entity's rows name; for one that is no reference, the value."""
    with project.connect() as database, database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, project.catalog)
        item = project.catalog.entities[entity]
        slugs = {
            name: {row.id: row.values["slug"] for row in snapshot.scan(item.references[name], ("slug",))}
            for name in (one, other)
            if name in item.references
        }
        return {
            (slugs[one].get(row.values[one]) if one in slugs else row.values[one], slugs[other].get(row.values[other]))
            for row in snapshot.scan(entity, (one, other))
        }


def test_circles_arrive_as_they_are(project: Project, tmp_path: Path) -> None:
    """Rows that wait for each other, and all that hangs on them, are written in one go, with every reference."""
    source = tmp_path / "circles.json"
    source.write_text(json.dumps(DOCUMENT))
    assert import_source(project, source).applied
    assert pairs(project, "recipes", "slug", "base_recipe") == {("a", "b"), ("b", "a")}
    assert pairs(project, "recipe_components", "recipe", "component_recipe") == {("a", "b"), ("a", "a"), ("b", "a")}
    assert pairs(project, "compositions", "assembly", "finished_good") == {
        ("box", "crate"),
        ("box", "box"),
        ("box", None),
        ("crate", "box"),
    }
    assert pairs(project, "compositions", "assembly", "finished_unit") == {
        ("box", "cookie"),
        ("box", None),
        ("crate", None),
    }
    assert pairs(project, "production_runs", "finished_unit", "event") == {("cookie", "easter")}


def test_circles_are_found_again(project: Project, tmp_path: Path) -> None:
    """The same recipes and goods from another file, in other words, are the same rows."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(json.dumps(DOCUMENT))
    import_source(project, first)
    second.write_text(
        json.dumps({name: DOCUMENT[name] for name in ("recipes", "finished_goods", "packages")}, indent=1)
    )
    again = import_source(project, second)
    assert again.applied is None
    assert again.changeset.built
    assert all(set(actions) == {"skip"} for actions in again.changeset.built.counts.values())

"""The recipes, recipients and events of a real application arrive whole, once, and edits find their own lines."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bake.app.import_ import import_source
from bake.app.project import Project
from bake.app.results import ImportResult
from bake.app.settings import DEFAULT_CATALOG
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.database.schema import create_tables

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "bake-tracker" / "sample_data_all.json"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not SOURCE.is_file(), reason="the real files are not in ../shared/data/bake-tracker"),
]

Record = dict[str, Any]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty bakery."""
    project = Project(f"sqlite:///{tmp_path / 'bake.db'}", DEFAULT_CATALOG, folder=tmp_path)
    with project.connect(create=True) as database, database.writing() as connection:
        create_tables(connection, project.catalog)
    return project


@pytest.fixture
def document() -> dict[str, list[Record]]:
    """What stands in the real file."""
    text = SOURCE.read_text(encoding="utf-8")
    parsed: dict[str, list[Record]] = json.loads(text, parse_float=Decimal)
    return parsed


def counts(result: ImportResult) -> dict[str, dict[str, int]]:
    """How many operations of each kind an import's changeset has, by entity."""
    built = result.changeset.built
    return {entity: dict(actions) for entity, actions in built.counts.items()} if built else {}


def rows(project: Project, entity: str) -> list[Record]:
    """The rows of an entity, their references as slugs."""
    with project.connect() as database, database.reading() as connection:
        snapshot = DatabaseSnapshot(connection, project.catalog)
        item = project.catalog.entities[entity]
        names = {
            target: {row.id: row.values["slug"] for row in snapshot.scan(target, ("slug",))}
            for target in set(item.references.values())
        }
        return [
            {
                name: names[item.references[name]].get(value) if name in item.references else value
                for name, value in row.values.items()
            }
            for row in snapshot.scan(entity, tuple(item.fields))
        ]


def lines(project: Project) -> Counter[tuple[Any, ...]]:
    """The lines of all recipes."""
    return Counter(
        (row["recipe"], row["ingredient"], Decimal(row["quantity"]), row["unit"])
        for row in rows(project, "recipe_ingredients")
    )


def nested_lines(document: dict[str, list[Record]]) -> Counter[tuple[Any, ...]]:
    """The lines of all recipes as the file has them."""
    return Counter(
        (recipe["slug"], line["ingredient_slug"], Decimal(line["quantity"]), line["unit"])
        for recipe in document["recipes"]
        for line in recipe["ingredients"]
    )


def test_everything_arrives_and_nothing_twice(project: Project, document: dict[str, list[Record]]) -> None:
    """Every recipe with every line (the same ingredient twice included), recipient and event; again: no change."""
    first = import_source(project, SOURCE)
    assert counts(first)["recipes"] == {"create": 20}
    assert counts(first)["recipe_ingredients"] == {"create": 224}
    assert lines(project) == nested_lines(document)
    for entity, names in (
        ("recipes", ("slug", "name", "category", "source", "notes", "is_production_ready")),
        ("recipients", ("name", "household_name")),
        ("events", ("name", "event_date", "year")),
    ):
        given = Counter(tuple(record[name] for name in names) for record in document[entity])
        assert Counter(tuple(row[name] for name in names) for row in rows(project, entity)) == given
    second = import_source(project, SOURCE)
    assert second.applied is None
    assert all(set(actions) == {"skip"} for actions in counts(second).values())


def test_an_edited_recipe_finds_its_own_lines(
    project: Project, document: dict[str, list[Record]], tmp_path: Path
) -> None:
    """In another file, with another unit, order and one line more, exactly those changes are made."""
    import_source(project, SOURCE)
    recipe = next(recipe for recipe in document["recipes"] if recipe["slug"] == "lemon-bliss-cake")
    before = nested_lines(document)
    recipe["ingredients"][0] |= {"quantity": Decimal(9), "unit": "kg"}
    recipe["ingredients"].insert(0, {"ingredient_slug": "allspice_ground", "quantity": 1, "unit": "pinch"})
    recipe["ingredients"].append(recipe["ingredients"].pop(1))
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps({"recipes": document["recipes"]}, default=float), encoding="utf-8")
    result = import_source(project, edited)
    assert counts(result)["recipe_ingredients"] == {"create": 1, "update": 1, "skip": 223}
    assert counts(result)["recipes"] == {"skip": 20}
    assert lines(project) == nested_lines(document) != before

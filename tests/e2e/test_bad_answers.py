"""What becomes of the bad answers of assistants: asked, warned of, told, refused, or missed; as a page says it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.bad_answers import KINDS, Kind
from support.web import bakery

import bake
from bake import Changeset, Project
from bake.changeset.model import Skip
from bake.errors import InvalidSource, OpenQuestions
from bake.renderer.sentences import sentence

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "mistakes.md"

#: What the bakery has beside the demonstration: notes to be cut off, and a name with its size.
MORE: list[dict[str, Any]] = [
    {
        "product_slug": "petes_eggs_12_each",
        "notes": "Keep them in the cold, and use them within three weeks.",
    },
    {
        "ingredient_slug": "all_purpose_flour",
        "brand": "Bob's",
        "product_name": "Flour 5 lb",
        "package_unit": "lb",
        "package_unit_quantity": 5,
        "upc_code": "041196910223",
    },
    {
        "ingredient_slug": "all_purpose_flour",
        "brand": "Mill",
        "product_name": "White",
        "package_unit": "lb",
        "package_unit_quantity": 2,
    },
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The bakery of the demonstration, with some more products; nothing here writes to it."""
    folder = bakery(tmp_path_factory.mktemp("bad") / "shop")
    project = Project(f"sqlite:///{folder / 'bake.db'}", "bake.catalog.bakery:BAKERY", folder=folder, actor="ada")
    bake.apply(project, bake.build(project, MORE, view="products"))
    bake.export_view(project, "products", output=folder / "view.json")
    return project


def answered(project: Project, kind: Kind, tmp_path: Path) -> Path:
    """The file that comes back."""
    document = json.loads((project.folder / "view.json").read_text())
    text = kind.spoil(document)
    path = tmp_path / "view_products.json"
    path.write_text(json.dumps(document) if text is None else text)
    return path


def said(file: Changeset) -> Iterator[tuple[str, str]]:
    """What a changeset says of itself, the most serious first: how, and in which words."""
    yield from (("question", sentence(question, 1)) for question in file.open_questions)
    operations = [operation for operation in file.operations() if not isinstance(operation, Skip)]
    yield from (("warning", warning.message) for operation in operations for warning in operation.warnings)
    yield from (("notice", notice.message) for notice in (file.built.notices if file.built else ()))
    yield ("missed" if operations else "harmless"), ""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_becomes_of_it(project: Project, kind: Kind, tmp_path: Path) -> None:
    """The most serious of what is said, and in which words; with --strict, what is warned of is not applied unasked."""
    path = answered(project, kind, tmp_path)
    if kind.outcome == "refused":
        with pytest.raises(InvalidSource):
            bake.build(project, path, output=tmp_path / "x.changeset.jsonl")
        return
    found = list(said(bake.build(project, path, output=tmp_path / "x.changeset.jsonl")))
    assert found[0][0] == kind.outcome, found
    assert any(how == kind.outcome and kind.says in words for how, words in found), found
    if kind.outcome == "warning":
        strict = bake.build(project, path, strict=True, output=tmp_path / "strict.changeset.jsonl")
        with pytest.raises(OpenQuestions):
            bake.apply(project, strict, dry_run=True)


def test_the_page_says_what_becomes_of_each() -> None:
    """Its table has each kind, in this order, with what becomes of it."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines()]
    told = [tuple(row) for row in rows if len(row) == 2]
    assert told == [
        ("what comes back", "what becomes of it"),
        ("---", "---"),
        *((one.name, f"{one.outcome}: {one.why}" if one.why else one.outcome) for one in KINDS),
    ]
    assert all(bool(kind.why) == (kind.outcome == "missed") for kind in KINDS)
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 30

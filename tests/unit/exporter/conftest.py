"""A small cupboard, and the set that was exported from it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from support import cupboard
from support.sets import Rows, fill, project_at

from bake.app.export import export_complete
from bake.app.project import Project

ROWS: Rows = {
    "shelves": [
        {"id": 1, "room": "kitchen", "place": 2, "favourite": 2},
        {"id": 2, "room": "kitchen", "place": 1, "favourite": None},
    ],
    "jars": [
        {
            "id": 1,
            "label": "honey",
            "shelf": 1,
            "lid": None,
            "weight": Decimal("12345678901234567890.5"),
            "volume": Decimal("0.1"),
            "origin": {"farm": ["é", Decimal("1.5"), None]},
            "filled_at": "2025-12-20T10:00:00Z",
        },
        {
            "id": 2,
            "label": "a\nb",
            "shelf": None,
            "lid": "",
            "weight": None,
            "volume": None,
            "origin": None,
            "filled_at": None,
        },
    ],
    "spoons": [{"id": 7, "shelf": 1, "number": 0}],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose database holds the cupboard."""
    made = project_at(tmp_path / "project", cupboard.NAME)
    fill(made, ROWS)
    return made


@pytest.fixture
def connection(project: Project) -> Iterator[sa.Connection]:
    """A reading transaction."""
    with project.connect() as database, database.reading() as reading:
        yield reading


@pytest.fixture
def exported(project: Project, tmp_path: Path) -> Path:
    """The folder of a set of the cupboard."""
    return export_complete(project, output=tmp_path / "set").folder

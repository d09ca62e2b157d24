"""A set is the same whichever database it comes from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from support.sets import Rows, comparable, fill, project_at

from bake.app.export import export_complete
from bake.app.import_ import import_source
from bake.app.init import initialise
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG

_NAMES = ("Übermarkt", "apple", "Zebra", "_x", "a b", "a-b", "A b", 'say "x:y"')
_AT = "2025-12-20T10:00:00.000001Z"

#: Names that collations sort in different ways, a decimal that no double holds, an empty text, a tree.
ROWS: Rows = {
    "ingredients": [
        {
            "id": n,
            "uuid": f"{9 - n}0000000-0000-4000-8000-00000000000{n}",
            "slug": f"{name}_{n}",
            "display_name": name,
            "parent": n - 1 or None,
            "density_volume_value": Decimal("12345678.1234"),
            "notes": "" if n % 2 else None,
            "created_at": _AT,
        }
        for n, name in enumerate(_NAMES, 1)
    ]
}


def test_same_set_from_every_database(database_url: str, tmp_path: Path) -> None:
    """Exported from SQLite, imported elsewhere and exported there, a set has the same bytes but for ids and stamps."""
    here, there = project_at(tmp_path / "here"), Project(database_url, DEFAULT_CATALOG, folder=tmp_path / "there")
    there.folder.mkdir()
    fill(here, ROWS)
    whole = export_complete(here, output=tmp_path / "whole").folder
    initialise(there)
    import_source(there, whole)
    assert comparable(export_complete(there, output=tmp_path / "again").folder) == comparable(whole)

"""What is exported comes back: every row, every column, every value."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from support import cupboard
from support.examples import examples
from support.sets import Rows, comparable, databases, fill, project_at

from bake.app.export import export_complete, validate_export
from bake.app.import_ import import_source
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.catalog.bakery import BAKERY

pytestmark = pytest.mark.usefixtures("pieces")

DATA = Path(__file__).parents[3] / "shared" / "data" / "bake-tracker"

FEW = examples(4)


def exported(project: Project, name: str) -> Path:
    """The folder of a set of all that the project's database holds."""
    return export_complete(project, output=project.folder / name).folder


def check_round_trip(rows: Rows, catalog_name: str) -> None:
    """Export, import into an empty database, export: the same bytes; and nothing to do where only the ids differ."""
    with tempfile.TemporaryDirectory() as folder:
        first, second, third = (project_at(Path(folder) / name, catalog_name) for name in ("first", "second", "third"))
        fill(first, rows)
        fill(third, rows, shift=100)
        whole = exported(first, "set")
        validate_export(whole)
        import_source(second, whole, confirm=lambda *_: True)  # two rows may have one code, which wants a yes
        assert comparable(exported(second, "set")) == comparable(whole)
        assert import_source(third, whole).applied is None
        assert comparable(exported(third, "set")) == comparable(whole)


def one_component(entity: str, row: dict[str, Any]) -> bool:
    """Keep one of the three things that a line of a composition may hold, as its table demands."""
    if entity == "compositions":
        kinds = [name for name in ("finished_unit", "finished_good", "packaging_product") if row[name] is not None]
        row.update(dict.fromkeys(kinds[1:]))
        return bool(kinds)
    return True


@FEW
@given(databases(BAKERY, one_component))
def test_a_bakery_comes_back(rows: Rows) -> None:
    """A set of any bakery gives the same set again, byte for byte, from an empty database and from one of other ids."""
    check_round_trip(rows, DEFAULT_CATALOG)


@FEW
@given(databases(cupboard.CUPBOARD))
def test_any_catalog_comes_back(rows: Rows) -> None:
    """So does one of a catalog with JSON, defaults on what may be null, keys of several parts, cycles, and no uuids."""
    check_round_trip(rows, cupboard.NAME)


@pytest.mark.real_data
@pytest.mark.parametrize("pieces", ["whole", pytest.param("in pieces", marks=pytest.mark.everywhere)], indirect=True)
@pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not in ../shared/data/bake-tracker")
def test_real_data_comes_back(tmp_path: Path) -> None:
    """All that a real application's files hold is the same after export, import and export."""
    first, second = project_at(tmp_path / "first"), project_at(tmp_path / "second")
    for name in ("suppliers.json", "sample_data_all.json"):
        import_source(first, DATA / name, skip_on_error=True)
    whole = exported(first, "set")
    counts = {entry.entity_type: entry.record_count for entry in validate_export(whole).manifest.files}
    assert counts["ingredients"] > 100
    assert counts["products"] > 100
    import_source(second, whole)
    assert comparable(exported(second, "set")) == comparable(whole)

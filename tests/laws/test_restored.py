"""An export that nobody edited changes nothing, however it is written by now, in a restored database as at home."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.market import uid
from support.sets import Rows, fill, project_at

from bake.app.build import build
from bake.app.export_views import export_view
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.catalog.base_digest import BASE
from bake.changeset.model import Skip

VIEWS = ("products", "inventory", "purchases")
_SHOPS = ({"slug": "mill_ma", "name": "Old Mill", "state": "MA"}, {"slug": "barn_ny", "name": "Barn", "state": "NY"})
_PRODUCTS: tuple[dict[str, Any], ...] = (
    {"slug": "rye", "brand": "Aurora", "product_name": "Rye", "upc_code": "4006381333931", "notes": "dark"},
    {"slug": "spelt", "brand": "Aurora", "product_name": "Spelt", "upc_code": None, "notes": None},
    {"slug": "oats", "brand": None, "product_name": "Oats", "upc_code": None, "notes": None},
)
_BOUGHT = ((1, 1, 4), (1, 1, 4), (2, 2, 4), (3, 1, 5))
#: What is said of each product, or purchase, whatever else it is.
_PACKAGE = {"ingredient": 1, "package_unit": "lb", "package_unit_quantity": Decimal(5)}
ROWS: Rows = {
    "suppliers": [{"id": n, "uuid": uid(n), **shop} for n, shop in enumerate(_SHOPS, 1)],
    "ingredients": [{"id": 1, "uuid": uid(10), "slug": "flour", "display_name": "Flour"}],
    "products": [{"id": n, "uuid": uid(20 + n), **_PACKAGE, **one} for n, one in enumerate(_PRODUCTS, 1)],
    "purchases": [
        {"id": n, "uuid": uid(30 + n), "product": product, "supplier": shop, "purchase_date": "2025-12-01"}
        | {"unit_price": Decimal(price), "quantity_purchased": Decimal(1)}
        for n, (product, shop, price) in enumerate(_BOUGHT, 1)
    ],
    "inventory_items": [
        {
            "id": n,
            "uuid": uid(40 + n),
            "product": n,
            "purchase": n,
            "quantity": Decimal(2),
            "addition_date": "2025-12-01",
        }
        for n in (1, 2, 3)
    ],
}
#: What only says which row a record or a reference means, so that its letters are no edit.
_NAMING = {"uuid", "product_slug", "supplier_name", "ingredient_slug"}
_BLANKS: st.SearchStrategy[Any] = st.sampled_from([str, lambda text: f"  {text} ", lambda text: f"\u00a0{text}"])
_LETTERS: st.SearchStrategy[Any] = st.sampled_from([str, str.upper, str.title])


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Exports of a database whose folder is gone; and the database by itself, and restored with other ids."""
    folder = tmp_path_factory.mktemp("restored")
    home, other = (project_at(folder / name) for name in ("home", "other"))
    fill(home, ROWS)
    fill(other, ROWS, shift=100)
    exports = {view: json.loads(export_view(home, view).path.read_text()) for view in VIEWS}
    (folder / "alone").mkdir()
    shutil.move(folder / "home" / "bake.db", folder / "alone" / "bake.db")
    shutil.rmtree(folder / "home")
    return {"exports": exports, "projects": (_bare(folder / "alone"), _bare(folder / "other"))}


def _bare(folder: Path) -> Project:
    return Project(f"sqlite:///{folder / 'bake.db'}", DEFAULT_CATALOG, folder=folder)


def _rewritten(draw: st.DrawFn, export: dict[str, Any], *, bases: bool) -> dict[str, Any]:
    """The same records in any order, with blanks around their texts, and what names rows in any letters."""
    records = [
        {
            name: draw(_BLANKS)((draw(_LETTERS) if name in _NAMING else str)(value))
            if isinstance(value, str) and name != BASE
            else value
            for name, value in record.items()
            if bases or name != BASE
        }
        for record in draw(st.permutations(export["records"]))
    ]
    return export | {"records": records}


@pytest.mark.parametrize("view", VIEWS)
@examples(5)
@given(data=st.data())
def test_an_export_changes_nothing_wherever_it_comes_back(
    databases: dict[str, Any], view: str, data: st.DataObject
) -> None:
    """It finds its rows by uuids and keys: with other ids, without the folder that made it, with and without bases."""
    for project in databases["projects"]:
        for bases in (True, False):
            source = data.draw(st.composite(_rewritten)(databases["exports"][view], bases=bases))
            file = build(project, json.dumps(source).encode(), name="again.json")
            assert not file.decisions.questions
            assert file.header.source.records == len(source["records"])
            assert all(isinstance(one, Skip) for one in file.operations())

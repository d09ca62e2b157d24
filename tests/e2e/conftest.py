"""A folder to type commands in, and a bakery small enough to know by heart."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.shell import Shell

#: Two shops, two flours, one product of each, and a purchase.
BAKERY: dict[str, Any] = {
    "suppliers": [
        {"slug": "costco_waltham_ma", "name": "Costco", "city": "Waltham", "state": "MA"},
        {"slug": "wegmans_burlington_ma", "name": "Wegmans", "city": "Burlington", "state": "MA"},
    ],
    "ingredients": [
        {"slug": "flours", "display_name": "Flours", "hierarchy_level": 0},
        {"slug": "bread_flour", "display_name": "Bread Flour", "hierarchy_level": 2, "parent_slug": "flours"},
        {"slug": "rye_flour", "display_name": "Rye Flour", "hierarchy_level": 2, "parent_slug": "flours"},
    ],
    "products": [
        {
            "slug": "king_arthur_bread_flour_5_lb",
            "ingredient_slug": "bread_flour",
            "brand": "King Arthur",
            "product_name": "Bread Flour",
            "package_unit": "lb",
            "package_unit_quantity": 5,
            "preferred_supplier_slug": "wegmans_burlington_ma",
        },
        {
            "slug": "bobs_rye_flour_20_oz",
            "ingredient_slug": "rye_flour",
            "brand": "Bob's",
            "product_name": "Dark Rye",
            "package_unit": "oz",
            "package_unit_quantity": 20,
        },
    ],
    "purchases": [
        {
            "uuid": "7a3b2a36-37a8-4f5a-9a53-0d8f0a1f4a01",
            "product_slug": "king_arthur_bread_flour_5_lb",
            "supplier_slug": "wegmans_burlington_ma",
            "purchase_date": "2025-11-15",
            "unit_price": 5.49,
            "quantity_purchased": 2,
        }
    ],
}

#: A purchase at a shop that the bakery does not know, and one that nothing is unclear about.
WILSON = {
    "purchases": [
        {
            "product_slug": "bobs_rye_flour_20_oz",
            "supplier_name": "Wilson's Farm",
            "purchase_date": "2025-12-20",
            "unit_price": 6.99,
            "quantity_purchased": 1,
        },
        {
            "product_slug": "bobs_rye_flour_20_oz",
            "supplier_slug": "costco_waltham_ma",
            "purchase_date": "2025-12-21",
            "unit_price": 6.49,
            "quantity_purchased": 3,
        },
    ]
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty folder."""
    return Shell(tmp_path)


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shell = Shell(tmp_path_factory.mktemp("bakery"))
    shell.write("bakery.json", BAKERY)
    shell.write("wilson.json", WILSON)
    shell.done("init")
    shell.done("import", "bakery.json")
    return shell.folder


@pytest.fixture
def bakery(shell: Shell, _template: Path) -> Shell:
    """A folder with a database that holds the bakery, its file `bakery.json`, and `wilson.json` to be imported."""
    shutil.copytree(_template, shell.folder, dirs_exist_ok=True)
    return shell

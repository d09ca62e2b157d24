"""The files of a real application, imported as its owner would: everything arrives, once, where it belongs."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from support.shell import Shell, changes, contents, lines, notices, query

from bake.catalog.bakery import BAKERY

DATA = Path(__file__).parents[3] / "shared" / "data" / "bake-tracker"
SUPPLIERS, ALL, VIEW = "suppliers.json", "sample_data_all.json", "old_view_products.json"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not in ../shared/data/bake-tracker"),
]

#: Rows that were there before, with the ids that the real files use for other rows.
STRANGERS: dict[str, Any] = {
    "suppliers": [{"slug": f"stranger_{n}", "name": f"Stranger {n}"} for n in range(4)],
    "ingredients": [{"slug": f"strange_{n}", "display_name": f"Strange {n}"} for n in range(7)],
    "products": [
        {"slug": f"odd_{n}", "ingredient_slug": f"strange_{n}", "package_unit": "kg", "package_unit_quantity": n + 1}
        for n in range(5)
    ],
}

_PRODUCT = """
    SELECT i.slug, p.brand, p.product_name, p.package_unit, p.package_unit_quantity{more}
    FROM products p JOIN ingredients i ON i.id = p.ingredient_id
    LEFT JOIN suppliers s ON s.id = p.preferred_supplier_id
"""
_INVENTORY = """
    SELECT i.slug, p.brand, p.product_name, p.package_unit, p.package_unit_quantity,
           v.quantity, v.purchase_date, v.location, v.notes
    FROM inventory_items v JOIN products p ON p.id = v.product_id JOIN ingredients i ON i.id = p.ingredient_id
"""

Record = dict[str, Any]


def read(name: str) -> Any:
    """One of the real files."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def picked(records: Iterable[Record], *names: str) -> Counter[tuple[Any, ...]]:
    """The values of these fields in each record; null where a record lacks one."""
    return Counter(tuple(record.get(name) for name in names) for record in records)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A fresh database after the two imports. Nobody writes to this one."""
    shell = Shell(tmp_path_factory.mktemp("imported"))
    shell.done("init")
    shell.done("import", DATA / SUPPLIERS)
    shell.done("import", DATA / ALL)
    return shell


@pytest.fixture(scope="module")
def among_strangers(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The same in a database that held other rows first, so that no id is the one in the files."""
    shell = Shell(tmp_path_factory.mktemp("among_strangers"))
    shell.done("init")
    shell.done("import", shell.write("strangers.json", STRANGERS))
    shell.done("import", DATA / SUPPLIERS)
    shell.done("import", DATA / ALL)
    return shell


@pytest.fixture(params=["imported", "among_strangers"])
def either(request: pytest.FixtureRequest) -> Shell:
    """Each of the two databases in turn."""
    shell: Shell = request.getfixturevalue(request.param)
    return shell


@pytest.fixture
def copy(imported: Shell, tmp_path: Path) -> Shell:
    """A copy of the fresh database, to be written to."""
    shutil.copy(imported.database, tmp_path / "bake.db")
    return Shell(tmp_path)


def test_everything_arrives(imported: Shell) -> None:
    """The two files leave exactly the suppliers, ingredients, products and inventory items that they hold."""
    rows = contents(imported.database)
    expected = {"suppliers": 6, "ingredients": 413, "products": 156, "purchases": 0, "inventory_items": 156}
    assert {name: len(rows[name]) for name in expected} == expected


def test_the_tree_of_ingredients(either: Shell) -> None:
    """Every ingredient has the name, level and parent that the file gives it, and the roots have none."""
    statement = """
        SELECT i.slug, i.display_name, i.hierarchy_level, p.slug FROM ingredients i
        LEFT JOIN ingredients p ON p.id = i.parent_id WHERE i.slug NOT LIKE 'strange!_%' ESCAPE '!'
    """
    expected = picked(read(ALL)["ingredients"], "slug", "display_name", "hierarchy_level", "parent_slug")
    assert Counter(query(either.database, statement)) == expected
    assert sum(1 for *_, parent in expected.elements() if parent is None) == 15


def test_the_products_and_their_codes(either: Shell) -> None:
    """Every product is of its ingredient, as the file says, and has its GTIN digit for digit; 82 have one."""
    statement = _PRODUCT.format(more=", p.package_type, p.gtin, p.upc_code") + "WHERE p.brand IS NOT NULL"
    fields = ("ingredient_slug", "brand", "product_name", "package_unit", "package_unit_quantity")
    expected = picked(read(ALL)["products"], *fields, "package_type", "gtin", "upc_code")
    found = Counter(query(either.database, statement))
    assert found == expected
    assert sum(1 for row in found.elements() if row[6]) == 82


def test_preferred_suppliers(either: Shell) -> None:
    """The 29 supplier ids in the file mean the suppliers of the file, whatever ids the database gave them."""
    document = read(ALL)
    slugs = {supplier["id"]: supplier["slug"] for supplier in document["suppliers"]}
    fields = ("ingredient_slug", "brand", "product_name", "package_unit", "package_unit_quantity")
    products = [
        {**product, "shop": slugs.get(product.get("preferred_supplier_id"))} for product in document["products"]
    ]
    found = Counter(query(either.database, _PRODUCT.format(more=", s.slug") + "WHERE p.brand IS NOT NULL"))
    assert found == picked(products, *fields, "shop")
    assert sum(1 for *_, shop in found.elements() if shop) == 29


def test_the_inventory(either: Shell) -> None:
    """Every inventory item lies with the product that the file describes, in its quantity, day, place and notes."""
    product = ("ingredient_slug", "product_brand", "product_name", "package_unit", "package_unit_quantity")
    expected = picked(read(ALL)["inventory_items"], *product, "quantity", "purchase_date", "location", "notes")
    assert Counter(query(either.database, _INVENTORY)) == expected


def test_vanillas_that_differ_only_by_name(either: Shell) -> None:
    """Two vanillas of one maker and size keep an inventory item each."""
    statement = f"{_INVENTORY} WHERE p.brand = 'Heilala' AND p.package_unit_quantity = 50 AND p.package_unit = 'ml'"
    names = sorted(row[2] for row in query(either.database, statement))
    assert len(names) == len(set(names)) == 2


def test_unknown_parts_are_counted(imported: Shell) -> None:
    """Each part of the file that the catalog does not know is in a notice, with the number of its records."""
    document = read(ALL)
    [changeset] = [path for path in imported.changesets if "sample_data_all" in path.name]
    found = notices(changeset)
    for name, value in document.items():
        if name in BAKERY.entities:
            continue
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            counted = re.compile(rf"{len(value)} records? of {name},")
            assert any(counted.match(message) for message in found["unknown_entity"]), name
        else:
            assert f'"{name}"' in found["ignored"][0]
    assert [m for m in found["unknown_field"] if m.startswith('"updated_at" is no column of suppliers')]


def test_every_record_is_in_one_operation(imported: Shell) -> None:
    """The header counts the records of every list in the file, the unknown ones too; each is in one operation."""
    [changeset] = [path for path in imported.changesets if "sample_data_all" in path.name]
    source = lines(changeset)[0]["source"]
    counted = {section["name"]: section["records"] for section in source["sections"]}
    for name, value in read(ALL).items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            assert counted[name] == len(value)
    numbers = Counter(n for line in lines(changeset, "operation") for run in line["from"] for n in _numbers(run))
    assert numbers == Counter(range(source["records"]))
    assert sum(counted.values()) == source["records"]


def _numbers(run: int | str) -> Iterable[int]:
    first, _, last = str(run).partition("-")
    return range(int(first), int(last or first) + 1)


@pytest.mark.parametrize("name", [SUPPLIERS, ALL, VIEW])
def test_importing_again_changes_nothing(either: Shell, name: str) -> None:
    """What the database holds already, also as the application's own view shows it, gives skips and no questions."""
    before = either.database.read_bytes()
    changeset = either.built(DATA / name)
    said = either.done("import", DATA / name)
    assert changes(changeset) == []
    assert lines(changeset, "question") == []
    assert said.startswith(("nothing to change", "nothing was changed"))
    assert either.database.read_bytes() == before


def edited(*edits: Callable[[list[Record]], None]) -> Record:
    """The view as somebody gives it back: edited, and without the fields that nobody wrote."""
    document: Record = deepcopy(read(VIEW))
    for edit in edits:
        edit(document["records"])
    return document


def _new_product(name: str, ingredient: str) -> Record:
    return {
        "brand": "Test Mill",
        "product_name": name,
        "package_unit": "kg",
        "package_unit_quantity": 1.5,
        "ingredient_slug": ingredient,
        "preferred_supplier_name": "Wegmans",
    }


def test_edits_give_exactly_their_operations(copy: Shell) -> None:
    """Edited codes, notes and flags, a new product and one of an unknown ingredient: these operations and no others."""

    def edit(records: list[Record]) -> None:
        records[0]["upc_code"] = "071012010615"
        records[10]["upc_code"] = "078742351865"
        records[20]["notes"] = "top shelf"
        records[30]["is_hidden"] = True
        records[40]["last_purchase_price"] = "9.9900"
        records.append(_new_product("Stone-ground Flour", "flour_all_purpose"))
        records.append(_new_product("Moon Flour", "flour_moon"))

    changeset = copy.built(copy.write(VIEW, edited(edit)))
    patched = {
        line["from"][0]: {step["path"]: step["value"] for step in line["patch"] if step["op"] == "replace"}
        for line in changes(changeset)
        if line["action"] == "update"
    }
    created = {line["from"][0]: line for line in changes(changeset) if line["action"] == "create"}
    [question] = lines(changeset, "question")
    assert patched == {
        0: {"/upc_code": "071012010615"},
        10: {"/upc_code": "078742351865"},
        20: {"/notes": "top shelf"},
        30: {"/is_hidden": True},
    }
    assert created.keys() == {156, 157}
    assert created[156]["values"]["ingredient"] == {"slug": "flour_all_purpose"}
    assert created[156]["values"]["preferred_supplier"] == {"slug": "wegmans_burlington_ma"}
    assert created[157]["needs"] == {"/ingredient": question["id"]}
    assert (question["kind"], question["entity"], question["lookup"]) == (
        "missing",
        "ingredients",
        {"slug": "flour_moon"},
    )
    assert len(changes(changeset)) == 6


def test_edits_arrive(copy: Shell) -> None:
    """Applied, with the unknown ingredient mapped, the edits change what they say and not one value else."""

    def edit(records: list[Record]) -> None:
        records[0]["upc_code"] = "071012010615"
        records[20]["notes"] = "top shelf"
        records.append(_new_product("Moon Flour", "flour_moon"))

    before = contents(copy.database)
    flour, other = (_row(before["products"], read(VIEW)["records"][n]) for n in (0, 20))
    changeset = copy.built(copy.write(VIEW, edited(edit)))
    copy.done("changeset", "resolve", changeset, "--map", "ingredients:flour_moon=flour_all_purpose")
    copy.done("changeset", "apply", changeset)
    after = contents(copy.database)
    flour["upc_code"], other["notes"] = "071012010615", "top shelf"
    [new] = after["products"][156:]
    after["products"] = after["products"][:156]
    assert after == before
    assert (new["brand"], new["product_name"], new["package_unit_quantity"]) == ("Test Mill", "Moon Flour", 1.5)
    ingredient = query(copy.database, "SELECT slug FROM ingredients WHERE id = ?", [new["ingredient_id"]])
    assert ingredient == [("flour_all_purpose",)]


def _row(products: list[Record], record: Record) -> Record:
    """The product that a record of the view shows; among the real ones these fields suffice."""
    names = ("brand", "product_name", "package_unit", "package_unit_quantity")
    [row] = [row for row in products if all(row[name] == record[name] for name in names)]
    return row


@pytest.mark.parametrize("field", ["ingredient_slug", "preferred_supplier_name"])
def test_edits_of_what_is_read_only_are_noticed(copy: Shell, field: str) -> None:
    """Another ingredient or supplier in a read-only column re-links nothing; the notice names record and column."""

    def edit(records: list[Record]) -> None:
        value = {"ingredient_slug": "cornstarch", "preferred_supplier_name": "Costco"}[field]
        record = next(record for record in records if record["preferred_supplier_name"] == "Wegmans")
        record[field] = value

    before = contents(copy.database)
    changeset = copy.built(copy.write(VIEW, edited(edit)))
    updates = [line for line in changes(changeset) if line["action"] == "update"]
    assert updates == []
    assert contents(copy.database) == before


def test_package_sizes_are_updates_in_a_view_that_names_products(copy: Shell) -> None:
    """A size edited in the view `products`, whose records carry the slug, is an update of that product."""
    [[slug, name]] = query(copy.database, "SELECT slug, product_name FROM products WHERE id = 7")
    record = {"product_slug": slug, "product_name": name, "package_size": 2.5, "package_unit_quantity": 99}
    document = {"export_type": "denormalized_view", "view_name": "products_complete", "records": [record]}
    [change] = changes(copy.built(copy.write("view_products.json", document)))
    paths = {step["path"] for step in change["patch"] if step["op"] == "replace"}
    assert (change["action"], change["key"]) == ("update", {"slug": slug})
    assert paths == {"/package_size", "/package_unit_quantity"}


def test_an_edited_package_size_makes_no_second_product(copy: Shell) -> None:
    """In the application's own view, which names products by their contents, another size updates or asks.

    It never makes a double of a product of which the file says that it exists (it carries its id and uuid).
    """

    def edit(records: list[Record]) -> None:
        records[1]["package_size"] = 2.5
        records[4]["package_unit_quantity"] = 99

    changeset = copy.built(copy.write(VIEW, edited(edit)))
    asked = {question["id"] for question in lines(changeset, "question") if question["kind"] == "identity"}
    created = [line for line in changes(changeset) if line["action"] == "create"]
    assert [line["key"] for line in created if line.get("needs", {}).get("") not in asked] == []

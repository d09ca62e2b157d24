"""Views as people meet them: exported, edited, brought back; sheets, templates and schemas."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from support.shell import Shell, lines, query

from bake.catalog.bakery import BAKERY
from bake.catalog.base_digest import BASE

VIEWS = Path("docs/exports/ai_augmentation")
FLOUR, RYE = "king_arthur_bread_flour_5_lb", "bobs_rye_flour_20_oz"


def edit(path: Path, changes: dict[int, dict[str, Any]]) -> None:
    """Change fields of records of an exported JSON view, by the record's place."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for place, fields in changes.items():
        document["records"][place] |= fields
    path.write_text(json.dumps(document), encoding="utf-8")


def updates(shell: Shell, source: Path, *options: str) -> list[tuple[str, dict[str, Any]]]:
    """What building a source would do: each operation's action and what it writes."""
    lines = [json.loads(line) for line in shell.built(source, *options).read_text(encoding="utf-8").splitlines()]
    operations = [line for line in lines if line["type"] == "operation" and line["action"] != "skip"]
    return [
        (
            line["action"],
            line.get("values") or {s["path"][1:]: s["value"] for s in line["patch"] if s["op"] == "replace"},
        )
        for line in operations
    ]


def test_the_products_view_has_the_agreed_shape(bakery: Shell) -> None:
    """Envelope, documentation and columns are those that were agreed, in their order; context is filled in."""
    assert "2 records" in bakery.done("export", "view", "products")
    document = json.loads((bakery.folder / VIEWS / "view_products.json").read_text(encoding="utf-8"))
    assert list(document) == [
        *("export_type", "view_name", "view_version", "exported_at", "export_id", "database", "record_count"),
        *("documentation", "records"),
    ]
    assert document["export_type"] == "denormalized_view"
    assert (document["view_name"], document["view_version"], document["record_count"]) == (
        "products_complete",
        "1.0",
        2,
    )
    documentation = document["documentation"]
    assert list(documentation) == ["purpose", "editable_fields", "readonly_fields", "import_instructions"]
    first = document["records"][0]
    assert first.pop(BASE).startswith("b1")
    assert sorted(first) == sorted([*documentation["editable_fields"], *documentation["readonly_fields"]])
    assert list(first.items())[:9] == [
        ("product_id", 1),
        ("product_slug", FLOUR),
        ("ingredient_name", "Bread Flour"),
        ("ingredient_slug", "bread_flour"),
        ("ingredient_category", None),
        ("preferred_supplier_name", "Wegmans"),
        ("last_purchase_price", 5.49),
        ("last_purchase_date", "2025-11-15"),
        ("current_inventory_qty", 0),
    ]


def test_purchases_and_inventory_have_theirs(bakery: Shell) -> None:
    """The names of brand and product are joined, what is left of a purchase is added up, and supplier names follow."""
    query(bakery.database, _STOCK.format(item=1, quantity=0.1))
    query(bakery.database, _STOCK.format(item=2, quantity=0.2))
    query(bakery.database, "UPDATE products SET gtin = '00071012010103' WHERE id = 1")
    bakery.done("export", "view", "purchases")
    bakery.done("export", "view", "inventory", "--output", "stock.json")
    (purchase,) = json.loads((bakery.folder / VIEWS / "view_purchases.json").read_text())["records"]
    assert purchase.pop(BASE).startswith("b1")
    assert len(purchase.pop("uuid")) == len("00000000-0000-4000-8000-000000000001")
    assert purchase == {
        "purchase_id": 1,
        "product_id": 1,
        "product_slug": FLOUR,
        "product_name": "King Arthur Bread Flour",
        "upc_code": None,
        "gtin": "00071012010103",
        "ingredient_name": "Bread Flour",
        "inventory_quantity": 0.3,
        "supplier_name": "Wegmans",
        "purchase_date": "2025-11-15",
        "unit_price": 5.49,
        "quantity_purchased": 2,
        "notes": None,
    }
    item = json.loads((bakery.folder / "stock.json").read_text())["records"][0]
    assert item.pop(BASE).startswith("b1")
    assert list(item) == [
        *("inventory_id", "uuid", "product_id", "product_slug", "product_name"),
        *(
            "upc_code",
            "gtin",
            "ingredient_name",
            "ingredient_category",
            "purchase_date",
            "purchase_unit_price",
            "supplier_name",
            "quantity",
            "addition_date",
            "location",
            "notes",
        ),
    ]
    assert (item["purchase_date"], item["purchase_unit_price"], item["supplier_name"]) == (
        "2025-11-15",
        5.49,
        "Wegmans",
    )


_STOCK = """INSERT INTO inventory_items (id, uuid, product_id, purchase_id, quantity, created_at)
    VALUES ({item}, '00000000-0000-4000-8000-00000000000{item}', 1, 1, {quantity}, '2025-01-01 00:00:00.000000')"""


def test_an_edit_comes_back_and_nothing_else(bakery: Shell) -> None:
    """What the file edits is changed, null clears; what somebody else changed since and read-only edits are not."""
    bakery.done("export", "view", "products")
    query(bakery.database, "UPDATE products SET notes = 'ours', brand = 'KA' WHERE id = 1")
    path = bakery.folder / VIEWS / "view_products.json"
    edit(path, {0: {"upc_code": "071012010103", "ingredient_name": "Flour"}, 1: {"brand": None}})
    assert updates(bakery, path) == [("update", {"upc_code": "071012010103"}), ("update", {"brand": None})]


def test_a_sheet_comes_back_from_a_spreadsheet(bakery: Shell) -> None:
    """A sheet that was sorted and saved with semicolons says what was edited, and which export it is of."""
    query(bakery.database, "UPDATE products SET notes = '=HYPERLINK(\"x\")', upc_code = '071012010103' WHERE id = 1")
    bakery.done("export", "view", "products", "--format", "csv")
    path = bakery.folder / VIEWS / "view_products.csv"
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbfproduct_id,product_slug,")
    assert b"\r\n" in text
    header, flour, rye = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert flour[header.index("notes")] == '\'=HYPERLINK("x")'
    assert flour[header.index("upc_code")] == "'071012010103"
    rye[header.index("package_unit_quantity")] = "24,5"
    saved = io.StringIO(newline="")
    csv.writer(saved, delimiter=";").writerows([header, rye, flour])
    path.write_bytes(saved.getvalue().encode())
    assert updates(bakery, path) == [("update", {"package_unit_quantity": 24.5})]
    header_line = json.loads(bakery.changesets[-1].read_text(encoding="utf-8").splitlines()[0])
    assert header_line["base"] == header_line["source"]["export_id"] == flour[-2]


def test_a_sheet_made_elsewhere(bakery: Shell) -> None:
    """Columns are matched by name, others noticed, money is understood; without --view the error says how to go on."""
    sheet = "Product Slug,UNIT PRICE,Purchase Date,Supplier Name,Quantity Purchased,Aisle\n"
    bakery.write("receipts.csv", f'{sheet}{RYE},"$1,234.50",2025-12-20,Costco,2,7\n')
    said = bakery.bake("changeset", "build", "receipts.csv")
    assert said.status == 5
    assert "--view NAME" in said.err
    ((action, values),) = updates(bakery, Path("receipts.csv"), "--view", "purchases")
    assert action == "create"
    assert (values["unit_price"], values["product"]) == (1234.5, {"slug": RYE})
    assert "Aisle" in bakery.done("changeset", "show", bakery.changesets[-1])
    assert "1 created" in bakery.done("import", "receipts.csv", "--view", "purchases")


def test_ambiguous_money_is_a_question(bakery: Shell) -> None:
    """`1,234` may be two numbers: which one is asked, with the line and the cell."""
    sheet = "product_slug,unit_price,purchase_date,supplier_name,quantity_purchased\n"
    bakery.write("receipts.csv", f'{sheet}{RYE},"1,234",2025-12-20,Costco,2\n')
    shown = bakery.done("changeset", "show", bakery.built("receipts.csv", "--view", "purchases"))
    assert '"1,234" and the like can be two numbers' in " ".join(shown.split())
    assert "receipts.csv:2:2" in shown


@pytest.mark.parametrize(
    ("stored", "scanned"),
    [
        ("071012010103", "071012010103"),
        ("071012010103", "71012010103"),
        ("071012010103", "0071012010103"),
        ("71012010103", "071012010103"),
        ("071012010103", "0 71012-01010 3"),
    ],
)
@pytest.mark.parametrize("column", ["upc_code", "gtin"])
def test_a_template_for_barcodes(bakery: Shell, stored: str, scanned: str, column: str) -> None:
    """The template, filled in as its example says, makes a purchase of the product that has the code, zeros aside."""
    query(bakery.database, f"UPDATE products SET {column} = ? WHERE id = 2", [stored])
    template = json.loads(bakery.done("export", "template", "purchases"))
    assert template["records"] == []
    example = template["documentation"]["example"]
    assert example.keys() == template["documentation"]["example_comments"].keys()
    template["records"] = [example | {"upc_code": scanned, "supplier_name": "Costco"}]
    source = bakery.write("scanned.json", template)
    ((action, values),) = updates(bakery, source)
    assert (action, values["product"], values["supplier"]) == ("create", {"slug": RYE}, {"slug": "costco_waltham_ma"})


_BISCOTTI = {"slug": "cranberry_orange_biscotti", "name": "Cranberry Orange Biscotti"}
_SALE = {"slug": "bake_sale", "name": "Bake Sale", "event_date": "2026-12-05", "year": 2026}
_TIN = {"slug": "biscotti_gift_tin", "display_name": "Biscotti Gift Tin"}

#: What the examples of the bakery's views refer to.
REFERRED: dict[str, list[dict[str, Any]]] = {
    "suppliers": [{"slug": "costco_waltham_ma", "name": "Costco Waltham MA", "city": "Waltham", "state": "MA"}],
    "ingredients": [{"slug": "bread_flour", "display_name": "Bread Flour", "hierarchy_level": 0}],
    "products": [
        {
            "slug": FLOUR,
            "ingredient_slug": "bread_flour",
            "brand": "King Arthur",
            "package_unit": "lb",
            "package_unit_quantity": 5,
            "upc_code": "071012010103",
        }
    ],
    "recipes": [_BISCOTTI, {"slug": "orange_glaze", "name": "Orange Glaze"}],
    "finished_units": [
        {"slug": "cranberry_orange_biscotti", "display_name": "Biscotti", "recipe_slug": "cranberry_orange_biscotti"}
    ],
    "finished_goods": [_TIN],
    "packages": [{"slug": "biscotti_sampler", "name": "Biscotti Sampler"}],
    "recipients": [{"name": "Ada Baker"}],
    "events": [_SALE],
}

#: By view, the entities of the rows that its example refers to.
_ASKED = {
    "products": {"ingredients"},
    "inventory": {"products"},
    "purchases": {"products", "suppliers"},
    "recipes": {"ingredients", "recipes"},
    "events": {"recipients", "packages", "recipes", "finished_goods"},
    "finished_goods": {"finished_units"},
    "recipe_lines": {"recipes", "ingredients"},
    "recipe_parts": {"recipes"},
    "event_packages": {"events", "recipients", "packages"},
    "event_batches": {"events", "recipes"},
    "event_goods": {"events", "finished_goods"},
    "finished_good_parts": {"finished_goods", "finished_units"},
}


def _without(entity: str) -> dict[str, Any]:
    """What examples refer to, without the row that the example of an entity's own view creates, and what needs that."""
    created = {"recipes": _BISCOTTI, "events": _SALE, "finished_goods": _TIN}.get(entity)
    rows = {name: [row for row in rows if row is not created] for name, rows in REFERRED.items()}
    return {name: those for name, those in rows.items() if (entity, name) != ("recipes", "finished_units")}


@pytest.mark.parametrize("seeded", [True, False])
@pytest.mark.parametrize("view", [view.name for view in BAKERY.views if view.kind == "view"])
def test_the_example_of_a_template_can_be_imported(shell: Shell, view: str, seeded: bool) -> None:
    """It makes a new row with its lines: at most the rows that it refers to are asked about, where there are none."""
    shell.done("init")
    if seeded:
        shell.done("import", shell.write("referred.json", _without(view)))
    template = json.loads(shell.done("export", "template", view))
    documentation = template["documentation"]
    example = documentation["example"]
    assert set(documentation["needed_in_new_records"]) <= example.keys() == documentation["example_comments"].keys()
    template["records"] = [example]
    changeset = shell.built(shell.write("example.json", template))
    questions = {(line["kind"], line["entity"]) for line in lines(changeset, "question")}
    assert questions == (set() if seeded else {("missing", entity) for entity in _ASKED[view]})
    operations = lines(changeset, "operation")
    assert len(operations) == 1 + sum(isinstance(value, list) for value in example.values())
    assert {(one["action"], *one.get("warnings", ())) for one in operations} == {("create",)}
    if seeded:
        assert "1 created" in shell.done("import", "example.json", "--yes")


def test_an_unknown_or_ambiguous_code_is_a_question(bakery: Shell) -> None:
    """A code that no product has, or two have, is asked about and never taken for the first."""
    query(bakery.database, "UPDATE products SET upc_code = '071012010103'")
    template = json.loads(bakery.done("export", "template", "purchases"))
    example = template["documentation"]["example"] | {"supplier_name": "Costco"}
    template["records"] = [example | {"upc_code": "71012010103"}, example | {"upc_code": "999999999993"}]
    said = bakery.bake("import", bakery.write("scanned.json", template), "--format", "json")
    assert said.status == 3
    questions = said.document["questions"] if said.out else json.loads(said.err)["questions"]
    assert len(questions) == 2


def test_the_schema_holds_an_ai_to_the_view(bakery: Shell) -> None:
    """The printed JSON Schema accepts what is exported, and refuses other types, other words and unknown fields."""
    schema = json.loads(bakery.done("export", "schema", "products"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    bakery.done("export", "view", "products")
    document = json.loads((bakery.folder / VIEWS / "view_products.json").read_text(encoding="utf-8"))
    validator.validate(document)
    for name, bad in {"package_unit": "stone", "package_unit_quantity": "5", "brandy": "x", "product_id": None}.items():
        broken = document | {"records": [document["records"][0] | {name: bad}]}
        with pytest.raises(ValidationError):
            validator.validate(broken)
    properties = schema["properties"]["records"]["items"]["properties"]
    assert properties["ingredient_name"]["readOnly"] is True
    assert "readOnly" not in properties["brand"]


def test_a_view_replaces_the_one_before(bakery: Shell) -> None:
    """The standard file is overwritten, and nothing else is left: not in its folder, nor anywhere in the project."""
    before = set(bakery.folder.glob("**/*"))
    for _ in range(2):
        bakery.done("export", "view", "products")
    assert [path.name for path in (bakery.folder / VIEWS).iterdir()] == ["view_products.json"]
    written = {path.name for path in set(bakery.folder.glob("**/*")) - before}
    assert written == {"docs", "exports", "ai_augmentation", "view_products.json"}


def test_what_somebody_edited_is_not_overwritten(bakery: Shell) -> None:
    """An edited view, or a file that is no view, stays unless it was imported or --force says so."""
    path = bakery.folder / VIEWS / "view_products.json"
    bakery.done("export", "view", "products")
    edit(path, {0: {"brand": "KA"}})
    edited = path.read_bytes()
    said = bakery.bake("export", "view", "products")
    assert said.status == 2
    assert "not imported" in said.err
    assert "--force" in said.err
    assert path.read_bytes() == edited
    assert bakery.bake("export", "view", "products", "--output", "bakery.json").status == 2
    bakery.done("export", "view", "products", "--output", "bakery.json", "--force")
    bakery.done("import", path)
    bakery.done("export", "view", "products")
    assert path.read_bytes() != edited


def test_a_sheet_that_was_edited_is_not_overwritten(bakery: Shell) -> None:
    """A sheet is overwritten as it was exported, sorted or saved again, and no more once a value of it changed."""
    for format_ in ("csv", "csv", "json"):
        bakery.done("export", "view", "products", "--format", format_, "--output", "products")
    bakery.done("export", "view", "products", "--format", "csv", "--output", "products", "--force")
    path = bakery.folder / "products"
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n") + b"\r\n")
    bakery.done("export", "view", "products", "--format", "csv", "--output", "products")
    path.write_bytes(path.read_bytes().replace(b",lb,", b",oz,"))
    assert bakery.bake("export", "view", "products", "--format", "csv", "--output", "products").status == 2


def test_a_file_that_lost_its_bases_is_asked_about_once(bakery: Shell) -> None:
    """Whatever fields of how many records: one question, answered for all; --two-way needs none, and is shown."""
    bakery.done("export", "view", "products")
    path = bakery.folder / VIEWS / "view_products.json"
    query(bakery.database, "UPDATE products SET brand = 'KA', notes = 'ours'")
    edit(path, {n: {BASE: None, "package_unit_quantity": 9} for n in range(2)})
    said = bakery.bake("import", path)
    assert said.status == 3
    built = bakery.changesets[-1]
    assert "three-way" not in bakery.done("changeset", "show", built)
    assert [question["kind"] for question in lines(built, "question")] == ["decision"]
    assert query(bakery.database, "SELECT DISTINCT brand FROM products") == [("KA",)]
    before = set(bakery.changesets)
    bakery.done("import", path, "--two-way")
    assert query(bakery.database, "SELECT DISTINCT package_unit_quantity FROM products") == [(9,)]
    [two_way] = set(bakery.changesets) - before
    assert "two-way" in bakery.done("changeset", "show", two_way)


def test_an_emptied_cell_clears_a_value(bakery: Shell) -> None:
    """In a sheet that was exported, a text or a number that was deleted is an edit, like null in JSON."""
    query(bakery.database, "UPDATE products SET upc_code = '071012010103' WHERE id = 1")
    bakery.done("export", "view", "products", "--format", "csv")
    path = bakery.folder / VIEWS / "view_products.csv"
    path.write_bytes(path.read_bytes().replace(b"'071012010103", b""))
    assert updates(bakery, path) == [("update", {"upc_code": None})]


def test_a_sheet_whose_bases_were_deleted_names_what_it_does_not_take(bakery: Shell) -> None:
    """Without that column an emptied cell clears nothing, and is named; an edit is one question of the file."""
    query(bakery.database, "UPDATE products SET notes = 'ours'")
    bakery.done("export", "view", "products", "--format", "csv")
    path = bakery.folder / VIEWS / "view_products.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.DictReader(file))

    def imported(**edits: str) -> str:
        kept = [{name: cell for name, cell in {**record, **edits}.items() if name != BASE} for record in records]
        with path.open("w", encoding="utf-8", newline="") as file:
            sheet = csv.DictWriter(file, list(kept[0]))
            sheet.writeheader()
            sheet.writerows(kept)
        return str(bakery.bake("import", path))

    assert "everything is as" in imported()
    said = imported(notes="")
    assert "everything is as" not in said
    assert "notes is empty in the file and not here" in said
    assert "three-way" not in bakery.done("changeset", "show", bakery.changesets[-1])
    asked = imported(notes="", brand="KA")
    assert asked.count("(they have no _base)") == 1
    assert "2 operations wait" in asked
    assert query(bakery.database, "SELECT DISTINCT notes FROM products") == [("ours",)]


def test_a_view_in_another_database(bakery: Shell) -> None:
    """It is never said that nothing is to change where the rows are not here; in a copy, it comes back as it is."""
    bakery.done("export", "view", "purchases")
    path = bakery.folder / VIEWS / "view_purchases.json"
    bakery.write("copy.db", bakery.database.read_bytes())
    same = bakery.done("import", path, "--database", "sqlite:///copy.db")
    assert "everything is as" in same
    bakery.done("init", "--database", "sqlite:///other.db")
    other = bakery.done("import", path, "--database", "sqlite:///other.db")
    assert "1 of its rows is not here" in other
    assert "--two-way" in other


def test_what_cannot_be_exported(bakery: Shell) -> None:
    """An unknown view and a place that cannot be written to are errors of usage; nothing is left behind."""
    assert bakery.bake("export", "view", "nonsense").status == 2
    bakery.write("blocked", "a file")
    said = bakery.bake("export", "view", "products", "--output", "blocked/view.json")
    assert said.status == 2
    assert "--output" in said.err
    assert not list(bakery.folder.glob("**/*.part"))

"""Views as people meet them: exported, edited, brought back; sheets, templates, schemas and bases."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from support.shell import Shell, query

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
        *("export_type", "view_name", "view_version", "exported_at", "export_id", "record_count"),
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
    bakery.done("export", "view", "purchases")
    bakery.done("export", "view", "inventory", "--output", "stock.json")
    (purchase,) = json.loads((bakery.folder / VIEWS / "view_purchases.json").read_text())["records"]
    assert len(purchase.pop("uuid")) == len("00000000-0000-4000-8000-000000000001")
    assert purchase == {
        "purchase_id": 1,
        "product_id": 1,
        "product_slug": FLOUR,
        "product_name": "King Arthur Bread Flour",
        "ingredient_name": "Bread Flour",
        "inventory_quantity": 0.3,
        "supplier_name": "Wegmans",
        "purchase_date": "2025-11-15",
        "unit_price": 5.49,
        "quantity_purchased": 2,
        "notes": None,
    }
    item = json.loads((bakery.folder / "stock.json").read_text())["records"][0]
    assert list(item) == [
        *("inventory_id", "uuid", "product_id", "product_slug", "product_name"),
        *(
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
    """A sheet that was sorted and saved with semicolons says what was edited, and which base it has."""
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
    assert header_line["base"] == header_line["source"]["export_id"] == flour[-1]


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
    """The standard file is overwritten, nothing else is left in its folder, and both exports have their base."""
    for _ in range(2):
        bakery.done("export", "view", "products")
    assert [path.name for path in (bakery.folder / VIEWS).iterdir()] == ["view_products.json"]
    assert len(list((bakery.folder / ".bake" / "bases").iterdir())) == 2


def test_what_somebody_edited_is_not_overwritten(bakery: Shell) -> None:
    """An edited view, or a file that is no view, stays unless it was imported or --force says so; no base is left."""
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
    assert len(list((bakery.folder / ".bake" / "bases").iterdir())) == 1
    bakery.done("export", "view", "products", "--output", "bakery.json", "--force")
    bakery.done("import", path)
    bakery.done("export", "view", "products")
    assert path.read_bytes() != edited


def test_a_sheet_that_was_edited_is_not_overwritten(bakery: Shell) -> None:
    """A sheet is overwritten as it was exported, by another form too, and no more once a byte of it changed."""
    for format_ in ("csv", "csv", "json"):
        bakery.done("export", "view", "products", "--format", format_, "--output", "products")
    bakery.done("export", "view", "products", "--format", "csv", "--output", "products", "--force")
    path = bakery.folder / "products"
    path.write_bytes(path.read_bytes() + b"\r\n")
    assert bakery.bake("export", "view", "products", "--format", "csv", "--output", "products").status == 2


def test_bases_can_be_pruned(bakery: Shell) -> None:
    """--keep leaves the newest of each view, --older-than what is recent; both at once make no sense."""
    for view in ("products", "products", "purchases"):
        bakery.done("export", "view", view)
    assert "0 removed" in bakery.done("export", "prune", "--older-than", "1")
    assert bakery.bake("export", "prune", "--older-than", "1", "--keep", "1").status == 2
    assert "1 removed" in bakery.done("export", "prune", "--keep", "1")
    assert "2 removed" in bakery.done("export", "prune", "--keep", "0")
    path = bakery.folder / VIEWS / "view_products.json"
    edit(path, {0: {"brand": None}})
    assert updates(bakery, path) == []
    assert "two-way" in bakery.done("changeset", "show", bakery.changesets[-1])


def test_a_damaged_base_is_an_error(bakery: Shell) -> None:
    """A base that was cut off is not taken for none: the error names it, and the exit status is that of integrity."""
    bakery.done("export", "view", "products")
    (base,) = (bakery.folder / ".bake" / "bases").iterdir()
    base.write_bytes(base.read_bytes()[:-9])
    said = bakery.bake("changeset", "build", VIEWS / "view_products.json")
    assert said.status == 6
    assert base.name in said.err


def test_what_cannot_be_exported(bakery: Shell) -> None:
    """An unknown view and a place that cannot be written to are errors of usage; nothing is left behind."""
    assert bakery.bake("export", "view", "nonsense").status == 2
    bakery.write("blocked", "a file")
    said = bakery.bake("export", "view", "products", "--output", "blocked/view.json")
    assert said.status == 2
    assert "--output" in said.err
    assert not list(bakery.folder.glob("**/*.part"))
    assert not list(bakery.folder.glob(".bake/bases/*"))

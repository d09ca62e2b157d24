"""The files of another bakery program, in each shape that it writes: read, asked about once, converted, and read again.

What `bake convert` makes of a file is compared with the file itself: both give the same operations and questions.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from support.shell import Shell, changes, lines, notices, query

FORMATS = Path(__file__).parents[3] / "shared" / "data" / "formats"
SHARED = sorted(path.name for path in FORMATS.iterdir() if path.name != "README") if FORMATS.is_dir() else []

HEAD: dict[str, Any] = {"version": "1.0", "export_date": "2026-01-02T03:04:05.000000+00:00Z"}
META = {"_meta": {"editable_fields": ["notes"], "readonly_fields": ["id", "uuid"]}}
TIMES = {"date_added": "2026-01-01T10:00:00.000000", "last_modified": "2026-01-01T10:00:00.000000"}

SUPPLIER = {"uuid": "aaaaaaaa-0000-4000-8000-000000000001", "slug": "corner", "name": "Corner", "city": "Lynn"}
INGREDIENT = {"uuid": "aaaaaaaa-0000-4000-8000-000000000002", "slug": "spelt", "display_name": "Spelt"}
PRODUCT = {
    "uuid": "aaaaaaaa-0000-4000-8000-000000000003",
    "ingredient_slug": "spelt",
    "brand": None,
    "product_name": "Whole Spelt",
    "package_unit": "kg",
    "package_unit_quantity": 2.5,
    "slug": None,
    "is_provisional": False,
    "preferred_supplier_slug": "corner",
    **TIMES,
}
PURCHASE = {
    "uuid": "aaaaaaaa-0000-4000-8000-000000000004",
    "product_slug": "spelt:None:2.5:kg",
    "supplier_slug": "corner",
    "purchase_date": "2026-01-02",
    "unit_price": "7.5000",
    "quantity_purchased": 1,
}
RECIPE = {
    "name": "Spelt Rolls",
    "category": "Bread",
    "base_recipe_slug": None,
    "ingredients": [{"ingredient_slug": "spelt", "quantity": 3, "unit": "cup"}],
    "components": [],
}
UNIT = {"slug": "spelt-roll", "display_name": "Spelt Roll", "yield_mode": "discrete_count", "items_per_batch": 12}
BOXES = [{"slug": "roll-box", "display_name": "Box of Rolls"}, {"slug": "big-box", "display_name": "Two Boxes"}]

BACKUP = {
    "version": "4.1",
    "exported_at": "2026-01-02T03:04:05Z",
    "application": "bake-tracker",
    "suppliers": [SUPPLIER],
    "ingredients": [INGREDIENT],
    "products": [PRODUCT],
    "purchases": [PURCHASE],
    "recipes": [RECIPE | {"finished_units": [UNIT]}],
    "finished_units": [UNIT | {"recipe_name": "Spelt Rolls"}],
    "finished_goods": BOXES,
    "compositions": [
        {
            "finished_good_slug": "roll-box",
            "finished_good_component_slug": None,
            "finished_unit_slug": "spelt-roll",
            "component_quantity": 12.0,
        },
        {
            "finished_good_slug": "big-box",
            "finished_good_component_slug": "roll-box",
            "finished_unit_slug": None,
            "component_quantity": 2.0,
        },
    ],
    "materials": [],
}


def single(name: str, *records: dict[str, Any]) -> dict[str, Any]:
    """An export of the records of one kind."""
    return {**HEAD, "export_type": name, **META, "records": [*records]}


#: What stands beside the composite slug in a view.
BESIDE = {
    "id": 51,
    "uuid": "aaaaaaaa-0000-4000-8000-000000000005",
    "product_id": 9,
    "product_name": "Whole Spelt",
    "brand": None,
    "ingredient_slug": "spelt",
    "ingredient_name": "Spelt",
    "last_updated": "2026-01-01T10:00:00.000000",
}
VIEWED = {name: value for name, value in PURCHASE.items() if name != "supplier_slug"}

#: Each shape: a document, the questions about it where the database is empty, and the names that are no fields.
SHAPES: dict[str, tuple[dict[str, Any], list[tuple[str, str]], set[str]]] = {
    "suppliers": (single("suppliers", SUPPLIER | {"website_url": "https://corner.example"}), [], set()),
    "ingredients": (single("ingredients", INGREDIENT), [], set()),
    "products": (
        single("products", {"id": 9, **PRODUCT, "ingredient_id": 7, "preferred_supplier_name": "Corner"}),
        [("missing", "ingredients"), ("missing", "suppliers")],
        {"is_provisional", "preferred_supplier_slug"},
    ),
    "inventory": (
        single("inventory", BESIDE | {"product_slug": "spelt:None:2.5:kg", "quantity": 0.5, "location": "pantry"}),
        [("missing", "products")],
        set(),
    ),
    "purchases": (
        single("purchases", BESIDE | VIEWED | {"supplier_id": 4, "supplier_name": "Corner", "supplier_city": "Lynn"}),
        [("missing", "products"), ("missing", "suppliers")],
        set(),
    ),
    "recipes": (
        single("recipes", RECIPE | TIMES | {"id": 11, "recipe_components": [], "cost_per_unit": 0.0}),
        [("missing", "ingredients")],
        {"cost_per_unit", "last_modified"},
    ),
    "backup": (BACKUP, [], {"is_provisional", "last_modified"}),
    "catalogue of products": (
        {**HEAD, "products": [{name: PRODUCT[name] for name in ("ingredient_slug", "package_unit")} | {"slug": "s"}]},
        [("invalid", "products"), ("missing", "ingredients")],
        set(),
    ),
    "catalogue of recipes": (
        {**HEAD, "recipes": [{"name": "A", "ingredients": [{"ingredient_name": "Spelt", "quantity": 1, "unit": "g"}]}]},
        [("missing", "ingredients")],
        set(),
    ),
    "scanned purchases": (
        {
            "schema_version": "4.0",
            "import_type": "purchases",
            "supplier": "Corner",
            "purchases": [
                {"upc": code, "scanned_at": f"2026-01-02T08:0{n}:00Z", "unit_price": 2.5, "quantity_purchased": 1.0}
                for n, code in enumerate(("078742351865", "71012010103"))
            ],
        },
        [("missing", "products"), ("missing", "products"), ("missing", "suppliers")],
        set(),
    ),
    "scanned stock": (
        {
            "schema_version": "4.0",
            "import_type": "inventory_updates",
            "inventory_updates": [{"upc": "078742351865", "scanned_at": "2026-01-02", "remaining_percentage": 5}],
        },
        [("decision", "inventory_items"), ("missing", "products")],
        set(),
    ),
    "skipped": (
        {
            "import_file": "view_purchases.json",
            "import_date": "2026-01-02T03:04:05",
            "mode": "merge",
            "skipped_records": [
                {"record_index": 1, "skip_reason": "fk", "original_record": VIEWED | {"supplier_name": "Corner"}}
            ],
        },
        [("missing", "products"), ("missing", "suppliers")],
        set(),
    ),
}  # fmt: skip


def written_set(folder: Path, files: dict[str, list[dict[str, Any]]]) -> Path:
    """A complete export of that program: `version` for `manifest_version`, `sha256` for `checksum_sha256`."""
    folder.mkdir()
    entries = []
    for n, (name, records) in enumerate(files.items(), 1):
        data = json.dumps({"version": "1.0", "entity_type": name, "records": records}).encode()
        (folder / f"{name}.json").write_bytes(data)
        entry: dict[str, Any] = {"filename": f"{name}.json", "entity_type": name, "record_count": len(records)}
        entry |= {"sha256": hashlib.sha256(data).hexdigest(), "dependencies": [], "import_order": n}
        if name == "ingredients":
            entry["count"] = entry.pop("record_count")
        entries.append(entry)
    (folder / "manifest.json").write_text(json.dumps({**HEAD, "source": "Some Tracker v0.1", "files": entries}))
    return folder


def asked(changeset: Path) -> list[tuple[str, str]]:
    """The kinds of the questions, and what they are about."""
    return sorted((question["kind"], question["entity"]) for question in lines(changeset, "question"))


def unknown(changeset: Path) -> set[str]:
    """The names that are no columns, as the notices say."""
    return {message.split('"')[1] for message in notices(changeset).get("unknown_field", [])}


def without_ids(value: Any) -> Any:
    """A value without ids of another database, which name no row, and are not carried over."""
    if isinstance(value, dict):
        return {name: without_ids(part) for name, part in value.items() if name != "id"}
    return value


def said(changeset: Path) -> tuple[list[str], list[str]]:
    """What a changeset creates, and what it asks, whatever the order and the numbers of operations.

    A uuid that is made for a row counts where the row has no other key.
    """
    rows = [
        (line["entity"], without_ids(line["key"]), {**without_ids(line["values"]), "uuid": None})
        for line in lines(changeset, "operation")
        if line["action"] != "skip"
    ]
    names = ("kind", "entity", "lookup", "field", "value", "expected")
    questions = [{name: line.get(name) for name in names} for line in lines(changeset, "question")]
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows), sorted(
        repr(without_ids(question)) for question in questions
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_recognised_by_what_is_in_it(shell: Shell, shape: str) -> None:
    """It is read, one question asks about each thing that is not known, and names without a field are named."""
    document, questions, names = SHAPES[shape]
    shell.done("init")
    changeset = shell.built(shell.write("any.json", document))
    assert asked(changeset) == questions
    assert unknown(changeset) - {"last_modified", "yield_type"} == names - {"last_modified"}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_convert_writes_is_imported_with_the_same_result(shell: Shell, shape: str) -> None:
    """The set that is made of a shape gives the operations and questions of the shape itself."""
    shell.done("init")
    source = shell.write("any.json", SHAPES[shape][0])
    shell.done("convert", source, "--to", "set", "--output", "set")
    shell.done("export", "validate", "set")
    assert said(shell.built("set", "--output", "set.jsonl")) == said(shell.built(source, "--output", "source.jsonl"))


@pytest.mark.parametrize("shape", ["products", "inventory", "purchases", "scanned purchases", "skipped"])
def test_a_view_that_convert_writes_asks_the_same(shell: Shell, shape: str) -> None:
    """So does the view that is made of a shape of one view: nothing that tells a row is lost on the way."""
    shell.done("init")
    source = shell.write("any.json", SHAPES[shape][0])
    shell.done("convert", source, "--to", "view", "--output", "view.json")
    converted = shell.built("view.json", "--output", "view.jsonl")
    direct = shell.built(source, "--output", "source.jsonl")
    assert asked(converted) == asked(direct) == SHAPES[shape][1]


def test_a_backup_arrives_whole(shell: Shell) -> None:
    """Composite slugs, lines within recipes and both kinds of components lead where they should."""
    shell.done("init")
    changeset = shell.built(shell.write("backup.json", BACKUP))
    made = {line["entity"]: line["values"] for line in lines(changeset, "operation") if line["action"] == "create"}
    assert made["purchases"]["product"] == {"slug": "whole_spelt_2_5_kg"}
    assert (made["recipe_ingredients"]["recipe"], made["recipe_ingredients"]["ingredient"]["slug"]) == (
        {"slug": "spelt_rolls"},
        "spelt",
    )
    boxes = [
        (line["values"]["assembly"]["slug"], line["values"].get("finished_good"), line["values"].get("finished_unit"))
        for line in lines(changeset, "operation")
        if line["entity"] == "compositions"
    ]
    assert boxes == [("roll-box", None, {"slug": "spelt-roll"}), ("big-box", {"slug": "roll-box"}, None)]
    shell.done("changeset", "apply", changeset)
    assert "nothing" in shell.done("import", "backup.json", "--yes")


def test_a_set_with_lines_within_its_recipes(shell: Shell) -> None:
    """A complete export is checked against its manifest, and the lines of its recipes are read."""
    files: dict[str, list[dict[str, Any]]]
    files = {"suppliers": [SUPPLIER], "ingredients": [INGREDIENT], "products": [PRODUCT], "purchases": [PURCHASE]}
    folder = written_set(shell.folder / "export", {**files, "recipes": [RECIPE | {"slug": "spelt-rolls"}]})
    shell.done("init")
    assert "is in order" in shell.done("export", "validate", folder)
    changeset = shell.built(folder)
    assert asked(changeset) == []
    made = [line["entity"] for line in lines(changeset, "operation") if line["action"] == "create"]
    assert made == [*files, "recipes", "recipe_ingredients"]
    shell.done("convert", folder, "--to", "set", "--output", "set")
    assert said(shell.built("set", "--output", "set.jsonl")) == said(changeset)
    (folder / "recipes.json").write_text((folder / "recipes.json").read_text().replace("Bread", "Cake"))
    assert shell.bake("import", folder, "--yes").status == 6


def test_a_scan_of_what_is_left_makes_no_second_item_unasked(shell: Shell) -> None:
    """It says of which product, and not which of the items that are here is meant: one is offered, of several each."""
    shell.done("init")
    rows = {"suppliers": [SUPPLIER], "ingredients": [INGREDIENT], "products": [PRODUCT | {"gtin": "078742351865"}]}
    stock = [{"product_slug": "spelt:None:2.5:kg", "quantity": 2.5, "location": "pantry"}]
    shell.done("import", shell.write("rows.json", rows | {"inventory_items": stock}), "--yes")
    document = SHAPES["scanned stock"][0]
    source = shell.write("scans.json", document)
    built = shell.built(source)
    assert asked(built) == [("decision", "inventory_items")] * 2
    options = {option["name"]: q["id"] for q in lines(built, "question") for option in q["options"]}
    chosen = [f"{options[name]}={name}" for name in ("same", "percentage of one")]
    shell.done("changeset", "resolve", built, *(word for one in chosen for word in ("--choose", one)))
    shell.done("changeset", "apply", built)
    assert query(shell.database, "SELECT quantity, location FROM inventory_items") == [(0.05, "pantry")]
    said_of = shell.done("convert", source, "--to", "set", "--output", "set")
    assert "may be about rows that are here" in said_of
    shell.write("more.json", {"inventory_items": [stock[0] | {"location": "cellar"}]})
    shell.done("import", "more.json", "--yes")
    scan = document["inventory_updates"][0] | {"scanned_at": "2026-02-03", "remaining_percentage": 70}
    again = shell.built(shell.write("again.json", document | {"inventory_updates": [scan]}))
    assert asked(again) == [("decision", "inventory_items"), ("identity", "inventory_items")]


@pytest.mark.parametrize("view", ["products", None], ids=["sheet", "document"])
def test_a_product_is_found_by_its_own_composite_slug(shell: Shell, view: str | None) -> None:
    """What stands for its slug tells which product it is; it is no new slug, neither of that product nor of another."""
    shell.done("init")
    rows = {"suppliers": [SUPPLIER], "ingredients": [INGREDIENT], "products": [PRODUCT]}
    shell.done("import", shell.write("rows.json", rows), "--yes")
    key = "product_slug" if view else "slug"
    records = [{key: f"spelt:{brand}:2.5:kg", "notes": "n"} for brand in ("None", "Other")]
    source = shell.write("edits.json", records if view else {"products": records})
    built = shell.built(source, *(["--view", view] if view else []))
    create, update = changes(built)
    assert (update["key"], [step["path"] for step in update["patch"]]) == (
        {"slug": "whole_spelt_2_5_kg"},
        ["/notes"] * 2,
    )
    assert create["key"] == {"slug": "other_spelt_2_5_kg"}
    assert create["values"] | {"brand": "Other", "ingredient": {"slug": "spelt"}} == create["values"]
    assert (asked(built), len(notices(built)["composite"])) == ([], 1)


@pytest.mark.parametrize("name", ["purchases", "inventory_items", "compositions"])
def test_composite_slugs_are_understood_wherever_they_stand(shell: Shell, name: str) -> None:
    """In a plain record, as `product` or as `product_slug`, with the name of the product beside it or without."""
    shell.done("init")
    rows = {"suppliers": [SUPPLIER], "ingredients": [INGREDIENT], "products": [PRODUCT], "finished_goods": BOXES}
    shell.done("import", shell.write("rows.json", rows), "--yes")
    rest: dict[str, dict[str, Any]] = {
        "purchases": {name: PURCHASE[name] for name in PURCHASE if name not in ("uuid", "product_slug")},
        "inventory_items": {"quantity": 1},
        "compositions": {"assembly_slug": "roll-box", "component_quantity": 1},
    }  # fmt: skip
    field = "packaging_product" if name == "compositions" else "product"
    slug = "spelt:None:2.5:kg"
    ways: list[dict[str, Any]] = [{field: slug}, {f"{field}_slug": slug}, {field: {"slug": slug}}]
    ways += [] if name == "compositions" else [{"product_slug": slug, "product_name": "Whole Spelt"}]
    for n, way in enumerate(ways):
        source = shell.write(f"{n}.json", {name: [rest[name] | way], "suppliers": []})
        changeset = shell.built(source)
        assert asked(changeset) == []
        [operation] = lines(changeset, "operation")
        assert operation["values"][field] == {"slug": "whole_spelt_2_5_kg"}


@pytest.mark.parametrize(
    "form",
    [
        {"entity_type": "purchases"},
        {"export_type": "purchases"},
        {"view_type": "purchases"},
        {"export_type": "denormalized_view", "view_name": "purchases_complete"},
    ],
    ids="+".join,
)
def test_what_all_records_lack_is_one_question_in_each_form(bakery: Shell, form: dict[str, str]) -> None:
    """Three purchases without a supplier: one question of the columns; one value for all of them answers it."""
    bought = {"product_slug": "bobs_rye_flour_20_oz", "purchase_date": "2026-01-02", "quantity_purchased": 1}
    document = {**form, "records": [{**bought, "unit_price": price} for price in (6.5, 7.5, 8.5)]}
    changeset = bakery.built(bakery.write("bought.json", document))
    [question] = lines(changeset, "question")
    assert (question["kind"], [*question["lacking"]]) == ("columns", ["supplier"])
    bakery.done("changeset", "resolve", changeset, "--value", "supplier_name=Costco")
    assert asked(changeset) == []
    values = [line["values"] for line in lines(changeset, "operation") if line["action"] == "create"]
    assert [value["supplier"] for value in values] == [{"slug": "costco_waltham_ma"}] * 3


def test_a_log_of_no_known_records_is_refused(shell: Shell) -> None:
    """Where the columns do not tell what the records are, or an entry has no record, it says what to do."""
    shell.done("init")
    for record, message in (({"id": 1, "colour": "red"}, "it is not certain"), (None, "1 entries")):
        log = {"import_file": "x", "skipped_records": [{"skip_reason": "r", "original_record": record}]}
        refused = shell.bake("changeset", "build", shell.write("log.json", log))
        assert refused.status == 5
        assert message in refused.err


@pytest.mark.real_data
@pytest.mark.skipif(not SHARED, reason="the files of other programs are not in ../shared/data/formats")
@pytest.mark.parametrize("name", SHARED)
def test_the_files_of_the_program_itself(shell: Shell, name: str) -> None:
    """Each is read and converted, and asks about rows that are not here, and how much is left of a scanned item."""
    shell.done("init")
    changeset = shell.built(FORMATS / name, "--output", "source.jsonl")
    kinds = {"missing", "decision"} if name == "mobile_inventory.json" else {"missing"}
    assert {kind for kind, _ in asked(changeset)} <= kinds
    shell.done("convert", FORMATS / name, "--to", "set", "--output", "set")
    assert said(shell.built("set", "--output", "set.jsonl")) == said(changeset)

"""Old backups and views: taken in directly, and turned into today's formats, with nothing lost unsaid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.shell import Shell, changes, contents, lines, notices

DATA = Path(__file__).parents[3] / "shared" / "data" / "bake-tracker"

#: A backup that refers to products and suppliers by ids of rows that it does not hold; the bakery has rows with all of
#: them. Its second inventory item is one that the bakery has too, but for what the ids mean.
BACKUP: dict[str, Any] = {
    "version": "3.5",
    "exported_at": "2025-12-01T00:00:00Z",
    "application": "bake-tracker",
    "purchases": [
        {
            "id": 1,
            "product_id": 1,
            "supplier_id": 2,
            "purchase_date": "2025-11-15",
            "unit_price": "5.49",
            "quantity_purchased": 2,
            "payment": "cash",
        },
    ],
    "inventory_items": [
        {"id": 1, "product_id": 1, "purchase_id": 1, "quantity": 3, "location": "pantry"},
        {"id": 2, "product_id": 2, "purchase_id": 9, "quantity": 4, "location": "cellar"},
    ],
    "machines": [{"id": 1, "name": "Mixer"}],
}


def purchases(*slugs_and_names: tuple[str, str | None]) -> dict[str, Any]:
    """An old view of purchases of these products, all at one shop."""
    return {
        "version": "1.0",
        "view_type": "purchases",
        "export_date": "2025-12-28T03:03:16.723123Z",
        "_meta": {"editable_fields": ["notes"], "readonly_fields": ["id", "product_slug"]},
        "records": [
            {
                "id": n,
                "uuid": f"aaaaaaaa-0000-4000-8000-{n:012}",
                "product_id": 1,
                "product_slug": slug,
                "product_name": name,
                "ingredient_name": "Rye Flour",
                "supplier_id": 2,
                "supplier_name": "Costco",
                "purchase_date": f"2025-12-{n:02}",
                "unit_price": "4.0000",
                "quantity_purchased": 1,
                "notes": None,
                "date_added": "2025-12-26T17:39:13.560489",
            }
            for n, (slug, name) in enumerate(slugs_and_names, 1)
        ],
    }


@pytest.fixture
def stocked(bakery: Shell) -> Shell:
    """The bakery with two more ryes of one brand and size, one without a brand, and what the backup's ids name here."""
    products: list[dict[str, Any]] = [
        {"brand": "Bob's", "product_name": "Pale Rye", "package_unit_quantity": 20},
        {"brand": "Mill: Old", "product_name": "Rye", "package_unit_quantity": 16},
        {"brand": None, "product_name": "Own", "package_unit_quantity": 16, "package_size": 1},
        {"brand": "Ada", "product_name": "Fine", "package_unit_quantity": 16},
    ]
    shell = bakery
    common = {"ingredient_slug": "rye_flour", "package_unit": "oz"}
    stock = [
        {"product_slug": "bobs_rye_flour_20_oz", "quantity": quantity, "location": "cellar"} for quantity in (9, 4)
    ]
    shell.write("more.json", {"products": [{**common, **p} for p in products], "inventory_items": stock})
    shell.done("import", "more.json")
    return shell


def built(shell: Shell, name: str, document: Any) -> Path:
    """The changeset of a document."""
    shell.write(f"{name}.json", document)
    shell.done("changeset", "build", f"{name}.json", "--output", f"{name}.jsonl")
    return shell.folder / f"{name}.jsonl"


def test_ids_of_a_backup_prove_nothing(stocked: Shell) -> None:
    """Required references by id are `missing` questions, once each and in one pass; nothing is linked or matched."""
    changeset = built(stocked, "backup", BACKUP)
    asked = {(q["kind"], q["entity"], q["lookup"]["id"]) for q in lines(changeset, "question")}
    assert asked == {("missing", "products", 1), ("missing", "products", 2), ("missing", "suppliers", 2)}
    assert len(lines(changeset, "question")) == 3
    [purchase, first, second] = changes(changeset)
    assert {change["action"] for change in (purchase, first, second)} == {"create"}
    assert first["values"]["purchase"] == purchase["key"], "an id that the file holds is used"
    assert "purchase" not in second["values"]
    assert notices(changeset)["reference_by_id"] == [
        "purchase is only given as the id 9, which proves nothing here; it was left out"
    ]


def test_the_ids_of_a_backup_identify_no_rows(stocked: Shell) -> None:
    """A record that equals the row with its id in all but what its ids mean is a new one, without being asked about."""
    record = {"id": 2, "product_id": 2, "quantity": 4, "location": "cellar"}
    changeset = built(stocked, "stock", {"inventory_items": [record]})
    assert [change["action"] for change in changes(changeset)] == ["create"]
    assert [question["kind"] for question in lines(changeset, "question")] == ["missing"]


def test_a_composite_slug_and_a_name_are_one_product(stocked: Shell) -> None:
    """The name tells apart products that share a slug; a brand may hold a colon; "None" is no brand."""
    changeset = built(
        stocked,
        "old",
        purchases(
            ("rye_flour:Bob's:20.0:oz", "Dark Rye"),
            ("rye_flour:Bob's:20.0:oz", "Pale Rye"),
            ("rye_flour:Mill: Old:16.0:oz", "Rye"),
            ("rye_flour:None:16.0:oz", "Own"),
        ),
    )
    assert [change["values"]["product"]["slug"] for change in changes(changeset)] == [
        "bobs_rye_flour_20_oz",
        "bobs_pale_rye_20_oz",
        "mill_old_rye_16_oz",
        "own_16_oz",
    ]
    assert {change["values"]["supplier"]["slug"] for change in changes(changeset)} == {"costco_waltham_ma"}
    assert lines(changeset, "question") == []


def test_a_composite_slug_that_does_not_decide_is_a_question(stocked: Shell) -> None:
    """Two products: ambiguous. Another name, no brand: missing. No slug of any: missing. The id never decides."""
    changeset = built(
        stocked,
        "old",
        purchases(
            ("rye_flour:Bob's:20.0:oz", None),
            ("rye_flour:Bob's:20.0:oz", "Grey Rye"),
            ("rye_flour:None:16.0:oz", "Fine"),
            ("rye_flour", "Dark Rye"),
        ),
    )
    asked = [(question["kind"], question["asked_by"]) for question in lines(changeset, "question")]
    assert asked == [("ambiguous", [1]), ("missing", [2]), ("missing", [3]), ("missing", [4])]
    assert lines(changeset, "question")[2]["lookup"]["brand"] is None


def test_a_product_without_a_brand_can_be_created(stocked: Shell) -> None:
    """The product that has no brand is created as answered, though one with a brand is otherwise the same."""
    built(stocked, "old", purchases(("rye_flour:None:16.0:oz", "Fine")))
    stocked.done("changeset", "resolve", "old.jsonl", "--create", "q1")
    stocked.done("changeset", "apply", "old.jsonl")
    fine = [row for row in contents(stocked.database)["products"] if row["product_name"] == "Fine"]
    assert sorted(str(row["brand"]) for row in fine) == ["Ada", "None"]


def test_the_answer_for_a_product_without_a_brand_means_no_other(stocked: Shell) -> None:
    """It is not remembered: an entry cannot say that there is no brand, and would answer for products that have one."""
    built(stocked, "old", purchases(("rye_flour:None:16.0:oz", "Fine")))
    stocked.done("changeset", "resolve", "old.jsonl", "--map", "q1=ada_fine_16_oz", "--remember")
    assert not (stocked.folder / "changesets" / "answers.toml").exists()


def test_old_views_come_in_once(stocked: Shell) -> None:
    """An old view of purchases and one of the inventory arrive, and find their own rows the second time."""
    stock = purchases(("rye_flour:Bob's:20.0:oz", "Dark Rye"))
    stock["view_type"] = "inventory"
    for name in ("supplier_name", "unit_price", "quantity_purchased"):
        del stock["records"][0][name]
    stock["records"][0] |= {"uuid": "bbbbbbbb-0000-4000-8000-000000000001", "quantity": 2.5, "location": "shelf"}
    stocked.write("stock.json", stock)
    stocked.write("old.json", purchases(("rye_flour:Bob's:20.0:oz", "Dark Rye")))
    for name in ("old.json", "stock.json"):
        stocked.done("import", name)
        stocked.write(name, {**json.loads((stocked.folder / name).read_text("utf-8")), "export_date": "2026-01-01"})
        assert stocked.done("import", name).startswith(("nothing to change", "nothing was changed"))


def test_a_backup_as_a_set(stocked: Shell) -> None:
    """It is in order by itself, says what it lacks with counts, and leaves open in an import what the backup does."""
    stocked.write("backup.json", BACKUP)
    said = stocked.bake("convert", "backup.json", "--to", "set", "--output", "set", "--format", "json").document
    lost = {entry["what"]: entry["records"] for entry in said["lost"]}
    assert said["records"] == {"purchases": 1, "inventory_items": 2}
    assert lost["inventory_items: product is only given as an id of products, which leads nowhere"] == 2
    assert lost["purchase is only given as the id 9, which proves nothing here; it was left out"] == 1
    assert any("1 record of machines" in what for what in lost)
    assert lost['"payment" is no column of purchases'] == 1
    stocked.done("export", "validate", "set")
    stocked.done("changeset", "build", "set", "--output", "set.jsonl")
    kinds = [(q["kind"], q["entity"], q["lookup"]) for q in lines(stocked.folder / "set.jsonl", "question")]
    assert sorted(kinds, key=repr) == [
        ("missing", "products", {"id": 1}),
        ("missing", "products", {"id": 2}),
        ("missing", "suppliers", {"id": 2}),
    ]


def test_converting_twice_gives_the_same(shell: Shell) -> None:
    """Rows without a uuid get one from the file and their place in it; nothing needs a database, and none is made."""
    shell.write("backup.json", BACKUP)
    for folder in ("first", "second"):
        shell.done("convert", "backup.json", "--to", "set", "--output", folder)
    records = [
        [json.loads(path.read_text("utf-8"))["records"] for path in sorted((shell.folder / name).glob("0*.json"))]
        for name in ("first", "second")
    ]
    assert records[0] == records[1]
    assert all(record["uuid"] for file in records[0] for record in file)
    assert not shell.database.exists()


def test_an_old_view_as_a_view(stocked: Shell) -> None:
    """Today's view of the same rows: it builds to the same operations and questions as the old one."""
    old = purchases(("rye_flour:Bob's:20.0:oz", "Pale Rye"), ("rye_flour:Bob's:20.0:oz", None))
    before = built(stocked, "old", old)
    stocked.done("convert", "old.json", "--to", "view", "--output", "today.json")
    stocked.done("changeset", "build", "today.json", "--output", "today.jsonl")
    after = stocked.folder / "today.jsonl"
    pick = ("action", "key", "values")
    without = [
        {name: {**change, "values": _without(change["values"])}[name] for name in pick} for change in changes(before)
    ]
    assert [{name: change[name] for name in pick} for change in changes(after)] == without
    assert [q["kind"] for q in lines(after, "question")] == [q["kind"] for q in lines(before, "question")]


def test_what_cannot_be_carried_into_a_view_is_said(shell: Shell) -> None:
    """Columns that today's view does not have are listed with the number of records that lose them."""
    record = {
        "id": 1,
        "brand": "Ada",
        "package_unit": "oz",
        "package_unit_quantity": 1,
        "package_type": "bag",
        "ingredient_slug": "x",
    }
    shell.write(
        "old.json",
        {"version": "1.0", "view_type": "products", "records": [record, {**record, "id": 2, "brand": "Bob"}]},
    )
    said = shell.bake("convert", "old.json", "--to", "view", "--format", "json").document
    assert said["paths"] == ["docs/exports/converted_old/view_products.json"]
    assert {"what": "products: the view products has no column for package_type", "records": 2} in said["lost"]
    again = shell.bake("convert", "old.json", "--to", "view")
    assert again.status == 2
    assert "is there already" in again.err


def test_what_resembles_a_row_is_asked_about_after_a_conversion_too(stocked: Shell) -> None:
    """A made uuid or key says nothing: the set of a catalogue asks of each product what the catalogue itself does."""
    rye = {"ingredient_slug": "rye_flour", "brand": "Bob's", "package_unit": "oz", "package_unit_quantity": 20.0}
    products = [{**rye, "product_name": "Pale-Rye"}, {**rye, "product_name": "Pale Rye", "slug": "pale-rye-20"}]
    stocked.write("catalogue.json", {"version": "3.5", "application": "bake-tracker", "products": products})
    stocked.done("convert", "catalogue.json", "--to", "set", "--output", "set")
    stocked.done("export", "validate", "set")
    asked = {}
    for source in ("catalogue.json", "set"):
        of_it = stocked.built(source)
        asked[source] = [(q["kind"], q["problem"], q["candidates"]) for q in lines(of_it, "question")]
    assert len(asked["catalogue.json"]) == 1
    assert asked["set"] == asked["catalogue.json"]


def test_what_does_not_fit_is_carried_as_it_stands(shell: Shell) -> None:
    """A wrong value and a lacking one are said, and asked about where the set is imported, as in the file itself."""
    common = {"package_unit": "oz", "package_unit_quantity": 1}
    products = [{**common, "ingredient_slug": "rye", "package_unit": "pounds"}, {**common, "brand": "Ada"}]
    shell.write("old.json", {"ingredients": [{"slug": "rye", "display_name": "Rye"}], "products": products})
    said = shell.bake("convert", "old.json", "--to", "set", "--output", "set", "--format", "json").document
    assert {entry["what"] for entry in said["lost"]} == {
        "products: package_unit does not fit, and was carried as it stands",
        "products: ingredient is needed, and the source does not give it",
    }
    shell.done("init")
    asked = []
    for source in ("old.json", "set"):
        shell.done("changeset", "build", source, "--output", f"{source}.jsonl")
        questions = lines(shell.folder / f"{source}.jsonl", "question")
        asked.append([(q["kind"], q["field"], q.get("value")) for q in questions])
    assert asked[0] == asked[1]
    assert len(asked[0]) == 2


def test_nothing_to_convert(shell: Shell) -> None:
    """A file whose records no view shows, and one that is not there, are errors of usage."""
    shell.write("recipients.json", {"recipients": [{"name": "Ada"}]})
    assert shell.bake("convert", "recipients.json", "--to", "view").status == 2
    assert shell.bake("convert", "nowhere.json", "--to", "set").status == 2


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not in ../shared/data/bake-tracker")
def test_the_real_backup_as_a_set(shell: Shell) -> None:
    """The set of a real backup is in order, and leaves the same rows as the backup itself."""
    shell.done("convert", DATA / "sample_data_all.json", "--to", "set", "--output", "set")
    shell.done("export", "validate", "set")
    rows = {}
    for name, source in (("backup", DATA / "sample_data_all.json"), ("set", "set")):
        shell.done("init", "--database", f"sqlite:///{name}.db")
        shell.done("import", source, "--database", f"sqlite:///{name}.db")
        rows[name] = contents(shell.folder / f"{name}.db")
    assert rows["set"]["inventory_items"]
    assert {name: _comparable(some) for name, some in rows["set"].items()} == {
        name: _comparable(some) for name, some in rows["backup"].items()
    }


def _without(values: dict[str, Any]) -> dict[str, Any]:
    """A row without what today's view has no column for."""
    return {name: value for name, value in values.items() if name != "created_at"}


def _comparable(rows: list[dict[str, Any]]) -> list[str]:
    """Rows but for when they were written, and for uuids made of the digest of the file."""
    times = ("uuid", "created_at", "updated_at")
    return sorted(repr({name: value for name, value in row.items() if name not in times}) for row in rows)

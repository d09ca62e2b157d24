"""Files are imported that speak of rows which are here, or seem to: `import`."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any

from support.kitchen import Edit, Kitchen, another_purchase, uid
from support.situations.importing import COLUMNS, OTHER, imported
from support.situations.watching import Outcome, Situation, Watch

from bake.changeset.file import read
from bake.changeset.further_id import further_id


def _reused_ids(edit: dict[str, Any], *answers: str) -> Situation:
    """Import an old export without uuids, edited or not; the ids of its purchases are other purchases' now."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit(another_purchase(32))
        kitchen.shell.done("export", "view", "purchases", "--format", "json", "--output", "old.json")
        document = json.loads((kitchen.folder / "old.json").read_text(encoding="utf-8"))
        records = [{**record, **edit} for record in document["records"]]
        for record in records:
            del record["uuid"], record["_base"]
        kitchen.shell.write("old.json", {**document, "records": records})
        for n in (31, 32):
            kitchen.edit(f"UPDATE purchases SET uuid = '{uid(n + 60)}' WHERE uuid = '{uid(n)}'")
        if not answers:
            return imported(kitchen, "old.json")
        watch, before = Watch(kitchen), kitchen.contents()
        meant = {**before, "purchases": {uuid: {**row, **edit} for uuid, row in before["purchases"].items()}}
        return watch.outcome(kitchen.brought("old.json", answers=answers), {"what was edited": lambda: meant})

    return situation


def _records(*edits: Edit, edited: Mapping[str, Any] | None = None, **document: list[dict[str, Any]]) -> Situation:
    """Import records of entities, after others have edited the database."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        kitchen.shell.write("records.json", document)
        return imported(kitchen, "records.json", edited=edited)

    return situation


def _records_answered(
    *answers: str, edits: Sequence[Edit] = (), renamed: str | None = None, **document: list[dict[str, Any]]
) -> Situation:
    """Build records of entities, answer what is asked, and apply them.

    `king` may come to refer to `costco`, and that may be renamed.
    """

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        before = kitchen.contents()
        products = before["products"]
        meant = {**before, "products": {**products, uid(21): {**products[uid(21)], **_BY_COSTCO}}}
        if renamed:
            meant["suppliers"] = {**before["suppliers"], uid(1): {**before["suppliers"][uid(1)], "slug": renamed}}
        kitchen.shell.write("records.json", document)
        watch = Watch(kitchen)
        said = kitchen.brought("records.json", answers=answers)
        return watch.outcome(said, {"what was edited": lambda: meant})

    return situation


def _rivals(*answers: str) -> Situation:
    """Build a purchase from a new supplier of which two records say different things; answer, and apply."""
    aldi = {"slug": "aldi", "name": "Aldi"}
    return _bought(
        [{**aldi, "city": "Boston"}, {**aldi, "city": "Nashua"}], {"supplier_slug": "aldi"}, {"Nashua"}, answers
    )


def _spellings(*answers: str, made: set[str]) -> Situation:
    """Build a purchase from a new supplier that stands there in two spellings, in the second one; answer, and apply."""
    suppliers = [_ALDI, {**_ALDI, "name": "ALDI", "city": "boston"}]
    return _bought(suppliers, {"supplier_name": "ALDI"}, made, answers)


def _bought(
    suppliers: list[dict[str, Any]], bought: dict[str, str], cities: set[str], answers: Sequence[str]
) -> Situation:
    """Build suppliers and a purchase from one of them; answer what is asked, and apply.

    Suppliers in these cities are to be added, and the purchase from the one whose city comes last in the alphabet.
    """

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        before = kitchen.contents()
        purchase = dict(zip(COLUMNS.split(","), OTHER.split(","), strict=True))
        del purchase["supplier_name"]
        purchase |= bought
        kitchen.shell.write("records.json", {"suppliers": suppliers, "purchases": [purchase]})
        watch = Watch(kitchen)
        said = kitchen.brought("records.json", answers=answers)
        now = kitchen.contents()
        new = {name: {k: row for k, row in rows.items() if k not in before[name]} for name, rows in now.items()}
        made = {row["city"]: key for key, row in new["suppliers"].items()}
        linked = [row["supplier"] for row in new["purchases"].values()] == [made[city] for city in [*sorted(made)][-1:]]
        is_meant = made.keys() == cities and linked and {n: {**before[n], **new[n]} for n in now} == now
        return watch.outcome(said, {"what was added": lambda: now if is_meant else before})

    return situation


def _both_new(*, mapped: bool = False) -> Situation:
    """Build two records that may be one row here: the first is said to be new; then the second answered, and apply."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        ann = {"uuid": uid(95), "name": "Ann", "household_name": "Smith"}
        kitchen.shell.write("ann.json", {"recipients": [ann]})
        kitchen.shell.done("import", "ann.json")
        before = kitchen.contents()
        guests = [{"name": "Ann", "household_name": None, "notes": notes} for notes in ("nuts", "milk")]
        kitchen.shell.write("guests.json", {"recipients": guests})
        watch, file = Watch(kitchen), kitchen.folder / "brought.changeset.jsonl"
        kitchen.shell.done("changeset", "build", "guests.json", "--output", file.name)
        kitchen.shell.done("changeset", "resolve", file.name, "--create", "q1")
        [made] = [c.key["uuid"] for c in read(file).questions[1].candidates if c.operation is not None]
        answer = ("--map", f"q2={made}") if mapped else ("--create", "q2")
        kitchen.shell.bake("changeset", "resolve", file.name, *answer)
        said, now = kitchen.apply(file=file), kitchen.contents()
        new = now["recipients"].keys() - before["recipients"].keys()
        return watch.outcome(said, {"what was added": lambda: now if new == {made} else before})

    return situation


def _said_to_be_one(*answers: str) -> Situation:
    """Build two records that are said to be one supplier, of which each says other notes; answer that, and apply."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        before = kitchen.contents()
        costco = {"city": "Waltham", "state": "MA"}
        rivals = [{**costco, "name": "Costcco", "notes": "ice"}, {**costco, "name": "Costcoo", "notes": "milk"}]
        kitchen.shell.write("records.json", {"suppliers": rivals})
        watch, file = Watch(kitchen), kitchen.folder / "brought.changeset.jsonl"
        kitchen.shell.done("changeset", "build", "records.json", "--output", file.name)
        kitchen.shell.done("changeset", "resolve", file.name, "--choose", "q1=same", "--map", "q2=costco")
        for answer in answers:
            kitchen.shell.done("changeset", "resolve", file.name, "--take", answer)
        suppliers = before["suppliers"]
        meant = {**before, "suppliers": {**suppliers, uid(1): {**suppliers[uid(1)], "notes": "milk"}}}
        return watch.outcome(kitchen.apply(file=file), {"what was edited": lambda: meant})

    return situation


def _sheet_edited(
    column: str,
    value: str,
    *options: str,
    base: bool = True,
    later: Sequence[Edit] = (),
    edited: Mapping[str, Any] | None = None,
) -> Situation:
    """Import a sheet of the products as it was exported, with another value in a column of `king`."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit("UPDATE products SET notes = 'on the shelf' WHERE slug = 'king'")
        kitchen.shell.done("export", "view", "products", "--format", "csv", "--output", "sheet.csv")
        kitchen.edit(*later)
        with (kitchen.folder / "sheet.csv").open(encoding="utf-8", newline="") as file:
            records = list(csv.DictReader(file))
        for record in records:
            if "king" in record.values():
                record[column] = value
            if not base:
                del record["_base"]
        with (kitchen.folder / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(records[0]))
            writer.writeheader()
            writer.writerows(records)
        return imported(kitchen, "sheet.csv", "--view", "products", *options, edited=edited)

    return situation


def _other_database(edit: dict[str, Any]) -> Situation:
    """Import the purchases of another database, which are not here, edited or not."""

    def situation(kitchen: Kitchen, twin: Kitchen) -> Outcome:
        twin.edit(f"UPDATE purchases SET uuid = '{uid(93)}', unit_price = 7.25, purchase_date = '2025-12-01'")
        twin.edit(f"UPDATE bake_database SET uuid = '{uid(94)}'")
        twin.shell.done("export", "view", "purchases", "--format", "json", "--output", "other.json")
        document = json.loads((twin.folder / "other.json").read_text(encoding="utf-8"))
        document["records"] = [{**record, **edit} for record in document["records"]]
        kitchen.shell.write("other.json", document)
        return imported(kitchen, "other.json")

    return situation


_COSTCO = {"name": "COSTCO", "city": " waltham ", "state": "ma"}
_ALDI = {"name": "Aldi", "city": "Boston", "state": "MA"}
_BARCODE = "071012010103"
#: A supplier that may be the one that is here, and a product that refers to it.
_DOUBTFUL = [{"slug": "costco_ma", "name": "Costco", "state": "MA"}]
_FROM_DOUBTFUL = [{"slug": "king", "preferred_supplier_slug": "costco_ma"}]
_OF_COSTCO = further_id("suppliers", {"rivals": {"slug": "costco"}}, ())
_BY_COSTCO = {"preferred_supplier": uid(1)}
#: A product that may be `king`; a new one would need more.
_LACKING = [{"product_name": "King Bread", "preferred_supplier_slug": "costco"}]
_KING_NAMED: Edit = "UPDATE products SET product_name = 'King Bread' WHERE slug = 'king'"
_RENAMED: Edit = (
    "recipes",
    {"uuid": uid(95), "slug": "rye_bread", "name": "Rye Bread", "previous_slug": "rye_loaf"},
)

IDENTITY: dict[str, Situation] = {
    "a key is spelled otherwise": _records(suppliers=[_COSTCO]),
    "a slug is the former one": _records(_RENAMED, recipes=[{"slug": "rye_loaf", "name": "Rye Bread"}]),
    "only the barcode says which product it is": _records(
        f"UPDATE products SET upc_code = '{_BARCODE}' WHERE slug = 'king'",
        edited={"notes": "opened"},
        products=[{"upc_code": _BARCODE, "notes": "opened"}],
    ),
    "a new row's name has the words of a row's in another order, or in one": _records(
        ingredients=[{"display_name": "Flour, Rye"}, {"display_name": "Ryeflour"}]
    ),
    "a new row's name is that of a row but for a letter or two": _records(
        ingredients=[{"display_name": "Rye Fluor"}], suppliers=[{"name": "Cosctco", "city": "Waltham", "state": "MA"}]
    ),
    "a new row is called by the barcode of a row": _records(
        f"UPDATE products SET upc_code = '{_BARCODE}' WHERE slug = 'king'",
        products=[
            {
                "ingredient_slug": "rye_flour",
                "product_name": _BARCODE,
                "package_unit": "lb",
                "package_unit_quantity": 9,
            }
        ],
    ),
    "a new row stands there in two spellings": _records(suppliers=[_ALDI, {**_ALDI, "name": "ALDI", "city": "boston"}]),
    "a barcode is all that is said of a new row which the file creates": _records(
        products=[
            {
                "slug": "rolls",
                "ingredient_slug": "rye_flour",
                "brand": "Queen",
                "package_unit": "g",
                "package_unit_quantity": 9,
                "upc_code": _BARCODE,
            },
            {"upc_code": _BARCODE, "notes": "opened"},
        ]
    ),
    "a record refers to the second of two spellings": _spellings(made=set()),
    "a record refers to the second of two spellings, which is the first": _spellings(
        "--choose", "q1=same", made={"Boston"}
    ),
    "a record refers to the second of two spellings, which is another row": _spellings(
        "--choose", "q1=new", made={"Boston", "boston"}
    ),
    "fewer parts are given than the key has": _records(suppliers=[{"name": "Costco", "state": "MA"}]),
    "a record refers to one that may be a row here": _records_answered(suppliers=_DOUBTFUL, products=_FROM_DOUBTFUL),
    "a record refers to one that is said to be a row here": _records_answered(
        "--map", "q1=costco", suppliers=_DOUBTFUL, products=_FROM_DOUBTFUL
    ),
    "a record refers to one that is skipped": _records_answered(
        "--skip", "q1", suppliers=_DOUBTFUL, products=_FROM_DOUBTFUL
    ),
    "a record refers to a row by the key that the file gives it": _records_answered(
        suppliers=[{"uuid": uid(1), "slug": "costco_club"}],
        products=[{"slug": "king", "preferred_supplier_slug": "costco_club"}],
        renamed="costco_club",
    ),
    "a record refers to a key that another row gets in the file": _records_answered(
        suppliers=[{"uuid": uid(1), "slug": "costco_x"}, {"uuid": uid(2), "slug": "costco"}],
        products=[{"slug": "king", "preferred_supplier_slug": "costco"}],
    ),
    "a record refers to one of two that contradict each other": _rivals(),
    "a record refers to one of two, and the second counts": _rivals("--take", "q1=2"),
    "a record refers to one of two, and neither counts": _rivals("--skip", "q1"),
    "a record may be a row here, and lacks what a new row needs": _records_answered(
        edits=[_KING_NAMED], products=_LACKING
    ),
    "it lacks what a new row needs, and is said to be the row": _records_answered(
        "--map", "q4=king", edits=[_KING_NAMED], products=_LACKING
    ),
    "it lacks what a new row needs, and is said to be new": _records_answered(
        "--create", "q4", edits=[_KING_NAMED], products=_LACKING
    ),
    "two records may be one row here, and both are said to be new": _both_new(),
    "two records may be one row here, and the second is said to be the new row of the first": _both_new(mapped=True),
    "two records are said to be one row here, and say different things": _said_to_be_one(),
    "two records are said to be one row here, and the second counts": _said_to_be_one(f"{_OF_COSTCO}=2"),
    "a cell of an exported sheet is emptied": _sheet_edited("notes", "", edited={"notes": None}),
    "a cell of an exported sheet is edited, and another row has the key by now": _sheet_edited(
        "notes",
        "opened",
        later=[
            f"UPDATE products SET slug = '{to}' WHERE slug = '{was}'" for was, to in (("king", "k"), ("bobs", "king"))
        ],
    ),
    "a cell is emptied, and the sheet has lost its _base": _sheet_edited("notes", "", base=False),
    "a cell is edited, and the sheet has lost its _base": _sheet_edited("notes", "opened", base=False),
    "a cell is edited, and rows that are here are to be left": _sheet_edited(
        "notes", "opened", "--mode", "skip-existing"
    ),
    "an export of another database, not edited": _other_database({}),
    "an export of another database, edited": _other_database({"notes": "opened"}),
    "an export without uuids is edited, and other rows may have the ids by now": _reused_ids({"notes": "opened"}),
    "an export without uuids is edited, and its records are said to be the rows": _reused_ids(
        {"notes": "opened"}, "--choose", "q1=same"
    ),
    "an export without uuids is edited, and its records are left out": _reused_ids({"notes": "opened"}, "--skip", "q1"),
    "an export without uuids is not edited, and other rows may have the ids by now": _reused_ids({}),
}

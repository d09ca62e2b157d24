"""Files are imported that speak of rows which are here, or seem to: `import`."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from support.kitchen import STOCK, Edit, Kitchen, uid
from support.situations.watching import Outcome, Situation, Watch
from support.tables import Contents

_COLUMNS = "product_slug,supplier_name,purchase_date,unit_price,quantity_purchased"
_DECLARED, _UNKNOWN = "Item,Shop,Date,Price,Qty", "Item,Shop,When,Price,Qty"
_WITHOUT_PRODUCT = "Wegmans,2025-11-15,5.49,2"
#: The purchase that is here, and others.
_HERE = "king,Wegmans,2025-11-15,5.49,2"
_IN_OTHER_LETTERS = "KING,wegmans,2025-11-15,5.490,2"
_CORRECTED = "king,Wegmans,2025-11-15,5.99,2"
_DATE_CAN_BE_TWO = "king,Wegmans,11/05/2025,5.49,2"
_DATED_AND_CORRECTED = "king,Wegmans,11/05/2025,5.99,2"
_TWO = ("king,Wegmans,2025-11-05,5.99,2", "king,Wegmans,2025-11-05,6.49,2")
_MONTH_FIRST = "q1=month/day/year"
_OTHER = "bobs,Costco,2025-11-16,4.25,1"


def _sheet(*lines: str, added: int = 0, columns: str = _COLUMNS) -> Situation:
    """Import a sheet of these lines, the last of which are to be added to what is here."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        before = kitchen.contents()
        (kitchen.folder / "sheet.csv").write_text("\n".join((columns, *lines, "")), encoding="utf-8")
        watch = Watch(kitchen)
        said = kitchen.shell.bake("import", "sheet.csv", "--view", "purchases", "--yes", "--format", "json")
        now = kitchen.contents()
        prices = [Decimal(line.split(",")[3]) for line in lines[len(lines) - added :]]
        return watch.outcome(said, {"what was added": lambda: now if _adds(before, now, prices) else before})

    return situation


def _answered(lines: Sequence[str], *answers: str, edited: Mapping[str, Any] | None = None) -> Situation:
    """Build a sheet of these lines, which may edit the purchase that is here; answer what is asked, and apply it."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit("UPDATE purchases SET purchase_date = '2025-11-05'")
        before = kitchen.contents()
        [(uuid, row)] = before["purchases"].items()
        meant = {**before, "purchases": {uuid: {**row, **(edited or {})}}}
        (kitchen.folder / "sheet.csv").write_text("\n".join((_COLUMNS, *lines, "")), encoding="utf-8")
        watch, file = Watch(kitchen), ("sheet.changeset.jsonl",)
        kitchen.shell.bake("changeset", "build", "sheet.csv", "--view", "purchases", "--output", *file)
        for answer in answers:
            kitchen.shell.bake("changeset", "resolve", *file, "--choose", answer)
        said = kitchen.shell.bake("changeset", "apply", *file, "--format", "json")
        return watch.outcome(said, {"what was edited": lambda: meant})

    return situation


def _adds(before: Contents, now: Contents, prices: list[Decimal]) -> bool:
    """Whether the one database is the other, and purchases at these prices, each beside what was there."""
    more = {uuid: row for uuid, row in now["purchases"].items() if uuid not in before["purchases"]}
    kept = {**now, "purchases": {uuid: row for uuid, row in now["purchases"].items() if uuid not in more}}
    return kept == before and sorted(Decimal(str(row["unit_price"])) for row in more.values()) == sorted(prices)


assert len(STOCK["purchases"]) == 1, "the lines above are about the only purchase"

SHEETS: dict[str, Situation] = {
    "its line is here": _sheet(_HERE),
    "its line is here, in other letters": _sheet(_IN_OTHER_LETTERS),
    "a line was added to the one that is here": _sheet(_HERE, _OTHER, added=1),
    "its line stands there twice, and is here once": _sheet(_HERE, _HERE, added=1),
    "its columns have other names, which the catalog declares": _sheet(_HERE, _OTHER, added=1, columns=_DECLARED),
    "one of its columns has a name that nobody knows": _sheet(_HERE, _OTHER, columns=_UNKNOWN),
    "no column says the product": _sheet(_WITHOUT_PRODUCT, _WITHOUT_PRODUCT, columns=_DECLARED.removeprefix("Item,")),
    "the price of its line was corrected": _sheet(_CORRECTED),
    "its line is here, and its date can be two": _answered([_DATE_CAN_BE_TWO]),
    "its date can be two, and is said to be that of the purchase": _answered([_DATE_CAN_BE_TWO], _MONTH_FIRST),
    "its date can be two, and is said to be another one": _answered([_DATE_CAN_BE_TWO], "q1=day/month/year"),
    "its date can be two, its price was corrected, and the date is answered": _answered(
        [_DATED_AND_CORRECTED], _MONTH_FIRST
    ),
    "its date can be two, its price was corrected, and both are answered": _answered(
        [_DATED_AND_CORRECTED], "q2=same", _MONTH_FIRST, edited={"unit_price": Decimal("5.99")}
    ),
    "two lines are near the purchase": _answered(_TWO),
    "two lines are near the purchase, and both are said to be it": _answered(
        _TWO, f"q1/1={uid(31)}", f"q1/2={uid(31)}"
    ),
}


def _again(*edits: Edit, reverted: bool = False, edited: Mapping[str, Any] | None = None) -> Situation:
    """Import a sheet that changes the notes of `king`, and not those of `bobs`; then what others do; then it again."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit("UPDATE products SET notes = 'dark' WHERE slug = 'bobs'")
        sheet = "product_slug,notes,brand\nking,white,King\nbobs,dark,Bob's\n"
        (kitchen.folder / "again.csv").write_text(sheet, encoding="utf-8")
        imported = ("import", "again.csv", "--view", "products", "--format", "json")
        first = json.loads(kitchen.shell.done(*imported))["changeset"]
        kitchen.edit(*edits)
        if reverted:
            kitchen.shell.done("changeset", "revert", first, "--output", "undo.changeset.jsonl")
            kitchen.shell.done("changeset", "apply", "undo.changeset.jsonl")
        return _imported(kitchen, "again.csv", "--view", "products", edited=edited)

    return situation


_NOTED = "UPDATE products SET notes = 'mine' WHERE slug = '{}'"

AGAIN: dict[str, Situation] = {
    "nothing was edited since": _again(),
    "other fields were edited since": _again("UPDATE products SET product_name = 'mine' WHERE slug = 'king'"),
    "what it wrote was edited since": _again(_NOTED.format("king")),
    "what it found to be so was edited since": _again(_NOTED.format("bobs")),
    "it was reverted": _again(reverted=True, edited={"notes": "white", "brand": "King"}),
    "what it wrote was edited, and the rest reverted": _again(_NOTED.format("king"), reverted=True),
}


def _reused_id(edit: dict[str, Any]) -> Situation:
    """Import an old export without uuids, edited or not; the id of its purchase is another purchase's now."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.shell.done("export", "view", "purchases", "--format", "json", "--output", "old.json")
        file = kitchen.folder / "old.json"
        document = json.loads(file.read_text(encoding="utf-8"))
        [record] = document["records"]
        written = {name: value for name, value in record.items() if name not in ("uuid", "_base")}
        file.write_text(json.dumps({**document, "records": [{**written, **edit}]}), encoding="utf-8")
        kitchen.edit(f"UPDATE purchases SET uuid = '{uid(92)}'")
        return _imported(kitchen, "old.json")

    return situation


def _imported(kitchen: Kitchen, *arguments: str, edited: Mapping[str, Any] | None = None) -> Outcome:
    """Import a file, which may edit fields of the product `king`."""
    watch, before = Watch(kitchen), kitchen.contents()
    products = before["products"]
    meant = {**before, "products": {**products, uid(21): {**products[uid(21)], **(edited or {})}}}
    said = kitchen.shell.bake("import", *arguments, "--yes", "--format", "json")
    return watch.outcome(said, {"what was edited": lambda: meant})


def _records(*edits: Edit, edited: Mapping[str, Any] | None = None, **document: list[dict[str, Any]]) -> Situation:
    """Import records of entities, after others have edited the database."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        kitchen.shell.write("records.json", document)
        return _imported(kitchen, "records.json", edited=edited)

    return situation


def _records_answered(
    *answers: str, edits: Sequence[Edit] = (), renamed: str | None = None, **document: list[dict[str, Any]]
) -> Situation:
    """Build records of entities, answer what is asked, and apply them.

    `king` may come to refer to `costco`, and that may be renamed.
    """

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit(*edits)
        before, file = kitchen.contents(), ("records.changeset.jsonl",)
        products = before["products"]
        meant = {**before, "products": {**products, uid(21): {**products[uid(21)], **_BY_COSTCO}}}
        if renamed:
            meant["suppliers"] = {**before["suppliers"], uid(1): {**before["suppliers"][uid(1)], "slug": renamed}}
        kitchen.shell.write("records.json", document)
        watch = Watch(kitchen)
        kitchen.shell.bake("changeset", "build", "records.json", "--output", *file)
        if answers:
            kitchen.shell.done("changeset", "resolve", *file, *answers)
        said = kitchen.shell.bake("changeset", "apply", *file, "--format", "json")
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
        before, file = kitchen.contents(), ("records.changeset.jsonl",)
        purchase = dict(zip(_COLUMNS.split(","), _OTHER.split(","), strict=True))
        del purchase["supplier_name"]
        purchase |= bought
        kitchen.shell.write("records.json", {"suppliers": suppliers, "purchases": [purchase]})
        watch = Watch(kitchen)
        kitchen.shell.bake("changeset", "build", "records.json", "--output", *file)
        if answers:
            kitchen.shell.done("changeset", "resolve", *file, *answers)
        said = kitchen.shell.bake("changeset", "apply", *file, "--format", "json")
        now = kitchen.contents()
        new = {name: {k: row for k, row in rows.items() if k not in before[name]} for name, rows in now.items()}
        made = {row["city"]: key for key, row in new["suppliers"].items()}
        linked = [row["supplier"] for row in new["purchases"].values()] == [made[city] for city in [*sorted(made)][-1:]]
        is_meant = made.keys() == cities and linked and {n: {**before[n], **new[n]} for n in now} == now
        return watch.outcome(said, {"what was added": lambda: now if is_meant else before})

    return situation


def _sheet_edited(
    column: str,
    value: str,
    *options: str,
    base: bool = True,
    later: str | None = None,
    edited: Mapping[str, Any] | None = None,
) -> Situation:
    """Import a sheet of the products as it was exported, with another value in a column of `king`."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit("UPDATE products SET notes = 'on the shelf' WHERE slug = 'king'")
        kitchen.shell.done("export", "view", "products", "--format", "csv", "--output", "sheet.csv")
        kitchen.edit(*([later] if later else []))
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
        return _imported(kitchen, "sheet.csv", "--view", "products", *options, edited=edited)

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
        return _imported(kitchen, "other.json")

    return situation


_COSTCO = {"name": "COSTCO", "city": " waltham ", "state": "ma"}
_ALDI = {"name": "Aldi", "city": "Boston", "state": "MA"}
_BARCODE = "071012010103"
#: A supplier that may be the one that is here, and a product that refers to it.
_DOUBTFUL = [{"slug": "costco_ma", "name": "Costco", "state": "MA"}]
_FROM_DOUBTFUL = [{"slug": "king", "preferred_supplier_slug": "costco_ma"}]
_BY_COSTCO = {"preferred_supplier": uid(1)}
#: A product that may be `king`; a new one would need more.
_LACKING = [{"product_name": "King Bread", "preferred_supplier_slug": "costco"}]
_KING_NAMED: Edit = "UPDATE products SET product_name = 'King Bread' WHERE slug = 'king'"
_RENAMED: Edit = (
    "recipes",
    {"uuid": uid(95), "slug": "rye_bread", "name": "Rye Bread", "previous_slug": "rye_loaf"},
)


def _made_again(*edits: Edit, reverted: bool = False) -> Situation:
    """Import a sheet that makes two suppliers; then what others do, or a revert; then it again."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        sheet = "slug,name,city\naldi,Aldi,Boston\nlidl,Lidl,Nashua\n"
        (kitchen.folder / "new.csv").write_text(sheet, encoding="utf-8")
        imported = ("import", "new.csv", "--view", "suppliers", "--yes", "--format", "json")
        first = json.loads(kitchen.shell.done(*imported))["changeset"]
        there = kitchen.contents()
        kitchen.edit(*edits)
        if reverted:
            kitchen.shell.done("changeset", "revert", first, "--output", "undo.changeset.jsonl")
            kitchen.shell.done("changeset", "apply", "undo.changeset.jsonl")
        watch = Watch(kitchen)
        said = kitchen.shell.bake(*imported)
        return watch.outcome(said, {"what was added": lambda: there})

    return situation


AGAIN |= {
    "what it made was deleted since": _made_again("DELETE FROM suppliers WHERE slug IN ('aldi', 'lidl')"),
    "what it made was taken away by a revert": _made_again(reverted=True),
}

IDENTITY: dict[str, Situation] = {
    "a key is spelled otherwise": _records(suppliers=[_COSTCO]),
    "a slug is the former one": _records(_RENAMED, recipes=[{"slug": "rye_loaf", "name": "Rye Bread"}]),
    "only the barcode says which product it is": _records(
        f"UPDATE products SET upc_code = '{_BARCODE}' WHERE slug = 'king'",
        edited={"notes": "opened"},
        products=[{"upc_code": _BARCODE, "notes": "opened"}],
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
    "a cell of an exported sheet is emptied": _sheet_edited("notes", "", edited={"notes": None}),
    "a cell is emptied, and the sheet has lost its _base": _sheet_edited("notes", "", base=False),
    "a cell is edited, and the sheet has lost its _base": _sheet_edited("notes", "opened", base=False),
    "a cell is edited, and rows that are here are to be left": _sheet_edited(
        "notes", "opened", "--mode", "skip-existing"
    ),
    "an export of another database, not edited": _other_database({}),
    "an export of another database, edited": _other_database({"notes": "opened"}),
    "an export without uuids is edited, and another row may have the id by now": _reused_id({"notes": "opened"}),
    "an export without uuids is not edited, and another row may have the id by now": _reused_id({}),
}

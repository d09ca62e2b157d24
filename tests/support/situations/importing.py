"""Sheets of purchases are imported: `import`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from support.kitchen import STOCK, Kitchen, uid
from support.situations.watching import Outcome, Situation, Watch
from support.tables import Contents

COLUMNS = "product_slug,supplier_name,purchase_date,unit_price,quantity_purchased"
_DECLARED, _UNKNOWN = "Item,Shop,Date,Price,Qty", "Item,Shop,When,Price,Qty"
_WITHOUT_PRODUCT = "Wegmans,2025-11-15,5.49,2"
#: The purchase that is here, and others.
_HERE = "king,Wegmans,2025-11-15,5.49,2"
_INOTHER_LETTERS = "KING,wegmans,2025-11-15,5.490,2"
_MISSPELT = "kingg,Wegmanns,2025-11-15,5.49,2"
_CORRECTED = "king,Wegmans,2025-11-15,5.99,2"
_CORRECTED_TWICE = "king,Wegmans,2025-11-15,5.99,3"
_DATE_CAN_BE_TWO = "king,Wegmans,11/05/2025,5.49,2"
_DATED_AND_CORRECTED = "king,Wegmans,11/05/2025,5.99,2"
_TWO = ("king,Wegmans,2025-11-05,5.99,2", "king,Wegmans,2025-11-05,6.49,2")
_MONTH_FIRST = "q1=month/day/year"
_PROOF = ("bobs,Costco,3/2/2026,4.25,1", "bobs,Costco,13/2/2026,4.5,1")
_TOTAL = "Total,,,9.74,3"
OTHER = "bobs,Costco,2025-11-16,4.25,1"


def imported(kitchen: Kitchen, *arguments: str, edited: Mapping[str, Any] | None = None) -> Outcome:
    """Import a file, which may edit fields of the product `king`."""
    watch, before = Watch(kitchen), kitchen.contents()
    products = before["products"]
    meant = {**before, "products": {**products, uid(21): {**products[uid(21)], **(edited or {})}}}
    said = kitchen.shell.bake("import", *arguments, "--yes", "--format", "json")
    return watch.outcome(said, {"what was edited": lambda: meant})


def _sheet(*lines: str, added: int = 0, columns: str = COLUMNS, says: Sequence[str] = ()) -> Situation:
    """Import a sheet of these lines, the last of which are to be added to what is here."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        before = kitchen.contents()
        (kitchen.folder / "sheet.csv").write_text("\n".join((columns, *lines, "")), encoding="utf-8")
        watch = Watch(kitchen)
        said = kitchen.shell.bake("import", "sheet.csv", "--view", "purchases", *says, "--yes", "--format", "json")
        now = kitchen.contents()
        prices = [Decimal(line.split(",")[-2]) for line in lines[len(lines) - added :]]
        return watch.outcome(said, {"what was added": lambda: now if adds(before, now, prices) else before})

    return situation


def _answered(lines: Sequence[str], *answers: str, edited: Mapping[str, Any] | None = None) -> Situation:
    """Build a sheet of these lines, which may edit the purchase that is here; answer what is asked, and apply it."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        kitchen.edit("UPDATE purchases SET purchase_date = '2025-11-05'")
        before = kitchen.contents()
        [(uuid, row)] = before["purchases"].items()
        meant = {**before, "purchases": {uuid: {**row, **(edited or {})}}}
        (kitchen.folder / "sheet.csv").write_text("\n".join((COLUMNS, *lines, "")), encoding="utf-8")
        watch, file = Watch(kitchen), ("sheet.changeset.jsonl",)
        kitchen.shell.bake("changeset", "build", "sheet.csv", "--view", "purchases", "--output", *file)
        for answer in answers:
            kitchen.shell.bake("changeset", "resolve", *file, "--choose", answer)
        said = kitchen.shell.bake("changeset", "apply", *file, "--format", "json")
        return watch.outcome(said, {"what was edited": lambda: meant})

    return situation


def _remembered(line: str, product: str, supplier: str) -> Situation:
    """Import a sheet of a line whose product and supplier are misspelt, what these mean being remembered."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        (kitchen.folder / "sheet.csv").write_text("\n".join((COLUMNS, line, "")), encoding="utf-8")
        kitchen.shell.bake("changeset", "build", "sheet.csv", "--view", "purchases", "--output", "first.jsonl")
        answers = ("--map", f"q1={product}", "--map", f"q2={supplier}", "--remember")
        assert "2 remembered" in kitchen.shell.bake("changeset", "resolve", "first.jsonl", *answers).out
        return imported(kitchen, "sheet.csv", "--view", "purchases")

    return situation


def adds(before: Contents, now: Contents, prices: list[Decimal]) -> bool:
    """Whether the one database is the other, and purchases at these prices, each beside what was there."""
    more = {uuid: row for uuid, row in now["purchases"].items() if uuid not in before["purchases"]}
    kept = {**now, "purchases": {uuid: row for uuid, row in now["purchases"].items() if uuid not in more}}
    return kept == before and sorted(Decimal(str(row["unit_price"])) for row in more.values()) == sorted(prices)


assert len(STOCK["purchases"]) == 1, "the lines above are about the only purchase"

NAMED_COLUMNS: dict[str, Situation] = {
    "its columns have other names, which the catalog declares": _sheet(_HERE, OTHER, added=1, columns=_DECLARED),
    "one of its columns has a name that nobody knows": _sheet(_HERE, OTHER, columns=_UNKNOWN),
    "one of its columns has a name that nobody knows, and --column says what it is": _sheet(
        _HERE, OTHER, added=1, columns=_UNKNOWN, says=("--column", "When=purchase_date")
    ),
    "no column says the product": _sheet(_WITHOUT_PRODUCT, _WITHOUT_PRODUCT, columns=_DECLARED.removeprefix("Item,")),
    "no column says the product, and --value says it for all": _sheet(
        *[_WITHOUT_PRODUCT] * 2,
        added=1,
        columns=_DECLARED.removeprefix("Item,"),
        says=("--value", "product=king"),
    ),
}

SHEETS: dict[str, Situation] = {
    "its line is here": _sheet(_HERE),
    "its line is here, in other letters": _sheet(_INOTHER_LETTERS),
    "its line is here, with names misspelt that are remembered": _remembered(_MISSPELT, "king", "wegmans"),
    "a line was added to the one that is here": _sheet(_HERE, OTHER, added=1),
    "its line stands there twice, and is here once": _sheet(_HERE, _HERE, added=1),
    "the price of its line was corrected": _sheet(_CORRECTED),
    "the price and the quantity of its line were corrected": _sheet(_CORRECTED_TWICE),
    "its line is here, and its date can be two": _answered([_DATE_CAN_BE_TWO]),
    "its date can be two, and is said to be that of the purchase": _answered([_DATE_CAN_BE_TWO], _MONTH_FIRST),
    "its date can be two, and is said to be another one": _answered([_DATE_CAN_BE_TWO], "q1=day/month/year"),
    "its date can be two, its price was corrected, and the date is answered": _answered(
        [_DATED_AND_CORRECTED], _MONTH_FIRST
    ),
    "its date can be two, its price was corrected, and both are answered": _answered(
        [_DATED_AND_CORRECTED], "q2=same", _MONTH_FIRST, edited={"unit_price": Decimal("5.99")}
    ),
    "one of its dates proves in which order they are": _sheet(*_PROOF, added=2),
    "one of its dates proves in which order they are, with --strict": _sheet(*_PROOF, says=("--strict",)),
    "a total stands below its lines": _sheet(OTHER, _TOTAL),
    "a total stands below its line, which is here, and is left out": _answered(
        [_HERE.replace("11-15", "11-05"), _TOTAL], "q4=left_out"
    ),
    "two lines are near the purchase": _answered(_TWO),
    "two lines are near the purchase, and both are said to be it": _answered(
        _TWO, f"q1/1={uid(31)}", f"q1/2={uid(31)}"
    ),
}

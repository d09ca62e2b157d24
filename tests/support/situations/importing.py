"""Files are imported that speak of rows which are here, or seem to: `import`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from support.kitchen import STOCK, Kitchen, uid
from support.situations.watching import Outcome, Situation, Watch
from support.tables import Contents

_COLUMNS = "product_slug,supplier_name,purchase_date,unit_price,quantity_purchased"
#: The purchase that is here, and others.
_HERE = "king,Wegmans,2025-11-15,5.49,2"
_IN_OTHER_LETTERS = "KING,wegmans,2025-11-15,5.490,2"
_CORRECTED = "king,Wegmans,2025-11-15,5.99,2"
_OTHER = "bobs,Costco,2025-11-16,4.25,1"


def _sheet(*lines: str, added: int = 0) -> Situation:
    """Import a sheet of these lines, the last of which are to be added to what is here."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        before = kitchen.contents()
        (kitchen.folder / "sheet.csv").write_text("\n".join((_COLUMNS, *lines, "")), encoding="utf-8")
        watch = Watch(kitchen)
        said = kitchen.shell.bake("import", "sheet.csv", "--view", "purchases", "--yes", "--format", "json")
        now = kitchen.contents()
        prices = [Decimal(line.split(",")[3]) for line in lines[len(lines) - added :]]
        return watch.outcome(said, {"what was added": lambda: now if _adds(before, now, prices) else before})

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
    "the price of its line was corrected": _sheet(_CORRECTED),
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


def _imported(kitchen: Kitchen, *arguments: str) -> Outcome:
    watch = Watch(kitchen)
    return watch.outcome(kitchen.shell.bake("import", *arguments, "--yes", "--format", "json"), {})


REUSED: dict[str, Situation] = {
    "an export without uuids is edited, and another row may have the id by now": _reused_id({"notes": "opened"}),
    "an export without uuids is not edited, and another row may have the id by now": _reused_id({}),
}

"""Files of another program are imported: `import`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from support.kitchen import Kitchen, uid
from support.situations.importing import adds
from support.situations.watching import Outcome, Situation, Watch

#: The purchase that is here, and another one, as another program writes them.
_COMPOSITE = "bread_flour:King Arthur:5.0:lb"
_WRITTEN = {"product_slug": _COMPOSITE, "supplier_name": "Wegmans", "purchase_date": "2025-11-15"}
_PRICED = {"unit_price": "5.49", "quantity_purchased": 2}
_SCANS = [{"product_slug": _COMPOSITE, "scanned_at": f"2026-01-0{n}T08:00:00Z", **_PRICED} for n in (1, 2)]


def _written(document: dict[str, Any], *added: str, edited: Mapping[str, Any] | None = None) -> Situation:
    """Import a file of another program, which may add purchases at these prices, or edit the product `king`."""

    def situation(kitchen: Kitchen, _twin: Kitchen) -> Outcome:
        before = kitchen.contents()
        products = before["products"]
        meant = {**before, "products": {**products, uid(21): {**products[uid(21)], **(edited or {})}}}
        kitchen.shell.write("written.json", document)
        watch = Watch(kitchen)
        said = kitchen.shell.bake("import", "written.json", "--yes", "--format", "json")
        now = kitchen.contents()
        more = now if adds(before, now, [*map(Decimal, added)]) else before
        return watch.outcome(said, {"what was edited": lambda: meant, "what was added": lambda: more})

    return situation


def _single(name: str, record: dict[str, Any]) -> dict[str, Any]:
    return {"version": "1.0", "export_type": name, "_meta": {"editable_fields": ["notes"]}, "records": [record]}


WRITTEN_ELSEWHERE: dict[str, Situation] = {
    "an export of a product has another note": _written(
        _single("products", {"id": 900, "uuid": uid(21), "ingredient_slug": "bread_flour", "notes": "opened"}),
        edited={"notes": "opened"},
    ),
    "an export of purchases has the one that is here": _written(
        _single("purchases", {"id": 900, "uuid": uid(31), **_WRITTEN, **_PRICED})
    ),
    "scans give their supplier once, for all of them": _written(
        {"import_type": "purchases", "supplier": "Costco", "purchases": _SCANS}, "5.49", "5.49"
    ),
    "scans say nothing of a supplier": _written({"import_type": "purchases", "purchases": _SCANS}),
    "a log of skipped records has one that is complete now": _written(
        {
            "skipped_records": [
                {
                    "original_record": {
                        **_WRITTEN,
                        "purchase_date": "2025-12-01",
                        "unit_price": 1,
                        "quantity_purchased": 3,
                    }
                }
            ]
        },
        "1",
    ),
}

"""Many parents: what is known within a batch stays known."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.compiling import compiled, view
from support.market import uid

from bake.compiler.references import references
from bake.compiler.rows import row_keys

GRAINS = [{"id": n, "uuid": uid(n), "slug": f"g{n}", "name": f"Grain {n}"} for n in range(1, 41)]
BAGS = [{"id": n, "uuid": uid(100 + n), "grain": n, "weight": Decimal(5)} for n in range(1, 41)]


@pytest.mark.parametrize("batch", [7, 40])
def test_more_parents_than_are_remembered(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows found by id stay found while their parents are read, though there are more of these than are remembered."""
    monkeypatch.setattr(row_keys, "REMEMBERED", 3)
    monkeypatch.setattr(references, "REMEMBERED", 3)
    records = [{"id": n, "grain": f"g{n}", "note": None} for n in range(1, 41)]
    result = compiled(view("shelf", *records), {"grains": GRAINS, "bags": BAGS}, batch=batch)
    assert result.skips == {"unchanged": list(range(40))}


def test_more_lookups_than_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """New rows whose parents are new as well, each named by a key through a reference, are all resolved."""
    monkeypatch.setattr(references, "REMEMBERED", 3)
    bags = [{"grain": {"slug": f"g{n}"}, "weight": 2} for n in range(1, 41)]
    sales = [
        {"bag": {"grain": {"slug": f"g{n}"}, "weight": 2}, "shop": {"slug": "coop"}, "day": "2025-12-20", "price": n}
        for n in range(1, 41)
    ]
    document = {"shops": [{"slug": "coop", "name": "Coop"}], "bags": bags, "sales": sales}
    result = compiled(document, {"grains": GRAINS}, batch=10)
    assert not result.questions
    assert len(result.creates) == 81

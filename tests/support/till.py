"""A market with one bag of grain, two shops and some sales, and sales as a sheet says them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.market import uid

ROWS: dict[str, list[dict[str, Any]]] = {
    "grains": [{"id": 1, "uuid": uid(1), "slug": "rye", "name": "Rye"}],
    "bags": [{"id": 1, "uuid": uid(11), "grain": 1, "brand": "Aurora", "weight": Decimal(5)}],
    "shops": [
        {"id": 1, "uuid": uid(21), "slug": "mill", "name": "The Mill"},
        {"id": 2, "uuid": uid(22), "slug": "barn", "name": "Barn"},
    ],
}
BATCHES = pytest.mark.parametrize("batch", [1, 2, 1000])


def there(*sales: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows, with these sales."""
    row = {"bag": 1, "shop": 1, "day": "2025-12-20", "price": Decimal("3.99")}
    return {**ROWS, "sales": [{"id": n, "uuid": uid(100 + n), **row, **sale} for n, sale in enumerate(sales, 1)]}


def sale(**said: Any) -> dict[str, Any]:
    """A sale as a sheet says it."""
    row = {"grain": "rye", "brand": "Aurora", "weight": 5, "shop_name": "The Mill", "day": "2025-12-20", "price": 3.99}
    return {**row, **said}

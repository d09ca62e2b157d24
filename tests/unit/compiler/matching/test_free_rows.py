"""Many rows that equal many records without a key are not looked at again for each record."""

from __future__ import annotations

from typing import Any

import pytest
from support.compiling import compiled, view
from support.till import sale, there

from bake.compiler.matching import agreement, free_rows, near_rows

MANY = 120


@pytest.mark.parametrize("note", ["", "note {}"], ids=["all the same", "each with a note of its own"])
@pytest.mark.parametrize("batch", [7, 1000])
def test_each_row_is_compared_a_few_times(note: str, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All records are here, in the opposite order, and each row was compared with a few records at most."""
    compared: list[Any] = []
    changes_nothing = agreement.changes_nothing

    def counting(*said: Any) -> bool:
        compared.append(said)
        return changes_nothing(*said)

    monkeypatch.setattr(free_rows, "changes_nothing", counting)
    notes = [note.format(n) or None for n in range(MANY)]
    lines = [sale(note=one) for one in reversed(notes)]
    result = compiled(view("till", *lines), there(*({"note": one} for one in notes)), batch=batch)
    assert result.skips == {"already here": list(range(MANY))}
    assert len(compared) <= 3 * MANY


def test_more_rows_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows are fetched again with each batch, the same comes of it."""
    monkeypatch.setattr(free_rows, "_MOST", 20)
    lines = [sale(note=f"note {n % 7}") for n in range(MANY)]
    result = compiled(view("till", *lines), there(*({"note": f"note {n % 9}"} for n in range(MANY))), batch=10)
    assert result.skips == {"already here": list(range(MANY))}


def test_rows_that_many_records_are_near_are_gone_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many records, each with a price of its own, near the same rows: these are compared with each other once."""
    shown: list[Any] = []

    def counting(said: Any) -> str:
        shown.append(said)
        return repr(said)

    monkeypatch.setattr(near_rows, "repr", counting, raising=False)
    lines = [sale(price=100 + n) for n in range(MANY)]
    result = compiled(view("till", *lines), there(*({} for _ in range(MANY))))
    assert len(result.creates) == MANY
    assert len(shown) <= 2 * MANY

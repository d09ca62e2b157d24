"""What a whole import asks of a database, counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from support.sets import project_at

from bake.app.apply import apply
from bake.app.build import build
from bake.app.import_ import import_source
from bake.compiler.context import Options

_BATCHES = 2


@contextmanager
def statements() -> Iterator[list[str]]:
    """All that is sent to any database meanwhile."""
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def product(n: int) -> dict[str, Any]:
    """A product as an export of the view has it."""
    return {
        "product_slug": f"flour_{n}",
        "ingredient_slug": f"grain_{n % 7}",
        "preferred_supplier_name": f"Mill {n % 3}",
        "brand": f"Brand {n % 11}",
        "product_name": f"Flour {n}",
        "package_size": 5.0,
        "package_unit": "lb",
        "package_unit_quantity": 5.0,
    }


def edited(n: int) -> dict[str, Any]:
    """The same come back: one in three unchanged, changed, or new, of the new ones some by another spelling."""
    match n % 3:
        case 0:
            return product(n)
        case 1:
            return {**product(n), "notes": f"checked {n}", "ingredient_slug": f"grain_{(n + 1) % 7}"}
        case _:
            return {**product(n + 100_000), "preferred_supplier_name": f"MILL {n % 3}"}


def counted(folder: Path, records: int) -> tuple[int, int]:
    """The statements of building and of applying a changeset of so many records, in two batches."""
    project = project_at(folder)
    stock = {
        "suppliers": [{"name": f"Mill {n}", "slug": f"mill_{n}"} for n in range(3)],
        "ingredients": [{"slug": f"grain_{n}", "display_name": f"Grain {n}"} for n in range(7)],
    }
    import_source(project, written(folder, "stock.json", stock), Options())
    import_source(project, written(folder, "before.json", view([product(n) for n in range(records)])), Options())
    source = written(folder, "after.json", view([edited(n) for n in range(records)]))
    with statements() as building:
        file = build(project, source, Options(batch=records // _BATCHES))
    assert not file.decisions.open
    with statements() as applying:
        apply(project, file.path)
    return len(building), len(applying)


def view(records: list[dict[str, Any]]) -> dict[str, Any]:
    """An export of the products."""
    return {"export_type": "denormalized_view", "view_name": "products_complete", "records": records}


def written(folder: Path, name: str, document: object) -> Path:
    """A document as a file."""
    path = folder / name
    path.write_bytes(msgspec.json.encode(document))
    return path


def test_statements_grow_with_batches_and_not_with_records(tmp_path: Path) -> None:
    """Ten times as many records in as many batches are built and applied with as many statements."""
    assert counted(tmp_path / "few", 60) == counted(tmp_path / "many", 600)

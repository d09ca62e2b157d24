"""Counting what is sent to a database, and rows of a bakery of which each refers to rows of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from support.kitchen import uid
from support.sets import project_at

from bake.app.import_ import import_source
from bake.changeset.file import Changeset
from bake.errors import Conflicts

#: Records by entity.
Records = dict[str, list[dict[str, Any]]]

_T = TypeVar("_T")


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


class Counted:
    """A project, and how many statements each thing took that was done with it.

    Attributes:
        project: the project.
        counts: the number of statements by what was done.
    """

    def __init__(self, folder: Path) -> None:
        self.project = project_at(folder)
        self.counts: dict[str, int] = {}
        self._written = 0

    def count(self, what: str, act: Callable[[], _T]) -> _T:
        """Do something, and count its statements."""
        with statements() as seen:
            result = act()
        self.counts[what] = len(seen)
        return result

    def refused(self, what: str, act: Callable[[], object]) -> None:
        """Do something that ends in conflicts, and count its statements."""
        with statements() as seen:
            try:
                act()
            except Conflicts:
                self.counts[what] = len(seen)
                return
        raise AssertionError(f"{what}: there are no conflicts")

    def source(self, document: object) -> Path:
        """A document as a file."""
        self._written += 1
        path = self.project.folder / f"source_{self._written}.json"
        path.write_bytes(msgspec.json.encode(document))
        return path

    def imported(self, records: Records) -> Changeset:
        """Import records; the changeset."""
        return import_source(self.project, self.source(records)).changeset

    def edit(self, *commands: str) -> None:
        """Edit the database directly, as other programs do."""
        with self.project.connect() as database, database.writing() as connection:
            for command in commands:
                connection.exec_driver_sql(command)


def bakery(n: int) -> Records:
    """So many rows of each entity and twice as many ingredients; no two refer to the same row, the parents aside."""
    return {
        "suppliers": [{"uuid": uid(100_000 + i), "slug": f"mill_{i}", "name": f"Mill {i}"} for i in range(n)],
        "ingredients": [
            *({"uuid": uid(200_000 + i), "slug": f"kind_{i}", "display_name": f"Kind {i}"} for i in range(n)),
            *(
                {"uuid": uid(300_000 + i), "slug": f"grain_{i}", "display_name": f"G {i}", "parent_slug": f"kind_{i}"}
                for i in range(n)
            ),
        ],
        "products": [product(i, i) for i in range(n)],
        "purchases": [purchase(i, i) for i in range(n)],
        "inventory_items": [
            {
                "uuid": uid(600_000 + i),
                "product_slug": f"flour_{i}",
                "purchase": {"uuid": uid(500_000 + i)},
                "quantity": 2,
            }
            for i in range(n)
        ],
    }


def product(i: int, other: int) -> dict[str, Any]:
    """A product, of the ingredient and the supplier of another number."""
    return {
        "uuid": uid(400_000 + i),
        "slug": f"flour_{i}",
        "ingredient_slug": f"grain_{other}",
        "preferred_supplier_slug": f"mill_{other}",
        "brand": f"Brand {i}",
        "product_name": f"Flour {i}",
        "package_unit": "lb",
        "package_unit_quantity": 5,
    }


def purchase(i: int, other: int) -> dict[str, Any]:
    """A purchase, at the supplier of another number."""
    return {
        "uuid": uid(500_000 + i),
        "product_slug": f"flour_{i}",
        "supplier_slug": f"mill_{other}",
        "purchase_date": "2025-11-15",
        "unit_price": 5.49,
        "quantity_purchased": 2,
    }


def turned(n: int) -> Records:
    """The same products and purchases, each referring to the next ingredient and supplier, at another price."""
    following = [(i + 1) % n for i in range(n)]
    return {
        "suppliers": [{"slug": f"mill_{i}", "notes": "closed on Mondays"} for i in range(n)],
        "products": [{**product(i, other), "notes": "seen"} for i, other in enumerate(following)],
        "purchases": [{**purchase(i, other), "unit_price": 6.99} for i, other in enumerate(following)],
    }

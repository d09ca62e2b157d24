"""How much slower is a normalized set than a bare cursor and an encoder, and how much memory does it take?

    python bench/export_products.py [PRODUCTS]

Makes a bakery of so many products (a million by default) in a temporary SQLite file, each with its ingredient and most
with a supplier. Then writes the products once with the driver's cursor, a JOIN for the references and one call of the
encoder a row, and once with `bake export complete`, which also sorts, checksums and syncs. The goal: at most twice the
time, and less than 150 MB. Writes the figures and the machine to bench/results/export.json, and prints them.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
from measuring import keep

from bake.app.export import export_complete
from bake.app.init import initialise
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG

#: What an export may take: times as long as the loop, and MB.
RATIO, MEMORY = 2.0, 150.0
INGREDIENTS, SUPPLIERS = 2_000, 100
AT = "2025-12-20 10:00:00.000000"

QUERY = """
    SELECT p.*, i.slug AS ingredient_slug, s.slug AS preferred_supplier_slug
    FROM products p JOIN ingredients i ON i.id = p.ingredient_id LEFT JOIN suppliers s ON s.id = p.preferred_supplier_id
"""


def scattered(n: int) -> str:
    """The uuid of row `n`: uuids in no order, as real ones are, but the same in every run."""
    return str(UUID(int=(n * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128))


def products(n: int) -> Iterator[dict[str, object]]:
    """Rows like those of a real catalog of products."""
    for i in range(n):
        yield {
            "id": i + 1,
            "uuid": scattered(i),
            "slug": f"brand_{i % 997}_product_{i}",
            "ingredient_id": i % INGREDIENTS + 1,
            "brand": f"Brand {i % 997}",
            "product_name": f"Crème Product {i}",
            "package_size": i % 40 / 4 + 0.25,
            "package_unit": "lb",
            "package_unit_quantity": i % 40 / 4 + 0.25,
            "upc_code": f"{i:012}" if i % 3 else None,
            "preferred_supplier_id": i % SUPPLIERS + 1 if i % 10 else None,
            "preferred": i % 7 == 0,
            "is_hidden": False,
            "notes": None if i % 5 else 'Says "organic".',
            "created_at": AT,
        }


def supplier(i: int) -> dict[str, object]:
    """One of the suppliers."""
    return _named(i, {"name": f"Supplier {i}", "supplier_type": "physical", "is_active": True})


def ingredient(i: int) -> dict[str, object]:
    """One of the ingredients."""
    return _named(i, {"display_name": f"Ingredient {i}", "hierarchy_level": 2, "is_packaging": False})


def fill(path: Path, n: int) -> None:
    """Write the bakery."""
    with sqlite3.connect(path) as connection:
        _insert(connection, "suppliers", map(supplier, range(SUPPLIERS)))
        _insert(connection, "ingredients", map(ingredient, range(INGREDIENTS)))
        _insert(connection, "products", products(n))
    connection.close()


def _named(i: int, others: dict[str, object]) -> dict[str, object]:
    return {"id": i + 1, "uuid": scattered(i), "slug": f"row_{i}", **others, "created_at": AT}


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, object]]) -> None:
    first = next(rows)
    columns = ", ".join(first)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(f':{name}' for name in first)})"
    connection.execute(statement, first)
    connection.executemany(statement, rows)


def bare(database: Path, output: Path) -> float:
    """Seconds that a cursor and an encoder take."""
    began = time.perf_counter()
    encoder = msgspec.json.Encoder()
    connection = sqlite3.connect(database)
    with output.open("wb") as stream:
        cursor = connection.execute(QUERY)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            stream.write(encoder.encode(dict(zip(names, row, strict=True))))
            stream.write(b",\n")
    connection.close()
    return time.perf_counter() - began


def exported(project: Project, output: Path) -> float:
    """Seconds that a complete export takes."""
    began = time.perf_counter()
    export_complete(project, output=output)
    return time.perf_counter() - began


def peak() -> float:
    """The most memory that this process has held so far, in MB."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024 / (1024 if sys.platform == "darwin" else 1)


def main(n: int) -> None:
    """Measure, and say what came out."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bake.db"
        project = Project(f"sqlite:///{database}", DEFAULT_CATALOG, folder=Path(folder))
        initialise(project)
        fill(database, n)
        # Turn about, and the best of each, as others may be using the machine.
        runs = [
            (bare(database, Path(folder) / "bare.json"), exported(project, Path(folder) / f"set{n}")) for n in (1, 2)
        ]
        loop, whole = map(min, zip(*runs, strict=True))
        size = sum(file.stat().st_size for file in (Path(folder) / "set1").iterdir())
    figures = {
        "products": n,
        "megabytes": round(size / 1e6),
        "loop_seconds": round(loop, 2),
        "export_seconds": round(whole, 2),
        "ratio": round(whole / loop, 2),
        "peak_megabytes": round(peak()),
    }
    keep("export", {"figures": figures | {"holds": whole / loop <= RATIO and peak() <= MEMORY}})
    sys.stdout.write(
        f"{n:,} products, {size / 1e6:,.0f} MB\n"
        f"cursor and encoder   {loop:6.1f} s\n"
        f"bake export complete {whole:6.1f} s   {whole / loop:.2f} times as long, {peak():.0f} MB at most\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000)

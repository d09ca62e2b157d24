"""Measures a sheet that changes every row, and one that adds as many, on PostgreSQL, beside a blind upsert.

    python bench/postgresql.py URL [--rows 100000]

The blind upsert is COPY into a temporary table and one INSERT … ON CONFLICT; Bake builds and applies. Both write
the same rows into tables of the same form, in a schema `bake_bench`, which is made for it and dropped.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

import bake

_TABLE = """CREATE TABLE bake_bench.{} (id serial PRIMARY KEY, sku varchar(20) NOT NULL UNIQUE,
name varchar(60) NOT NULL, price numeric(8, 2), stock integer, seen date)"""
_COLUMNS = "sku, name, price, stock, seen"
_UPSERT = f"""INSERT INTO bake_bench.blind ({_COLUMNS}) SELECT * FROM sheet ON CONFLICT (sku) DO UPDATE SET
name = excluded.name, price = excluded.price, stock = excluded.stock, seen = excluded.seen"""


@contextmanager
def schema(engine: sa.Engine) -> Iterator[None]:
    """Two empty tables, which are dropped at the end."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA bake_bench")
        for name in ("products", "blind"):
            connection.exec_driver_sql(_TABLE.format(name))
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA bake_bench CASCADE")


def sheet(path: Path, rows: range, price: int) -> Path:
    """A sheet with a record for each of some numbers."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS.split(", "))
        for n in rows:
            writer.writerow([f"S-{n}", f"Product {n}", f"{n % 1000 + price}.25", n % 7, f"2025-{n % 12 + 1:02}-01"])
    return path


def blind(engine: sa.Engine, path: Path) -> None:
    """Write a sheet as it is."""
    with engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        connection.exec_driver_sql(
            "CREATE TEMPORARY TABLE sheet (sku text, name text, price numeric, stock integer, seen date) ON COMMIT DROP"
        )
        with driver.cursor().copy("COPY sheet FROM STDIN WITH (FORMAT csv, HEADER)") as copy:
            copy.write(path.read_bytes())
        connection.exec_driver_sql(_UPSERT)


def seconds(function: Callable[[], object]) -> float:
    """How long a function takes."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print: a workload a line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("url")
    options.add_argument("--rows", type=int, default=100_000)
    chosen = options.parse_args()
    engine = sa.create_engine(chosen.url, connect_args={"options": "-c search_path=bake_bench"})
    with tempfile.TemporaryDirectory() as folder, schema(engine):
        path = Path(folder)
        project = bake.Project(engine, bake.reflect(engine, only=["products"]), folder=path)
        bake.initialise(project)
        numbers = range(chosen.rows), range(chosen.rows), range(chosen.rows, 2 * chosen.rows)
        for kind, rows, price in zip(("fill", "changed", "new"), numbers, (1, 2, 2), strict=True):
            source = sheet(path / f"{kind}.csv", rows, price)
            upsert, changesets = seconds(lambda: blind(engine, source)), list[bake.Changeset]()  # noqa: B023
            build = seconds(lambda: changesets.append(bake.build(project, source, view="products")))  # noqa: B023
            apply = seconds(lambda: bake.apply(project, changesets[0]))  # noqa: B023
            print(f"{kind:8} build {build:6.1f} s  apply {apply:6.1f} s  blind {upsert:6.1f} s", flush=True)


if __name__ == "__main__":
    main()

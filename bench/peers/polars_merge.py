"""Polars: read the file and the table, join, compare, write what differs.

Nothing says what will be written unless a script says it; nothing checks that the rows are still what they were when
they were read, and nothing can undo it. References are looked up by joins. All is in memory at once.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from uuid import uuid4

import polars as pl
from bakery import CREATED, GIVEN, INSERT, UPDATE, records

_TYPES = dict.fromkeys(GIVEN, pl.String) | {"package_size": pl.Float64, "package_unit_quantity": pl.Float64}


def merge(folder: Path) -> int:
    """Bring the view in; how many records there were."""
    database = sqlite3.connect(folder / "bake.db")
    texts = dict.fromkeys(("product_slug", "ingredient_slug", "preferred_supplier_name"), pl.String)
    incoming = pl.DataFrame(records(folder), schema=texts | _TYPES).rename({"product_slug": "slug"})
    both = incoming.join(_table(database), on="slug", how="left", suffix="_now")
    new = pl.col("known").is_null()
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in GIVEN)
    with database:
        database.executemany(UPDATE, both.filter(~new & differs).select("slug", *GIVEN).iter_rows(named=True))
        database.executemany(INSERT, _new_rows(database, both.filter(new)).iter_rows(named=True))
    database.close()
    return len(incoming)


def _table(database: sqlite3.Connection) -> pl.DataFrame:
    query = f"SELECT slug, 1 AS known, {', '.join(GIVEN)} FROM products"
    return pl.read_database(query, database, schema_overrides={"slug": pl.String, "known": pl.Int64} | _TYPES)


def _new_rows(database: sqlite3.Connection, new: pl.DataFrame) -> pl.DataFrame:
    ingredients = pl.read_database("SELECT slug AS ingredient_slug, id AS ingredient_id FROM ingredients", database)
    query = "SELECT name AS preferred_supplier_name, id AS preferred_supplier_id FROM suppliers"
    named = new.join(ingredients, on="ingredient_slug", how="left")
    named = named.join(pl.read_database(query, database), on="preferred_supplier_name", how="left")
    uuids = pl.Series("uuid", [str(uuid4()) for _ in range(len(named))], dtype=pl.String)
    fixed = (pl.lit(0).alias("preferred"), pl.lit(0).alias("is_hidden"), pl.lit(CREATED).alias("created_at"))
    return named.with_columns(uuids, *fixed)


if __name__ == "__main__":
    print(merge(Path(sys.argv[1])), "records")

"""dlt: a pipeline with the write disposition `merge`, by primary key, to DuckDB or to SQLite.

    python bench/peers/dlt_merge.py prepare|run FOLDER duckdb|sqlite

dlt keeps tables of its own, so the rows that are there are loaded first, by `prepare`, which is not measured. It shows
nothing before it writes, checks nothing, and cannot undo a load; references stay the names that the file has.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}

import dlt  # it looks at the environment when it is imported
from bakery import GIVEN, records


def load(folder: Path, engine: str, rows: Iterable[dict[str, Any]]) -> None:
    """Merge records into the table `products` of a database in the folder."""
    url = folder.resolve() / f"dlt.{engine}"
    if engine == "duckdb":
        destination = dlt.destinations.duckdb(str(url))
    else:
        destination = dlt.destinations.sqlalchemy(f"sqlite:///{url}")
    pipeline = dlt.pipeline("bakery", pipelines_dir=str(folder / ".dlt"), destination=destination, dataset_name="kept")
    pipeline.run(rows, table_name="products", write_disposition="merge", primary_key="product_slug")


def there(folder: Path) -> list[dict[str, Any]]:
    """The rows that are there, as records."""
    names = ("product_slug", "ingredient_slug", *GIVEN)
    columns = ", ".join(f"p.{name}" for name in GIVEN)
    database = sqlite3.connect(folder / "bake.db")
    query = f"SELECT p.slug, i.slug, {columns} FROM products p JOIN ingredients i ON i.id = p.ingredient_id"
    found = [dict(zip(names, row, strict=True)) for row in database.execute(query)]
    database.close()
    return found


if __name__ == "__main__":
    what, place, kind = sys.argv[1:4]
    given = there(Path(place)) if what == "prepare" else records(Path(place))
    load(Path(place), kind, given)
    print(len(given), "records")

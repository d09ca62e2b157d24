"""What it costs to sum up a changeset of many operations as a comment of a pull request.

    python bench/comment.py [OPERATIONS] [REPEAT]

Writes a changeset of 100,000 operations unless it is said otherwise, and shows it as Markdown of at most 64 KiB, five
times. Seconds of the processor and the size go to bench/results/comment.json.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from measuring import keep, run
from startup import command

from bake.changeset import model as m
from bake.changeset.header import FORMAT, CatalogStamp, Header, Source
from bake.changeset.writing import write

BUDGET = 65536
FILE = "prices.changeset.jsonl"


def operations(number: int) -> Iterator[m.Operation]:
    """Of ten operations four change a price, three a text, two are new rows; a few rows are deleted."""
    for n in range(1, number + 1):
        key: m.Key = {"slug": f"product_{n}"}
        match n % 10:
            case 0 | 1 | 2 | 3:
                price = Decimal(n) / 100
                yield m.Update(n=n, entity="products", key=key, patch=_patch("price", price, price + 1), from_=(n - 1,))
            case 4 | 5 | 6:
                yield m.Update(n=n, entity="products", key=key, patch=_patch("notes", None, "checked"), from_=(n - 1,))
            case 9 if n % 100 == 9:
                yield m.Delete(n=n, entity="suppliers", key=key, before={**key, "city": None}, from_=(n - 1,))
            case _:
                values: m.Row = {"uuid": f"u{n}", "product": key, "date": "2025-12-01", "price": Decimal("3.99")}
                yield m.Create(n=n, entity="purchases", key={"uuid": f"u{n}"}, values=values, from_=(n - 1,))


def _patch(field: str, before: m.Json, after: m.Json) -> m.Patch:
    return (m.Test(path=f"/{field}", value=before), m.Replace(path=f"/{field}", value=after))


def make(path: Path, number: int) -> None:
    """Write the changeset."""
    header = Header(
        format=FORMAT,
        source=Source(name="prices.csv", sha256="0" * 64, kind="csv", view="products", records=number),
        catalog=CatalogStamp(name="bakery", fingerprint="0"),
        mode="merge",
        built_at="2025-12-24T10:00:00Z",
        built_by="ada",
    )
    write([header, *operations(number), m.Built(counts={}, digest="")], lambda _: path)


def measure(folder: Path, number: int, repeat: int) -> dict[str, Any]:
    """The figures."""
    make(folder / FILE, number)
    output = Path("comment.md")
    shown = (*command(), "changeset", "show", FILE, "--format", "markdown", "--budget", str(BUDGET))
    runs = [run(shown, folder, output) for _ in range(repeat)]
    return {
        "operations": number,
        "cpu": round(median(one.cpu for one in runs), 2),
        "runs": [round(one.cpu, 2) for one in runs],
        "bytes": (folder / output).stat().st_size,
    }


def main() -> None:
    """Measure, keep, print."""
    given = [int(text) for text in sys.argv[1:]]
    number, repeat = (*given, *(100_000, 5)[len(given) :])
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), number, repeat)
    keep("comment", figures)
    print(f"{number:,} operations: {figures['cpu']} s of the processor, {figures['bytes']:,} bytes")


if __name__ == "__main__":
    main()

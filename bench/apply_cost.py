"""What the ledger and the reading back cost, in percent of an apply.

    python bench/apply_cost.py [UPDATES [REPEAT]]

Makes a bakery of so many products (10,000 by default) in a temporary SQLite file, builds a changeset that changes each
of them, and applies it again and again to copies, in this one process: as it is; without the changes of rows in the
ledger; and without reading rows again. Each is repeated (9 times), in turn; the quickest counts, as what else a machine
does can only add.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from unittest import mock

import workload
from measuring import keep

from bake.app.apply import apply
from bake.app.build import build
from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.applier import updates
from bake.changeset.model import Update
from bake.database.ledger import row_changes


@contextmanager
def without_changes() -> Iterator[None]:
    """The ledger has its entry, and nothing of the rows."""

    def add(_: row_changes.Recorder, _change: object) -> None:
        """Forget it; a mock would cost more than what it stands for."""

    with mock.patch.object(row_changes.Recorder, "add", add):
        yield


@contextmanager
def without_reading_back() -> Iterator[None]:
    """What was written is believed."""

    def read_back(_rows: object, changes: Sequence[Update], *_: object) -> dict[str, list[str | None]]:
        """The uuids that are known without looking; a mock would cost more than what it stands for."""
        return {"uuid": [change.uuids.get("") for change in changes]}

    with mock.patch.object(updates, "read_back", read_back):
        yield


VARIANTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "apply": nullcontext,
    "without the changes of rows": without_changes,
    "without reading back": without_reading_back,
}


def measure(folder: Path, n: int, repeat: int) -> dict[str, float]:
    """Seconds of each variant, at its quickest."""
    workload.make(folder, n, "changed")
    original = folder / "original.db"
    project = Project(f"sqlite:///{folder / 'bake.db'}", DEFAULT_CATALOG, folder=folder)
    changeset = build(project, folder / "view_products.json").path
    shutil.copyfile(folder / "bake.db", original)
    text = changeset.read_bytes()
    seconds: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(repeat):
        for name, variant in VARIANTS.items():
            shutil.copyfile(original, folder / "bake.db")
            changeset.write_bytes(text)
            os.sync()
            with variant():
                began = time.perf_counter()
                result = apply(project, changeset)
                seconds[name].append(time.perf_counter() - began)
            assert result.counts == {"products": {"update": n}}, result.counts
    return {name: min(those) for name, those in seconds.items()}


def main() -> None:
    """Measure, keep the figures, and print them."""
    n, repeat = (*map(int, sys.argv[1:3]), *(10_000, 9)[len(sys.argv[1:3]) :])
    with tempfile.TemporaryDirectory() as scratch:
        seconds = measure(Path(scratch) / "bakery", n, repeat)
    whole = seconds["apply"]
    percent = {name: round(100 * (whole - part) / whole, 1) for name, part in seconds.items() if name != "apply"}
    figures = {
        "updates": n,
        "repeat": repeat,
        "seconds": {name: round(part, 3) for name, part in seconds.items()},
        "saved_percent": percent,
    }
    keep("apply_cost", figures)
    for name, part in seconds.items():
        print(f"{name:32} {part:7.3f} s" + (f"  {percent[name]:5.1f} % less" if name in percent else ""))


if __name__ == "__main__":
    main()

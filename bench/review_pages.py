"""What it costs to page through the review of a changeset of many operations in the browser.

    python bench/review_pages.py [OPERATIONS]

Writes a changeset of 100,000 operations unless it is said otherwise, and asks the web page, without a browser, for the
first page of its review, one in the middle, and a search. Seconds of the processor, and how much memory all of that
took beside what the server needs anyway, go to bench/results/review_pages.json.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from comment import FILE, make
from measuring import keep
from starlette.testclient import TestClient

from bake.app.project import Project
from bake.app.settings import DEFAULT_CATALOG
from bake.web.access import Rules, Sessions
from bake.web.application import application

ORIGIN = "http://testserver"
ADDRESS = f"/c/{FILE.removesuffix('.changeset.jsonl')}"


def measure(folder: Path, number: int) -> dict[str, Any]:
    """The figures."""
    (folder / "changesets").mkdir()
    make(folder / "changesets" / FILE, number)
    sessions = Sessions()
    project = Project(f"sqlite:///{folder / 'bake.db'}", DEFAULT_CATALOG, folder=folder)
    client = TestClient(application(project, Rules(frozenset({ORIGIN})), sessions))
    client.get("/", params={"token": sessions.token})
    before = _peak()
    return {
        "operations": number,
        "first": _seconds(client, ADDRESS),
        "next": _seconds(client, f"{ADDRESS}?from={number // 2}"),
        "search": _seconds(client, f"{ADDRESS}?text=checked&action=update"),
        "memory_mb": round(_peak() - before),
    }


def _seconds(client: TestClient, address: str) -> float:
    begun = time.process_time()
    assert client.get(address).status_code == 200
    return round(time.process_time() - begun, 3)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure, keep, print."""
    number = int(sys.argv[1]) if sys.argv[1:] else 100_000
    with tempfile.TemporaryDirectory(prefix="bake-review-") as folder:
        figures = measure(Path(folder), number)
    keep("review_pages", figures)
    print(figures)


if __name__ == "__main__":
    main()

"""How long a command takes to begin, and what it loads.

    python bench/startup.py [REPEAT]

Runs `bake --help`, `bake changeset show` of a small file, and what they are compared with, in turn, each in a process
of its own, 9 times unless it is said otherwise. Ratios of medians go to bench/results/startup.json.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import workload
from measuring import Run, keep, run, summary
from steps import CHANGESET, bake

#: Whatever belongs to a database or to the web, by the beginning of a module's name.
HEAVY = ("sqlalchemy", "sqlite3", "psycopg", "pymysql", "bake.database", "bake.web", "starlette", "uvicorn")


def command() -> tuple[str, ...]:
    """How `bake` is started: by its script, where it is installed."""
    script = Path(sys.executable).parent / "bake"
    return (str(script),) if script.exists() else (sys.executable, "-m", "bake")


def commands() -> dict[str, tuple[str, ...]]:
    """What is started."""
    return {
        "python": (sys.executable, "-c", "pass"),
        "imports": (sys.executable, "-c", "import typer, rich"),
        "help": (*command(), "--help"),
        "show": (*command(), "changeset", "show", CHANGESET),
    }


def loaded(folder: Path) -> list[str]:
    """The heavy modules that showing a changeset loads."""
    arguments = [sys.executable, "-X", "importtime", "-m", "bake", "changeset", "show", CHANGESET]
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=True)
    times = [text.rpartition("|")[2].strip() for text in done.stderr.splitlines() if text.startswith("import time:")]
    return sorted(name for name in times if any(f"{name}.".startswith(f"{heavy}.") for heavy in HEAVY))


def measure(folder: Path, repeat: int) -> dict[str, Any]:
    """The figures."""
    workload.make(folder, 200)
    bake("mixed")[0].run(folder)
    runs: dict[str, list[Run]] = defaultdict(list)
    for _ in range(repeat):
        for name, arguments in commands().items():
            runs[name].append(run(arguments, folder))
    return {"steps": {name: summary(some) for name, some in runs.items()}, "loaded_by_show": loaded(folder)}


def main() -> None:
    """Measure, keep, print."""
    repeat = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), repeat)
    keep("startup", figures)
    for name, step in figures["steps"].items():
        print(f"{name:8} {step['seconds']:.3f} s")
    print("bake changeset show loads", ", ".join(figures["loaded_by_show"]) or "nothing heavy")


if __name__ == "__main__":
    main()

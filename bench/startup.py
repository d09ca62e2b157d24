"""How long a command takes to begin, and what it loads.

    python bench/startup.py [REPEAT]

Runs commands on a file of 20 records, and the imports that each is compared with, in turn, each in a process of its
own, 9 times unless it is said otherwise. Seconds of the processor, of which the median counts, and what each command
loads, go to bench/results/startup.json.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import workload
from measuring import keep, run
from promises import IMPORTS
from steps import CHANGESET, bake

RECORDS = 20
VIEW = "view_products.json"
#: Of so many packages is listed what a command loads.
LISTED = 12
#: Whatever belongs to a database or to the web, by the beginning of a module's name.
HEAVY = ("sqlalchemy", "sqlite3", "psycopg", "pymysql", "bake.database", "bake.web", "starlette", "uvicorn")


def command() -> tuple[str, ...]:
    """How `bake` is started: by its script, where it is installed."""
    script = Path(sys.executable).parent / "bake"
    return (str(script),) if script.exists() else (sys.executable, "-m", "bake")


def commands() -> dict[str, tuple[str, ...]]:
    """The arguments of what is started, by a name; whatever it leaves behind, it can be run again."""
    return {
        "help": ("--help",),
        "show": ("changeset", "show", CHANGESET),
        "check": ("changeset", "check", "--offline", CHANGESET),
        "build": ("changeset", "build", VIEW, "--output", "-"),
        "apply": ("changeset", "apply", CHANGESET, "--dry-run"),
        "import": ("import", VIEW, "--dry-run"),
        "export": ("export", "view", "products", "--output", "-"),
    }


def loaded(folder: Path, arguments: tuple[str, ...]) -> dict[str, float]:
    """The modules that a command loads, each with the milliseconds that it takes without those that it loads itself."""
    timed = [sys.executable, "-X", "importtime", "-m", "bake", *arguments]
    done = subprocess.run(timed, cwd=folder, capture_output=True, text=True, check=True)
    lines = (text.removeprefix("import time:").split("|") for text in done.stderr.splitlines() if "|" in text)
    return {name.strip(): int(own) / 1000 for own, _, name in lines if own.strip().isdecimal()}


def by_package(modules: dict[str, float]) -> dict[str, tuple[int, float]]:
    """By package, how many modules are loaded, and in how many milliseconds; Bake counts as several packages."""
    packages: defaultdict[str, list[float]] = defaultdict(list)
    for name, spent in modules.items():
        depth = 2 if name.startswith("bake.") else 1
        packages[".".join(name.split(".")[:depth])].append(spent)
    most = sorted(packages.items(), key=lambda one: -sum(one[1]))
    return {name: (len(spent), round(sum(spent), 1)) for name, spent in most[:LISTED]}


def is_heavy(name: str) -> bool:
    """Whether a module belongs to a database or to the web."""
    return any(f"{name}.".startswith(f"{heavy}.") for heavy in HEAVY)


def measure(folder: Path, repeat: int) -> dict[str, Any]:
    """The figures."""
    workload.make(folder, RECORDS)
    bake("mixed")[0].run(folder)
    started: dict[str, tuple[str, ...]] = {
        **{name: (sys.executable, "-c", imports) for name, imports in IMPORTS.items()},
        **{name: (*command(), *arguments) for name, arguments in commands().items()},
    }
    runs: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeat):
        for name, arguments in started.items():
            runs[name].append(run(arguments, folder).cpu)
    modules = {name: loaded(folder, arguments) for name, arguments in commands().items()}
    return {
        "cpu": {name: round(median(some), 3) for name, some in runs.items()},
        "loaded": {name: by_package(those) for name, those in modules.items()},
        "loaded_by_show": sorted(filter(is_heavy, modules["show"])),
    }


def main() -> None:
    """Measure, keep, print."""
    repeat = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), repeat)
    keep("startup", figures)
    for name, seconds in figures["cpu"].items():
        most = ", ".join(f"{one} {spent:.0f} ms" for one, (_, spent) in [*figures["loaded"].get(name, {}).items()][:3])
        print(f"{name:8} {seconds:.3f} s  {most}")


if __name__ == "__main__":
    main()

"""Measures the life of a changeset beside the blind upsert, each step in a process of its own.

    python bench/run.py [--sizes 10000,100000] [--kinds mixed,unchanged,new] [--repeat 3] [--keep import]

Each run begins with a copy of the workload that is brought to the disk before the clock starts; nothing is dropped from
the system's caches, neither for Bake nor for the yardstick, and they take turns, so that a slow minute hits both. What
fails is written down as such, and so is a database that does not hold the same rows after both. The figures are kept in
`bench/results/NAME.json` after each workload, and printed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from contents import digest
from measuring import HERE, Failed, Run, keep, summary
from steps import Step, bake, blind

Steps = dict[str, list[Run]]


def measure(n: int, kind: str, repeat: int, scratch: Path) -> dict[str, Any]:
    """The figures of one workload."""
    source = scratch / "source"
    subprocess.run([sys.executable, str(HERE / "workload.py"), str(source), str(n), kind], check=True)
    runs: Steps = defaultdict(list)
    failed: dict[str, str] = {}
    rows = set()
    for round_ in range(repeat):
        for steps in filter(None, (blind(kind), bake(kind))):
            folder = fresh(source, scratch / "run")
            failed |= lived(steps, folder, runs)
            if round_ == 0:
                rows.add(digest(folder / "bake.db"))
    if len(rows) > 1 and not failed:
        failed = {"apply": "it left other rows than the blind upsert"}
    return {"kind": kind, "n": n, "steps": {name: summary(some) for name, some in runs.items()}, "failed": failed}


def fresh(source: Path, folder: Path) -> Path:
    """A copy of a workload, on the disk."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    os.sync()
    return folder


def lived(steps: list[Step], folder: Path, runs: Steps) -> dict[str, str]:
    """Run steps one after another, as far as they go; what failed, and its last words."""
    for step in steps:
        try:
            taken = step.run(folder)
        except Failed as error:
            return {step.name: str(error)}
        if step.timed:
            runs[step.name].append(taken)
    return {}


def line(figures: dict[str, Any]) -> str:
    """What was measured of a workload, for whoever waits."""
    steps = figures["steps"].items()
    times = "  ".join(f"{name} {step['seconds']:.2f} s {step['peak_mb']:.0f} MB" for name, step in steps)
    failed = "".join(f"  {name} FAILED: {words}" for name, words in figures["failed"].items())
    return f"{figures['n']:>10,} {figures['kind']:10} {times}{failed}"


def main() -> None:
    """Measure, keep, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", default="10000,100000")
    options.add_argument("--kinds", default="mixed,unchanged,new")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--keep", default="import", metavar="NAME")
    chosen = options.parse_args()
    workloads: list[dict[str, Any]] = []
    for n in map(int, chosen.sizes.split(",")):
        for kind in chosen.kinds.split(","):
            with tempfile.TemporaryDirectory() as scratch:
                workloads.append(measure(n, kind, chosen.repeat, Path(scratch)))
            print(line(workloads[-1]), flush=True)
            keep(chosen.keep, {"workloads": workloads})


if __name__ == "__main__":
    main()

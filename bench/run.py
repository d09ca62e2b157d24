"""Measures build and apply against the blind upsert, each step in a process of its own, and says what holds.

    python bench/run.py [--sizes 10000,100000] [--repeat 3] [--kinds mixed,unchanged,new]

Writes the figures and the machine to bench/results/import.json, and prints them as a table. Ratios are of medians;
times by themselves say more about the machine than about Bake.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STEPS = {
    "blind": [sys.executable, str(HERE / "blind.py"), "."],
    "build": [
        sys.executable,
        "-m",
        "bake",
        "changeset",
        "build",
        "view_products.json",
        "--output",
        "it.changeset.jsonl",
    ],
    "apply": [sys.executable, "-m", "bake", "changeset", "apply", "it.changeset.jsonl"],
}
#: What build and apply together may take, as multiples of the blind upsert.
TARGETS = {"mixed": 1.0, "unchanged": 0.6, "new": 1.8}
MEMORY = 100.0


@dataclass(frozen=True)
class Run:
    """One step: seconds, and the greatest resident memory in MB."""

    seconds: float
    peak: float


def step(name: str, folder: Path) -> Run:
    """Run one step in a folder."""
    start = time.perf_counter()
    process = subprocess.Popen(STEPS[name], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{name} failed in {folder}")
    return Run(seconds, _megabytes(usage))


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def measure(n: int, kind: str, repeat: int, scratch: Path) -> dict[str, Any]:
    """Medians for one workload."""
    source = scratch / "source"
    subprocess.run([sys.executable, str(HERE / "workload.py"), str(source), str(n), kind], check=True)
    runs: dict[str, list[Run]] = {name: [] for name in STEPS}
    for _ in range(repeat):
        for steps in (["blind"], ["build", "apply"]):
            folder = scratch / "run"
            shutil.copytree(source, folder)
            for name in steps:
                runs[name].append(step(name, folder))
            shutil.rmtree(folder)
    figures = {
        name: Run(statistics.median(r.seconds for r in some), max(r.peak for r in some)) for name, some in runs.items()
    }
    ratio = (figures["build"].seconds + figures["apply"].seconds) / figures["blind"].seconds
    return {"n": n, "kind": kind, "ratio": ratio} | {
        f"{name}_{what}": getattr(run, what) for name, run in figures.items() for what in ("seconds", "peak")
    }


def exponents(results: list[dict[str, Any]]) -> dict[str, float]:
    """By step, the power of n with which the mixed workload's time grows from the smallest to the largest n."""
    mixed = sorted((r for r in results if r["kind"] == "mixed"), key=lambda r: r["n"])
    if len(mixed) < 2:
        return {}
    low, high = mixed[0], mixed[-1]
    by = math.log(high["n"] / low["n"])
    return {name: math.log(high[f"{name}_seconds"] / low[f"{name}_seconds"]) / by for name in STEPS}


def table(results: list[dict[str, Any]]) -> str:
    """The figures, a line a workload."""
    lines = [
        f"{'n':>10} {'kind':10} {'blind':>8} {'build':>8} {'apply':>8} {'ratio':>6}  target  peak MB (build, apply)"
    ]
    for r in results:
        target = TARGETS.get(r["kind"])
        verdict = "" if target is None else f"{target} {'holds' if r['ratio'] <= target else 'MISSED'}"
        times = " ".join(f"{r[f'{name}_seconds']:7.2f}s" for name in STEPS)
        peaks = f"{r['build_peak']:.0f}, {r['apply_peak']:.0f}"
        lines.append(f"{r['n']:>10,} {r['kind']:10} {times} {r['ratio']:6.2f}  {verdict:10} {peaks}")
    return "\n".join(lines)


def main() -> None:
    """Measure, write, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", default="10000,100000")
    options.add_argument("--kinds", default="mixed,unchanged,new")
    options.add_argument("--repeat", type=int, default=3)
    chosen = options.parse_args()
    results = []
    for n in map(int, chosen.sizes.split(",")):
        for kind in chosen.kinds.split(","):
            with tempfile.TemporaryDirectory() as scratch:
                results.append(measure(n, kind, chosen.repeat, Path(scratch)))
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    (HERE / "results").mkdir(exist_ok=True)
    document = {"machine": machine, "exponents": exponents(results), "results": results}
    (HERE / "results" / "import.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(table(results))
    print("exponents:", {name: round(value, 2) for name, value in document["exponents"].items()})


if __name__ == "__main__":
    main()

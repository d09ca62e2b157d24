"""Measures other ways to bring the same view into the same database, beside the bare driver and Bake.

    python bench/compare.py [--sizes 10000,100000] [--repeat 3] [--only NAME,…]

Each is a script in `bench/peers`, whose first lines say how it was tuned and what it does not do. Those that take
minutes are run at the smallest size only, and once. After each run the rows are compared with those that the bare
driver leaves. What is not installed, or fails, is kept as that. The figures go to bench/results/peers.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from contents import digest
from measuring import HERE, Failed, Run, keep, run, summary
from peers_known import BAKE, DRIVER, FACTS, PEERS, Peer
from run import fresh, lived
from steps import Step, bake, blind


def measure(peer: Peer, n: int, repeat: int, scratch: Path, expected: int) -> dict[str, Any]:
    """The figures of one peer at one size."""
    figures: dict[str, Any] = {"name": peer.name, "n": n}
    if missing := [name for name in peer.needs if not _version(name)]:
        return figures | {"failed": f"not installed: {', '.join(missing)}"}
    try:
        runs = [_once(peer, scratch, expected) for _ in range(1 if peer.slow else repeat)]
    except Failed as error:
        return figures | {"failed": str(error)}
    return figures | summary(runs) | {"said": runs[-1].said}


def _once(peer: Peer, scratch: Path, expected: int) -> Run:
    folder = fresh(scratch / "source", scratch / "run")
    script = (sys.executable, str(HERE / "peers" / peer.script))
    if peer.prepares:
        run((*script, "prepare", ".", *peer.arguments), folder)
    taken = run((*script, *(("run",) if peer.prepares else ()), ".", *peer.arguments), folder)
    if peer.same_table and digest(folder / "bake.db") != expected:
        raise Failed("it left other rows than the bare driver")
    return taken


def ours(name: str, steps: list[Step], n: int, repeat: int, scratch: Path) -> dict[str, Any]:
    """The same for steps that are taken together: seconds are summed, and the greatest peak counts."""
    taken = []
    for _ in range(repeat):
        runs: dict[str, list[Run]] = {step.name: [] for step in steps}
        if failed := lived(steps, fresh(scratch / "source", scratch / "run"), runs):
            return {"name": name, "n": n, "failed": f"{failed}"}
        some = [run for [run] in runs.values()]
        taken.append(Run(sum(run.seconds for run in some), max(run.peak for run in some)))
    return {"name": name, "n": n} | summary(taken)


def compared(n: int, peers: list[Peer], repeat: int, scratch: Path) -> list[dict[str, Any]]:
    """All of them at one size."""
    workload = [sys.executable, str(HERE / "workload.py"), str(scratch / "source"), str(n)]
    subprocess.run(workload, check=True)
    figures = [ours(DRIVER, blind("mixed"), n, repeat, scratch)]
    expected = digest(scratch / "run" / "bake.db")
    life = [step for step in bake("mixed") if step.name in {"build", "apply"}]
    figures.append(ours(BAKE, life, n, repeat, scratch))
    for peer in peers:
        figures.append(measure(peer, n, repeat, scratch, expected))
        print(f"{n:>10,} {peer.name:28}", figures[-1].get("seconds") or figures[-1]["failed"], flush=True)
    return figures


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def main() -> None:
    """Measure, keep, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", default="10000,100000")
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    sizes = sorted(map(int, chosen.sizes.split(",")))
    wanted = [peer for peer in PEERS if not chosen.only or peer.script.removesuffix(".py") in chosen.only.split(",")]
    results: list[dict[str, Any]] = []
    for n in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            peers = [peer for peer in wanted if n == sizes[0] or not peer.slow]
            results += compared(n, peers, chosen.repeat, Path(scratch))
        versions = {name: _version(name) for peer in PEERS for name in peer.needs}
        keep("peers", {"results": results, "versions": versions, "facts": FACTS})


if __name__ == "__main__":
    main()

"""Runs cases in several processes, and says what is wrong with how many."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from fuzz.corpus import made
from fuzz.running import Failure, Fuzz, SqliteStorage

#: How many cases a process runs on one corpus.
_TASK = 500


def say(text: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _worker(task: tuple[int, range]) -> list[Failure]:
    seed, numbers = task
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bake.db"
        fuzz = Fuzz(made(Path(folder), url), SqliteStorage(Path(folder, "bake.db")), seed)
        return [failure for number in numbers if (failure := fuzz.run(fuzz.case(number)))]


def main() -> int:
    """Run the cases that the arguments ask for; 1 if any of them failed."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="how many commands")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--traces", type=int, default=1, help="how many tracebacks of each kind to show")
    options = parser.parse_args()
    started = time.monotonic()
    last = options.first + options.cases
    tasks = [(options.seed, range(start, min(start + _TASK, last))) for start in range(options.first, last, _TASK)]
    by_place: dict[str, list[Failure]] = defaultdict(list)
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for failures in pool.imap_unordered(_worker, tasks):
            for failure in failures:
                by_place[failure.place].append(failure)
                say(f"case {failure.case.number}: {failure.place}")
    for place, failures in sorted(by_place.items(), key=lambda item: len(item[1])):
        say(f"\n=== {len(failures)} × {place}")
        for failure in failures[: options.traces]:
            say(f"case {failure.case.number} ({failure.case.origin}): bake {' '.join(failure.case.arguments)}")
            say(failure.what)
            say(failure.trace)
    seconds = time.monotonic() - started
    failed = sum(map(len, by_place.values()))
    say(f"{options.cases} cases in {seconds:.0f} s, seed {options.seed}: {failed} failed, at {len(by_place)} places")
    return bool(failed)

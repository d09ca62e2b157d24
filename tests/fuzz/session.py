"""Runs cases in several processes, and says what is wrong with how many."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from fuzz.corpus import made
from fuzz.running import Failure, Fuzz, SqliteStorage
from fuzz.storage import ServerStorage, database
from support.databases import SERVERS

#: How many cases a process runs on one corpus.
_TASK = 500
SQLITE = "sqlite"


def say(text: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _worker(task: tuple[str, int, range]) -> list[Failure]:
    kind, seed, numbers = task
    with tempfile.TemporaryDirectory() as folder, _url(kind, folder) as url:
        corpus = made(Path(folder), url)
        storage = SqliteStorage(Path(folder, "bake.db")) if kind == SQLITE else ServerStorage(url)
        fuzz = Fuzz(corpus, storage, seed)
        return [failure for number in numbers if (failure := fuzz.run(fuzz.case(number)))]


def _url(kind: str, folder: str) -> AbstractContextManager[str]:
    return nullcontext(f"sqlite:///{folder}/bake.db") if kind == SQLITE else database(kind)


def main() -> int:
    """Run the cases that the arguments ask for; 1 if any of them failed."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="how many commands")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=(SQLITE, *SERVERS), default=SQLITE, help="where")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--traces", type=int, default=1, help="how many tracebacks of each kind to show")
    options = parser.parse_args()
    started = time.monotonic()
    last = options.first + options.cases
    ranges = (range(start, min(start + _TASK, last)) for start in range(options.first, last, _TASK))
    tasks = [(options.database, options.seed, numbers) for numbers in ranges]
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

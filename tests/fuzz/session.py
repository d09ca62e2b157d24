"""Runs cases or sequences in several processes, and says what is wrong with how many."""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fuzz.arguments import odd_arguments
from fuzz.changesets import mutations
from fuzz.corpus import Corpus, made
from fuzz.running import Draw, Fuzz, Storage, innermost
from fuzz.sequences import STEPS, Trial
from fuzz.storage import ServerStorage, SqliteStorage, database, shared_engines
from fuzz.values import stored_values
from fuzz.written import Wrong
from support.alarm import within
from support.databases import SERVERS
from support.kitchen import Kitchen

SQLITE, SEQUENCES = "sqlite", "sequences"
#: What a case is made of, by the name of the option.
DRAWS: Mapping[str, Callable[[Corpus], Draw]] = {
    "cases": mutations,
    "values": stored_values,
    "arguments": odd_arguments,
}
#: What is run, a kind of database, a seed, and numbers of cases or sequences.
_Task: TypeAlias = tuple[str, str, int, range]
#: How many seconds a sequence may take.
_LONGEST = 300


@dataclass(frozen=True)
class Found:
    """What was wrong.

    Attributes:
        number: of the case or sequence.
        place: what belongs together.
        told: all there is to say.
    """

    number: int
    place: str
    told: str


def say(text: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _cases(task: _Task) -> list[Found]:
    what, kind, seed, numbers = task
    with tempfile.TemporaryDirectory() as folder, _url(kind, folder) as url, shared_engines():
        corpus = made(Path(folder), url)
        fuzz = Fuzz(corpus, _storage(kind, url, folder), seed, DRAWS[what](corpus))
        failures = [failure for number in numbers if (failure := fuzz.run(fuzz.case(number)))]
    return [
        Found(
            one.case.number,
            one.place,
            f"({one.case.origin}): {one.case.typed}\n{one.what}\n{one.trace}",
        )
        for one in failures
    ]


def _sequences(task: _Task) -> list[Found]:
    _, kind, seed, numbers = task
    found = []
    with tempfile.TemporaryDirectory() as folder, _url(kind, folder) as url, shared_engines():
        start = Kitchen(Path(folder), url).stock()
        storage = _storage(kind, url, folder)
        for number in numbers:
            with tempfile.TemporaryDirectory() as own:
                found += sequence(Kitchen(Path(own), start.url), seed, number)
            storage.restore()
    return found


def sequence(kitchen: Kitchen, seed: int, number: int, *, steps: int = STEPS, races: bool = True) -> list[Found]:
    """Run one sequence; what is wrong with it, if anything.

    Args:
        kitchen: an empty folder, and the database with the stock.
        seed: what it is made of.
        number: which sequence.
        steps: how many steps it has.
        races: whether commands are also run at the same time.
    """
    trial = Trial(kitchen, random.Random(f"{seed}/{number}"), races=races)
    try:
        with within(_LONGEST):
            trial.run(steps)
    except Exception as error:  # noqa: BLE001 - a traceback of whatever kind is what is looked for
        place = str(error).partition(":")[0] if isinstance(error, Wrong) else innermost(error)
        told = str(error) if isinstance(error, Wrong) else traceback.format_exc()
        return [Found(number, place, "\n".join([*trial.log, told]))]
    return []


def _storage(kind: str, url: str, folder: str) -> Storage:
    return SqliteStorage(Path(folder, "bake.db")) if kind == SQLITE else ServerStorage(url)


def _url(kind: str, folder: str) -> AbstractContextManager[str]:
    return nullcontext(f"sqlite:///{folder}/bake.db") if kind == SQLITE else database(kind)


def _tasks(what: str, options: argparse.Namespace, count: int) -> Iterator[_Task]:
    """A few tasks for each process: what they work on is made once for all cases of a task."""
    first, most = options.first, 25 if what == SEQUENCES else 5000
    size = min(most, -(-count // options.processes))
    for start in range(first, first + count, size):
        yield what, options.database, options.seed, range(start, min(start + size, first + count))


def _chosen(options: argparse.Namespace) -> tuple[str, int]:
    """What is run, and how many of it."""
    named = ((what, getattr(options, what)) for what in (SEQUENCES, *DRAWS))
    return next(((what, count) for what, count in named if count), ("cases", 10_000))


def main() -> int:
    """Run the cases or sequences that the arguments ask for; 1 if any of them failed."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, metavar="N", help="so many commands on mutated changesets (10,000)")
    parser.add_argument("--values", type=int, metavar="N", help="so many commands where odd values are stored, instead")
    parser.add_argument("--arguments", type=int, metavar="N", help="so many commands with odd arguments, instead")
    parser.add_argument("--sequences", type=int, metavar="N", help="so many sequences of commands, instead")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=(SQLITE, *SERVERS), default=SQLITE, help="where")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--traces", type=int, default=1, help="how many of each kind of failure to show in full")
    options = parser.parse_args()
    started = time.monotonic()
    what, count = _chosen(options)
    work, tasks = _sequences if what == SEQUENCES else _cases, _tasks(what, options, count)
    by_place: dict[str, list[Found]] = defaultdict(list)
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for one in (one for found in pool.imap_unordered(work, tasks) for one in found):
            by_place[one.place].append(one)
            say(f"{one.number}: {one.place}")
    for place, found in sorted(by_place.items(), key=lambda item: len(item[1])):
        say(f"\n=== {len(found)} × {place}")
        for one in found[: options.traces]:
            say(f"number {one.number} {one.told}")
    failed = sum(map(len, by_place.values()))
    seconds = time.monotonic() - started
    say(f"{count} {what} in {seconds:.0f} s, seed {options.seed}: {failed} failed, at {len(by_place)} places")
    return bool(failed)

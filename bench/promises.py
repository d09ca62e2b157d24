"""What is promised of Bake's speed and size, and whether the figures keep it. Pure: figures in, verdicts out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression
from typing import Any, TypeAlias

#: A file of results by its name; one workload of it.
Results: TypeAlias = Mapping[str, Any]
Workload: TypeAlias = Mapping[str, Any]

#: The files of `run.py`.
RUNS = ("import", "shapes", "large", "huge")
#: The size that ratios are promised for: before it, starting a program costs more than its work.
FULL = 1_000_000
#: The size from which growth is judged: of less than that, what is seen is the noise of starting up.
JUDGED = 100_000
#: What build and apply together may take, as multiples of the blind upsert.
RATIOS = {"mixed": 1.0, "unchanged": 0.6, "new": 1.8}
MEMORY, MEMORY_GROWTH = 100.0, 1.15
EXPONENT, FLAT, START, COMMENT_CPU = 1.1, 0.1, 1.3, 2
#: The commands whose beginning is promised, and what each is compared with: the libraries that it cannot do without.
STARTED = {
    "help": "plain",
    "show": "plain",
    "check": "plain",
    **dict.fromkeys(("build", "apply", "import", "export"), "database"),
}
IMPORTS = {"plain": "import typer, rich", "database": "import sqlalchemy, typer, rich, msgspec"}
#: Seconds of the processor for the first page of a review, and for any other.
FIRST_PAGE_CPU, NEXT_PAGE_CPU = 3.0, 0.1
#: The steps whose memory is promised, and those that cost what changed, however many records there are.
BOUNDED = ("build", "show", "template", "resolve", "check", "apply", "history", "revert")
BY_CHANGE = ("show", "apply", "history", "revert")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A promise and what became of it.

    Attributes:
        name: how `reasons.toml` calls it.
        promise: in words, with the target.
        measured: in words.
        holds: None if it was not measured.
    """

    name: str
    promise: str
    measured: str = "not measured"
    holds: bool | None = None


def workloads(results: Results) -> list[Workload]:
    """All workloads that were measured, of whichever run."""
    files = [results[name] for name in RUNS if name in results]
    return [workload for file in files for workload in file["workloads"]]


def verdicts(results: Results) -> list[Verdict]:
    """Every promise."""
    measured = workloads(results)
    return [
        *(_ratio(measured, kind, target) for kind, target in RATIOS.items()),
        *(_memory(measured, step) for step in BOUNDED),
        _memory_growth(measured),
        *_exponents(measured),
        *(_flat(measured, step) for step in BY_CHANGE),
        *_start(results.get("startup")),
        _comment(results.get("comment")),
        _pages(results.get("review_pages")),
        _ran(measured),
    ]


def ratios(workload: Workload) -> list[float]:
    """Build and apply over the blind upsert: of the medians, and then of each run."""
    steps = workload["steps"]
    if not {"blind", "build", "apply"} <= steps.keys():
        return []
    parts = [[steps[name]["seconds"], *steps[name]["runs"]] for name in ("build", "apply", "blind")]
    return [(build + apply) / blind for build, apply, blind in zip(*parts, strict=False)]


def exponent(points: Iterable[tuple[float, float]]) -> float | None:
    """The power of n with which y grows: the slope of the line that fits best, by least squares, on log-log paper."""
    logs = [(math.log(n), math.log(y)) for n, y in points]
    xs, ys = [x for x, _ in logs], [y for _, y in logs]
    return linear_regression(xs, ys).slope if len(set(xs)) > 1 else None


def steepest(points: Sequence[tuple[float, float]]) -> float | None:
    """The exponent over all sizes, or over the two largest if that is greater: starting up hides growth of small n."""
    both = [e for e in (exponent(points), exponent(sorted(points)[-2:])) if e is not None]
    return max(both, default=None)


def _ratio(measured: Sequence[Workload], kind: str, target: float) -> Verdict:
    promise = f"build + apply, {kind}: at most {target} × the blind upsert, at {FULL:,} records"
    sizes = {w["n"]: ratios(w) for w in measured if w["kind"] == kind and ratios(w)}
    if not sizes:
        return Verdict(f"ratio-{kind}", promise)
    n = FULL if FULL in sizes else max(sizes)
    median, *runs = sizes[n]
    words = f"{median:.2f} ({', '.join(f'{run:.2f}' for run in runs)})"
    if n < FULL:
        return Verdict(f"ratio-{kind}", promise, f"not measured; {words} at {n:,}")
    return Verdict(f"ratio-{kind}", promise, words, median <= target)


def _memory(measured: Sequence[Workload], step: str) -> Verdict:
    command = "resolve --template" if step == "template" else step
    name, promise = f"memory-{step}", f"peak memory of {command}: at most {MEMORY:.0f} MB, whatever the workload and n"
    peaks = [(w["steps"][step]["peak_mb"], w["kind"], w["n"]) for w in measured if step in w["steps"]]
    if not peaks:
        return Verdict(name, promise)
    most, kind, n = max(peaks)
    over = sorted({kind for peak, kind, _ in peaks if peak > MEMORY})
    words = f"{most:.0f} MB ({kind}, {n:,})" + (f"; over it: {', '.join(over)}" if over else "")
    return Verdict(name, promise, words, not over)


def _memory_growth(measured: Sequence[Workload]) -> Verdict:
    promise = f"peak memory at {FULL:,} records: at most {MEMORY_GROWTH} × that at {FULL // 10:,}"
    grown = []
    for kind in RATIOS:
        sizes = {w["n"]: w["steps"] for w in measured if w["kind"] == kind}
        small, large = sizes.get(FULL // 10, {}), sizes.get(FULL, {})
        grown += [(large[s]["peak_mb"] / small[s]["peak_mb"], s, kind) for s in BOUNDED if s in small and s in large]
    if not grown:
        return Verdict("memory-growth", promise)
    most, step, kind = max(grown)
    return Verdict("memory-growth", promise, f"{most:.2f} at most ({step}, {kind})", most <= MEMORY_GROWTH)


def _exponents(measured: Sequence[Workload]) -> Iterator[Verdict]:
    for step in BOUNDED:
        found = [(e, kind) for kind in RATIOS if (e := steepest(_points(measured, kind, step))) is not None]
        if found:
            most, kind = max(found)
            promise = f"time of {step} grows with n to the power of {EXPONENT} at most"
            holds = _judged(_points(measured, kind, step), most <= EXPONENT)
            yield Verdict(f"exponent-{step}", promise, f"{most:.2f} at most ({kind})", holds)


def _flat(measured: Sequence[Workload], step: str) -> Verdict:
    promise = f"time of {step} does not grow with n if 1,000 records change: power of {FLAT} at most"
    points = _points(measured, "few", step)
    found = exponent(points)
    if found is None:
        return Verdict(f"flat-{step}", promise)
    words = f"{found:.2f} ({', '.join(f'{seconds:.2f} s' for _, seconds in sorted(points))})"
    return Verdict(f"flat-{step}", promise, words, _judged(points, found <= FLAT))


def _judged(points: Iterable[tuple[float, float]], holds: bool) -> bool | None:
    return holds if max(n for n, _ in points) >= JUDGED else None


def _points(measured: Sequence[Workload], kind: str, step: str) -> list[tuple[float, float]]:
    return [(w["n"], w["steps"][step]["seconds"]) for w in measured if w["kind"] == kind and step in w["steps"]]


def _start(startup: Results | None) -> Iterator[Verdict]:
    for name, imports in STARTED.items():
        promise = f"{name} of 20 records: at most {START} × the processor's time of `{IMPORTS[imports]}`"
        if startup is None:
            yield Verdict(f"start-{name}", promise)
        else:
            ratio = startup["cpu"][name] / startup["cpu"][imports]
            yield Verdict(f"start-{name}", promise, f"{ratio:.2f}", ratio <= START)
    light = "bake changeset show of a small file loads neither web nor database modules"
    loaded = startup["loaded_by_show"] if startup else None
    yield Verdict("start-light", light, "none" if loaded == [] else f"it loads {', '.join(loaded or ())}", loaded == [])


def _comment(comment: Results | None) -> Verdict:
    promise = f"a comment of a changeset of {JUDGED:,} operations: less than {COMMENT_CPU} s of the processor"
    if comment is None:
        return Verdict("comment", promise)
    words = f"{comment['cpu']} s ({', '.join(map(str, comment['runs']))}), {comment['bytes']:,} bytes"
    return Verdict("comment", promise, words, comment["cpu"] < COMMENT_CPU if comment["operations"] >= JUDGED else None)


def _pages(pages: Results | None) -> Verdict:
    promise = (
        f"the review of {JUDGED:,} operations on the web page: its first page in less than {FIRST_PAGE_CPU} s of the "
        f"processor, any other in less than {NEXT_PAGE_CPU} s"
    )
    if pages is None:
        return Verdict("review-pages", promise)
    words = f"{pages['first']} s, {pages['next']} s; a search {pages['search']} s; {pages['memory_mb']} MB"
    holds = pages["first"] < FIRST_PAGE_CPU and pages["next"] < NEXT_PAGE_CPU
    return Verdict("review-pages", promise, words, holds if pages["operations"] >= JUDGED else None)


def _ran(measured: Sequence[Workload]) -> Verdict:
    promise = "every step of every workload runs, and leaves the rows that the blind upsert leaves"
    failed = [f"{w['kind']} at {w['n']:,}, {step}: {why}" for w in measured for step, why in w["failed"].items()]
    if not measured:
        return Verdict("ran", promise)
    return Verdict("ran", promise, "; ".join(failed) or f"{len(measured)} workloads did", not failed)

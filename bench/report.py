"""Makes docs/design/performance.md from the results, or prints what holds.

python bench/report.py            # write docs/design/performance.md
python bench/report.py --check    # is it what the results give? exit status 1 if not
python bench/report.py --table    # only print what holds
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from growth import GOAL, MEMORY
from measuring import HERE, RESULTS
from peers_known import BAKE, DRIVER, QUESTIONS
from promises import BOUNDED, Results, Verdict, ratios, verdicts, workloads

DOCUMENT = HERE.parent / "docs" / "design" / "performance.md"
MARKS = {True: "holds", False: "**missed**", None: "–"}
UNKNOWN = "No reason is written down yet: `bench/reasons.toml`."


def results() -> dict[str, Any]:
    """All results that there are, by the name of their file."""
    paths = sorted(RESULTS.glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def document(measured: Results, reasons: dict[str, str], profile: str) -> str:
    """The whole page."""
    found = verdicts(measured)
    parts = [
        (HERE / "preface.md").read_text(encoding="utf-8"),
        "## What holds",
        _machine(measured),
        table(("promise", "measured", ""), ((v.promise, v.measured, MARKS[v.holds]) for v in found)),
        *_missed(found, reasons),
        *_figures(measured),
        *_peers(measured.get("peers")),
        *_others(measured),
        *_loaded(measured.get("startup")),
        *_growth(measured.get("growth")),
        profile,
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _machine(measured: Results) -> str:
    if "import" not in measured:
        return "Nothing was measured yet."
    m = measured["import"]["machine"]
    return (
        f"{m['system']}, {m['cores']} cores, {m['memory_gb']} GB, Python {m['python']}, SQLite {m['sqlite']}; "
        f"measured on {m['measured']}. Times are medians; in brackets is each run."
    )


def _missed(found: Sequence[Verdict], reasons: dict[str, str]) -> Iterator[str]:
    missed = [verdict for verdict in found if verdict.holds is False]
    if missed:
        yield "### What was missed, and why"
        yield "\n".join(f"- {v.promise}: {v.measured}. {reasons.get(v.name, UNKNOWN).strip()}" for v in missed)


def _figures(measured: Results) -> Iterator[str]:
    some = workloads(measured)
    if some:
        yield "## Build and apply"
        head = ("workload", "records", "blind", "build", "apply", "together", "peak")
        yield table(head, map(_import_row, some))
        yield "## Every step"
        yield "Seconds, and the greatest resident memory in MB."
        yield table(("workload", "records", *BOUNDED), map(_step_row, some))


def _import_row(w: Results) -> list[str]:
    steps, (ratio, *_) = w["steps"], (*ratios(w), None)
    peak = max((steps[name]["peak_mb"] for name in ("build", "apply") if name in steps), default=0)
    times = [f"{steps[name]['seconds']:.2f} s" if name in steps else "–" for name in ("blind", "build", "apply")]
    return [w["kind"], f"{w['n']:,}", *times, f"{ratio:.2f} ×" if ratio else "–", f"{peak:.0f} MB"]


def _step_row(w: Results) -> list[str]:
    cells = [f"{s['seconds']:.2f} / {s['peak_mb']:.0f}" if (s := w["steps"].get(name)) else "–" for name in BOUNDED]
    return [w["kind"], f"{w['n']:,}", *cells]


def _peers(peers: Results | None) -> Iterator[str]:
    yield "## Other ways to do it"
    if peers is None:
        yield "They were not measured yet."
        return
    yield (HERE / "peers.md").read_text(encoding="utf-8")
    driver = {r["n"]: r["seconds"] for r in peers["results"] if r["name"] == DRIVER}
    rows = ([*_peer(r, driver), *peers["facts"][r["name"]]["answers"]] for r in peers["results"])
    yield table(("", "records", "× bare driver", "peak", *QUESTIONS), rows)
    versions = ", ".join(f"{name} {version or '(not installed)'}" for name, version in peers["versions"].items())
    yield f"Measured on {peers['machine']['measured']}. Versions: {versions}."
    said = [r["said"] for r in peers["results"] if r.get("said", "").startswith('{"record"')]
    if said:
        yield f"The session extension, by its parts: `{said[-1]}`."


def _peer(r: Results, driver: dict[int, float]) -> list[str]:
    name = f"**{r['name']}**" if r["name"] == BAKE else r["name"]
    if "failed" in r:
        return [name, f"{r['n']:,}", f"**not run**: {r['failed']}", "–"]
    ratio = f"{r['seconds'] / driver[r['n']]:.1f}" if r["n"] in driver else "–"
    return [name, f"{r['n']:,}", ratio, f"{r['peak_mb']:.0f} MB"]


def _others(measured: Results) -> Iterator[str]:
    rows = []
    if figures := measured.get("export", {}).get("figures"):
        words = f"{figures['ratio']} × a bare cursor and an encoder, {figures['peak_megabytes']} MB at most"
        rows.append((f"`bake export complete`, {figures['products']:,} products", words))
    if found := measured.get("candidates"):
        words = f"{found['question_ms']} ms each, {found['times_faster']} times as fast as comparing with every name"
        rows.append((f"candidates for {found['questions']:,} names among {found['suppliers']:,}", words))
    if cost := measured.get("apply_cost"):
        shares = ", ".join(f"{percent} % less {name}" for name, percent in cost["saved_percent"].items())
        rows.append((f"apply of {cost['updates']:,} updates", shares))
    if rows:
        yield "## What else is measured"
        yield table(("", "measured"), rows)


def _loaded(startup: Results | None) -> Iterator[str]:
    if startup is None:
        return
    yield "## Small files"
    yield (HERE / "startup.md").read_text(encoding="utf-8")
    rows = (
        (name, f"{startup['cpu'][name]:.2f} s", ", ".join(f"{one} {n} / {ms:.0f}" for one, (n, ms) in some.items()))
        for name, some in startup["loaded"].items()
    )
    yield table(("command", "seconds", "loads: modules / milliseconds"), rows)


def _growth(growth: Results | None) -> Iterator[str]:
    if growth is None:
        return
    yield "## Inputs that are made to be hard"
    yield (HERE / "growth.md").read_text(encoding="utf-8")
    commands = [(name, step, it) for name, steps in growth["shapes"].items() for step, it in steps.items()]
    over = [one for one in commands if (one[2]["exponent"] or 0) > GOAL or max(one[2]["peak_mb"], default=0) > MEMORY]
    yield table(("input", "command", "size", "seconds of the processor", "grows with", "peak"), map(_growth_row, over))
    shapes = ", ".join(growth["shapes"])
    yield (
        f"These are {len(over)} of {len(commands)} commands; the others keep to both. Inputs that were measured, on "
        f"{growth['machine']['measured']}: {shapes}."
    )


def _growth_row(command: tuple[str, str, Results]) -> list[str]:
    name, step, it = command
    sizes, seconds = (" · ".join(map("{:,}".format, it[part])) for part in ("sizes", "cpu_seconds"))
    return [name, step, sizes, seconds, f"n^{it['exponent'] or '–'}", f"{max(it['peak_mb'], default=0):.0f} MB"]


def printed(found: Sequence[Verdict]) -> str:
    """What holds, for a terminal."""
    marks = {True: "holds ", False: "MISSED", None: "      "}
    return "\n".join(f"{marks[v.holds]}  {v.promise}: {v.measured}" for v in found)


def made() -> str:
    """The page, of the results that are kept."""
    reasons = tomllib.loads((HERE / "reasons.toml").read_text(encoding="utf-8"))
    return document(results(), reasons, (HERE / "profile.md").read_text(encoding="utf-8"))


def main(what: str = "") -> None:
    """Do what the option says."""
    match what:
        case "--table":
            print(printed(verdicts(results())))
        case "--check":
            if DOCUMENT.read_text(encoding="utf-8") != made():
                raise SystemExit("docs/design/performance.md is not what bench/results give: python bench/report.py")
        case _:
            DOCUMENT.write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:2])

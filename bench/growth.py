"""How does the time of each command grow with its input, for inputs made to be as hard as they can be?

    python bench/growth.py [SHAPE…] [--factor 1] [--limit 120] [--keep growth]

Each shape (`growth_shapes.py`) is made in four sizes, each twice the one before, and the commands of its life are run
on each. Of the processor's seconds of each command, less what it takes on the smallest input of all, an exponent is
fitted: 1 is linear, 2 quadratic. It says something whatever machine it is measured on. A command that takes longer than
the limit is ended, and larger sizes are left out. What is too quick to be told from noise has no exponent. The figures
are kept in `bench/results/growth.json`, and printed.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from growth_shapes import SHAPES, Shape
from measuring import HERE, Failed, Run, keep, run

#: Sizes are this many times the smallest one.
FACTORS = (1, 2, 4, 8)
#: The exponent that is the goal, the greatest memory (MB), and the least seconds that an exponent is fitted to.
GOAL, MEMORY, NOISE = 1.1, 100, 0.15


@dataclass(slots=True)
class Growth:
    """One command of a shape, at several sizes."""

    start: float
    sizes: list[int] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    failed: str = ""

    @property
    def exponent(self) -> float | None:
        """Of the power of the size with which time grows, if it can be told."""
        spent = ((n, r.cpu - self.start) for n, r in zip(self.sizes, self.runs, strict=True))
        return fitted([(n, seconds) for n, seconds in spent if seconds >= NOISE])

    @property
    def peak(self) -> float:
        """The greatest memory, in MB."""
        return max((r.peak for r in self.runs), default=0.0)

    def figures(self) -> dict[str, Any]:
        """What is kept."""
        exponent = self.exponent
        return {
            "sizes": self.sizes,
            "cpu_seconds": [round(r.cpu, 2) for r in self.runs],
            "peak_mb": [round(r.peak, 1) for r in self.runs],
            "exponent": None if exponent is None else round(exponent, 2),
            **({"failed": self.failed} if self.failed else {}),
        }


def fitted(points: Sequence[tuple[int, float]]) -> float | None:
    """The slope of the line through the logarithms of at least two points, by least squares."""
    if len(points) < 2:
        return None
    logs = [(math.log(n), math.log(seconds)) for n, seconds in points]
    x, y = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    return float(sum((a - x) * (b - y) for a, b in logs) / sum((a - x) ** 2 for a, _ in logs))


def measured(shape: Shape, factor: float, limit: int) -> dict[str, Growth]:
    """Run the commands of a shape at all of its sizes, each until it takes too long or fails."""
    growths: dict[str, Growth] = {}
    for size in (shape.least, *(max(1, round(shape.size * factor * times)) for times in FACTORS)):
        with tempfile.TemporaryDirectory() as scratch:
            for name, taken in lived(shape, Path(scratch), size, limit):
                if size == shape.least:
                    growths[name] = Growth(taken.cpu if isinstance(taken, Run) else 0.0)
                elif isinstance(taken, Run):
                    growths[name].sizes.append(size)
                    growths[name].runs.append(taken)
                else:
                    growths.setdefault(name, Growth(0.0)).failed = f"at {size:,}: {taken}"
        if any(growth.failed for growth in growths.values()):
            break
    return growths


def lived(shape: Shape, folder: Path, size: int, limit: int) -> Iterator[tuple[str, Run | str]]:
    """What each command takes, or why it failed: after that there are no more."""
    for step in shape.make(folder, size):
        try:
            taken = run(step.command, folder, step.output, HERE, limit=limit, expected=step.expected)
        except Failed as error:
            yield step.name, str(error)
            return
        if step.timed:
            yield step.name, taken


def line(shape: str, step: str, growth: Growth) -> str:
    """One command, for a terminal."""
    exponent = growth.exponent
    mark = "" if (exponent or 0) <= GOAL and growth.peak <= MEMORY and not growth.failed else "  <--"
    times = "  ".join(f"{n:,}: {r.cpu:.2f} s" for n, r in zip(growth.sizes, growth.runs, strict=True))
    shown = "   –" if exponent is None else f"{exponent:4.2f}"
    return f"{shape:18} {step:14} n^{shown} {growth.peak:4.0f} MB  {times}  {growth.failed}{mark}"


def main() -> None:
    """Measure, keep, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    options.add_argument("--factor", type=float, default=1.0, help="of all sizes")
    options.add_argument("--limit", type=int, default=120, help="seconds of the processor for one command")
    options.add_argument("--keep", default="growth", metavar="NAME")
    chosen = options.parse_args()
    figures: dict[str, Any] = {}
    for name in chosen.shapes or SHAPES:
        growths = measured(SHAPES[name], chosen.factor, chosen.limit)
        for step, growth in growths.items():
            print(line(name, step, growth), flush=True)
        figures[name] = {step: growth.figures() for step, growth in growths.items()}
        keep(chosen.keep, {"shapes": figures})


if __name__ == "__main__":
    main()

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promises import FULL, RATIOS, Verdict, exponent, ratios, verdicts

REPORT = Path(__file__).parents[2] / "bench" / "report.py"


def workload(kind: str, n: int, **seconds: float) -> dict[str, object]:
    """The figures of a workload whose steps took these seconds."""
    steps = {name: {"seconds": s, "runs": [s], "peak_mb": 70.0} for name, s in seconds.items()}
    return {"kind": kind, "n": n, "steps": steps, "failed": {}}


def verdict(name: str, *workloads: dict[str, object]) -> Verdict:
    """What became of one promise."""
    [found] = [v for v in verdicts({"import": {"workloads": workloads}}) if v.name == name]
    return found


def test_the_page_is_what_the_results_give() -> None:
    """docs/design/performance.md is made, not written: nobody can improve a figure by hand."""
    env = {name: value for name, value in os.environ.items() if name != "BENCH_RESULTS"}
    done = subprocess.run(
        [sys.executable, str(REPORT), "--check"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@given(st.floats(0.01, 100), st.floats(-1, 3), st.lists(st.integers(10, 10**7), min_size=2, unique=True))
def test_an_exponent_is_found_again(factor: float, power: float, sizes: list[int]) -> None:
    """What grows with a power of n is found to grow with that power, whatever the sizes."""
    found = exponent([(n, factor * n**power) for n in sizes])
    assert found == pytest.approx(power, abs=1e-6)


def test_one_size_says_nothing_of_growth() -> None:
    """Growth is not made up where there is only one size."""
    assert exponent([(10, 1.0), (10, 2.0)]) is None


@pytest.mark.parametrize("kind", RATIOS)
def test_a_ratio_is_judged_at_its_size(kind: str) -> None:
    """A promise made for a million records is neither kept nor missed by fewer, and its target belongs to it."""
    target = RATIOS[kind]
    fits = {"build": target / 2, "apply": target / 2, "blind": 1.0}
    assert verdict(f"ratio-{kind}", workload(kind, 1000, **fits)).holds is None
    assert verdict(f"ratio-{kind}", workload(kind, FULL, **fits)).holds is True
    assert verdict(f"ratio-{kind}", workload(kind, FULL, **fits | {"apply": target})).holds is False


def test_a_ratio_is_of_medians_and_of_each_run() -> None:
    """The median comes first, then the runs, so that a lucky one shows."""
    steps = {name: {"seconds": 2.0, "runs": [1.0, 2.0, 3.0], "peak_mb": 1.0} for name in ("build", "apply")}
    steps["blind"] = {"seconds": 4.0, "runs": [4.0, 4.0, 4.0], "peak_mb": 1.0}
    assert ratios({"steps": steps}) == [1.0, 0.5, 1.0, 1.5]


def test_what_failed_is_said() -> None:
    """A step that did not run is a promise that was missed, with its last words."""
    found = verdict("ran", workload("sets", 10) | {"failed": {"apply": "exit status 4: no"}})
    assert found.holds is False
    assert "sets at 10, apply: exit status 4: no" in found.measured

"""Running one step in a process of its own, and keeping what it took."""

from __future__ import annotations

import json
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
#: Where the figures are kept; `BENCH_RESULTS` says another folder, for measurements that are not to be kept.
RESULTS = Path(os.environ.get("BENCH_RESULTS") or HERE / "results")


#: Seconds from one look at the memory of several processes to the next: a look takes a millisecond from each of them.
_SAMPLED = 0.2


class Failed(Exception):
    """A step ended with an error; the message is its last words."""


@dataclass(frozen=True, slots=True)
class Run:
    """One step, once: seconds, those of the processor, the greatest memory in MB, and the last line that it printed.

    The memory is what is resident of the process, or, while it has helpers, the sum over all of them, in which what
    several share is shared out among them (PSS, proc_pid_smaps(5)).
    """

    seconds: float
    peak: float
    said: str = ""
    cpu: float = 0.0


def run(
    command: Sequence[str],
    folder: Path,
    output: Path | None = None,
    path: Path | None = None,
    *,
    limit: int | None = None,
    expected: Collection[int] = (0,),
) -> Run:
    """Run a command in a folder.

    Args:
        command: what.
        folder: where.
        output: takes what it prints, in that folder.
        path: a folder from which it may import modules.
        limit: after so many seconds of the processor it is ended (on Linux).
        expected: the exit statuses that are right.

    Raises:
        Failed: it ended with another status, or took too long.
    """
    environment = dict(os.environ) | ({"PYTHONPATH": _joined(path)} if path else {})
    with tempfile.TemporaryFile() as errors, (folder / (output or ".said")).open("w+b") as printed:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=printed, stderr=errors, env=environment)
        if limit is not None:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (limit, limit))
        with Family(process.pid) as family:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if limit is not None and usage.ru_utime + usage.ru_stime >= limit - 1:
            raise Failed(f"more than {limit} s of the processor")
        if process.returncode not in expected:
            raise Failed(f"exit status {process.returncode}: {_last_line(errors)}")
        cpu = usage.ru_utime + usage.ru_stime
        return Run(seconds, max(_megabytes(usage), family.peak), "" if output else _last_line(printed), cpu)


class Family:
    """Watches, while a block lasts, the memory of a process together with its helpers, where Linux tells it.

    Attributes:
        peak: the greatest sum, in MB; 0 if there never were helpers.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Family:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_SAMPLED):
            if helpers := _children(self._pid):
                self.peak = max(self.peak, sum(map(_share, (self._pid, *helpers))))


def _children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def _share(pid: int) -> float:
    """The memory of a process in MB, its share of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _joined(path: Path) -> str:
    return os.pathsep.join(filter(None, (str(path), os.environ.get("PYTHONPATH"))))


def _last_line(stream: Any) -> str:
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - 2000))
    lines = stream.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """What is kept of one step: the median of its seconds, all of them, and the greatest peak."""
    return {
        "seconds": round(statistics.median(run.seconds for run in runs), 4),
        "runs": [round(run.seconds, 4) for run in runs],
        "peak_mb": round(max(run.peak for run in runs), 1),
    }


def machine() -> dict[str, Any]:
    """What figures are of: they say more about it than about a program, but for their ratios."""
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def keep(name: str, figures: Mapping[str, Any]) -> None:
    """Write figures, with the machine that they are of."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine(), **figures}, indent=2, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")

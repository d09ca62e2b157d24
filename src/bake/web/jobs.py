"""Long work in threads: it goes on when the page is closed, tells how far it is, and can be cancelled."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import bake
from bake.errors import BakeError

_LOG = logging.getLogger("bake")
#: How many jobs that have ended are remembered.
_KEPT = 50

#: Is told how far work is.
Listen: TypeAlias = Callable[[bake.Progress], None]
#: What a job does, with the listener and the token that it hands on to the library; gives the address of its result.
Work: TypeAlias = Callable[[Listen, bake.CancelToken], str]
State: TypeAlias = Literal["running", "done", "failed"]


@dataclass(eq=False)
class Job:
    """One piece of work.

    Attributes:
        id: names it in addresses.
        title: what it does, for people.
        back: where to go if it does not succeed.
        source: the file that it reads, of which an error shows the lines.
        about: the changeset that it works on; two jobs about one are never at work at the same time.
        progress: how far it is.
        state: whether it is at work, or how it ended.
        result: where its result is shown, if it is done.
        outcome: what the library returned, for the page that shows it.
        error: what went wrong, if it failed; None if that is a bug, which is in the log.
    """

    title: str
    back: str
    about: str = ""
    source: Path | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    began: float = field(default_factory=time.monotonic)
    progress: bake.Progress = field(default_factory=lambda: bake.Progress("beginning"))
    state: State = "running"
    result: str = ""
    outcome: object = None
    error: BakeError | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self.began


class Jobs:
    """The jobs of a server."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, job: Job, work: Work) -> Job:
        """Begin a job; or give the one that is at work on the same changeset already."""
        with self._lock:
            if job.about and (there := self._at_work_on(job.about)):
                return there
            for old in [one for one in self._jobs.values() if one.ended.is_set()][:-_KEPT]:
                del self._jobs[old.id]
            self._jobs[job.id] = job
        threading.Thread(target=_run, args=(job, work), name=f"bake-{job.id}").start()
        return job

    def get(self, id_: str) -> Job | None:
        """A job by its id."""
        return self._jobs.get(id_)

    def at_work_on(self, about: str) -> Job | None:
        """The job that is at work on a changeset, if there is one."""
        with self._lock:
            return self._at_work_on(about)

    def _at_work_on(self, about: str) -> Job | None:
        return next((one for one in self._jobs.values() if one.about == about and not one.ended.is_set()), None)

    def stop(self) -> None:
        """Cancel all that is at work, and wait until it has ended."""
        running = [one for one in self._jobs.values() if not one.ended.is_set()]
        for job in running:
            job.cancel.set()
        for job in running:
            job.ended.wait()


def _run(job: Job, work: Work) -> None:
    def listen(at: bake.Progress) -> None:
        job.progress = at

    try:
        job.result = work(listen, job.cancel)
        job.state = "done"
    except BakeError as error:
        job.error, job.state = error, "failed"
    except Exception:  # noqa: BLE001 - a bug: whoever waits must be told, and the log has the rest
        _LOG.exception("%s failed", job.title)
        job.state = "failed"
    finally:
        job.ended.set()

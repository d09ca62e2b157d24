"""An alarm for what may hang."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail if the block takes longer: what waits for a named pipe waits for ever.

    No code under test takes the `AssertionError` for an error of its own, as it might a `TimeoutError`, which is an
    `OSError`. Where there are no alarms, nothing is stopped.
    """
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def late(*_: object) -> NoReturn:
        raise AssertionError(f"it took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

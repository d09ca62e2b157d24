"""Ctrl-C and SIGTERM: both end a command in good order, with exit status 130."""

from __future__ import annotations

import signal
import time
from types import FrameType

#: Seconds in which further signals are taken for the same one, so that an impatient finger cuts no tidying off.
_SAME = 1.0


class _Stop:
    def __init__(self) -> None:
        self._last = -_SAME

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last >= _SAME:
            self._last = now
            raise KeyboardInterrupt


def stop_in_order() -> None:
    """Let signals that ask this process to end interrupt what it does."""
    stop = _Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # whoever started this wants it to go on (nohup, &)
            signal.signal(number, stop)

"""What a command does while it works for long: a bar on stderr, and a garbage collector that is in nobody's way.

The bar says what is done, of how much, how fast, and for how long yet.
Whoever works leaves the numbers here, which costs next to nothing; a thread draws them a few times a second. It loads
Rich only when there is something to draw, and takes the bar away when the work is done.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bake import Progress

#: Seconds after which work takes long, and from one drawing to the next.
_LONG, _PERIOD = 0.5, 0.2

_Result = TypeVar("_Result")


class Bar:
    """Shows how far work is, if stderr is a terminal that can."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._latest: tuple[str, int, int | None] = ("", 0, None)
        self._over = Event()
        self._thread: Thread | None = None

    def __call__(self, at: Progress) -> None:
        """Take note of it; no step is nothing that is being done."""
        if not at.step:
            self.rest()
            return
        self._latest = (at.step, at.done, at.total)
        if self._shown and self._thread is None:
            self._over.clear()
            self._thread = Thread(target=self._draw, daemon=True)
            self._thread.start()

    def rest(self) -> None:
        """Take the bar away until there is something new."""
        self._over.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def resting(self, ask: Callable[..., _Result]) -> Callable[..., _Result]:
        """The same function, before which the bar goes away: it needs the terminal for itself."""

        def alone(*arguments: object) -> _Result:
            self.rest()
            return ask(*arguments)

        return alone

    def _draw(self) -> None:
        if self._over.wait(_LONG):
            return
        from bake.cli.bar import bar

        with suppress(OSError), bar() as show:  # the terminal may be gone
            show(*self._latest)
            while not self._over.wait(_PERIOD):
                show(*self._latest)


@contextmanager
def progressing(*, collecting: bool = True) -> Iterator[Bar]:
    """A bar, for as long as the block lasts.

    What the program has loaded is left out of garbage collections meanwhile: they would go through it again and again.

    Args:
        collecting: whether there are any. Exported rows form no cycles, and looking for some takes a fifth of the time.
    """
    bar = Bar()
    gc.freeze()
    if not collecting:
        gc.disable()
    try:
        yield bar
    finally:
        gc.enable()
        gc.unfreeze()
        bar.rest()

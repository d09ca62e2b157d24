"""What is true when somebody stops work: said once, after everything unfinished was taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import clear_frames

from bake.changeset.file import Changeset
from bake.changeset.model import Built
from bake.errors import Interrupted

NOTHING = "nothing was written"


class Cancelled(BaseException):
    """Raised where work is to stop. It is no `BakeError`, so that no handler of these catches it."""


@contextmanager
def stoppable(truth: Callable[[], str]) -> Iterator[None]:
    """A stretch of work that may be cancelled, or interrupted by a signal.

    Args:
        truth: looks, if it is, at what was done, and says so.

    Raises:
        Interrupted: it was cancelled.
        KeyboardInterrupt: it was interrupted; with a note of what is so now (the innermost stretch knows it best).
    """
    try:
        yield
    except Cancelled as error:
        clear_frames(error.__traceback__)  # an open cursor in one of them would keep the database locked
        raise Interrupted(f"cancelled; {truth()}") from None
    except KeyboardInterrupt as error:
        clear_frames(error.__traceback__)
        if not getattr(error, "__notes__", ()):
            error.add_note(f"interrupted; {truth()}")
        raise


class Target:
    """The path of the changeset that is written, by which it is known after an interruption whether it exists."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._taken = False

    def noting(self, path_for: Callable[[Built], Path]) -> Callable[[Built], Path]:
        """The same place; it is noted whether there is something already."""

        def noted(built: Built) -> Path:
            self._path = path_for(built)
            self._taken = self._path.exists()
            return self._path

        return noted

    def truth(self) -> str:
        """Whether it is there: a changeset is there as a whole or not at all."""
        there = self._path is not None and not self._taken and self._path.exists()
        return f"the changeset was written: {self._path}" if there else NOTHING


def recorded(file: Changeset) -> Callable[[], str]:
    """What tells how many events a changeset file has been given since it was read."""

    def truth() -> str:
        with file.path.open("rb") as stream:
            stream.seek(file.end)
            events = stream.read().count(b"\n")
        return (
            f"{events} {'event was' if events == 1 else 'events were'} recorded" if events else "nothing was recorded"
        )

    return truth

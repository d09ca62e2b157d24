"""Long work without the garbage collector going through what the program has loaded, again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_frozen() -> Iterator[None]:
    """Leave all that is there by now out of garbage collections; what the work makes is still collected."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()

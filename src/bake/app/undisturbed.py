"""Long work without the garbage collector going through what there is, again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: How many objects more there are before those are looked at: a batch makes many, and nearly all go with it.
_OBJECTS = 50_000


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave all that is there by now out of garbage collections; what the work makes is still collected, now and then.

    Blocks may stand within others.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

"""Folders that many tests start from: made once in a process, and copied."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable, Hashable
from pathlib import Path
from tempfile import mkdtemp

_MADE: dict[Hashable, Path] = {}


def copied(what: Hashable, folder: Path, make: Callable[[Path], object]) -> Path:
    """Fill a folder with what is made in another one when it is first asked for; the folder.

    Args:
        what: tells apart what is made.
        folder: where a copy is to be; it may be there.
        make: makes it in an empty folder.
    """
    if what not in _MADE:
        made = Path(mkdtemp(prefix="bake-tests-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        make(made)
        _MADE[what] = made
    return shutil.copytree(_MADE[what], folder, dirs_exist_ok=True)

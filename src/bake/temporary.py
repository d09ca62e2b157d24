"""Temporary files that nobody sees, and that go with the object which writes them."""

from __future__ import annotations

import tempfile
import weakref
from typing import IO


def temporary_file(owner: object) -> IO[bytes]:
    """A new file without a name, open for writing and reading, which is closed when nobody holds its owner any more."""
    opened = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its owner
    weakref.finalize(owner, opened.close)
    return opened

"""Temporary files that go with their owner."""

from __future__ import annotations

import gc

from bake.temporary import temporary_file


class Owner:
    """Something that writes a file."""


def test_a_file_is_closed_with_its_owner() -> None:
    """It can be written and read while somebody holds the owner, and is closed when nobody does."""
    owner = Owner()
    file = temporary_file(owner)
    file.write(b"some")
    file.seek(0)
    assert file.read() == b"some"
    del owner
    gc.collect()
    assert file.closed

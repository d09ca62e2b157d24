"""Pointers to the fields of a row document (RFC 6901)."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(1024)
def pointer(name: str) -> str:
    """The pointer to a field: `~0` stands for a tilde in its name, `~1` for a slash."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def field_of(pointer: str) -> str:
    """The field that a pointer leads to."""
    return pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")

"""JSON pointers (RFC 6901) to the fields of a row document."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(1024)
def pointer(name: str) -> str:
    """The pointer to a field, such as `/name`; a tilde in the name becomes `~0`, a slash `~1`."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def field_of(pointer: str) -> str:
    """The name of the field that a pointer leads to: the inverse of `pointer`."""
    return pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")

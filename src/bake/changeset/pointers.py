"""JSON pointers (RFC 6901) to the fields of a row document."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import lru_cache


@lru_cache(1024)
def pointer(name: str) -> str:
    """The pointer to a field, such as `/name`; a tilde in the name becomes `~0`, a slash `~1`."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def field_of(pointer: str) -> str:
    """The name of the field that a pointer leads to: the inverse of `pointer`."""
    return pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")


def undecided_fields(needs: Mapping[str, str | int]) -> set[str]:
    """The names of the fields that wait for the answer to a question; "" stands for the whole row."""
    return {field_of(path) for path, need in needs.items() if isinstance(need, str)}


def is_undecided(needs: Mapping[str, str | int], but: Container[str] = ()) -> bool:
    """Whether anything waits for the answer to a question, other than those with some ids."""
    return any(isinstance(need, str) and need not in but for need in needs.values())

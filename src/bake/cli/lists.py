"""What there is, in words and for programs: the changesets of a folder, and what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bake.renderer.printable import printable

if TYPE_CHECKING:
    from bake import ListedChangeset
    from bake.resolution.remembered import Memory


def memory_text(memory: Memory) -> str:
    """What is remembered, a line each."""
    from bake.resolution.remembered import entry_text

    lines = [printable(entry_text(entry)) for entry in memory.ordered()]
    return "\n".join(lines) or "nothing is remembered yet: bake changeset resolve FILE --remember"


def listing_text(rows: list[ListedChangeset]) -> str:
    """The changesets of a folder, a line each."""
    if not rows:
        return "no changesets here"
    states = [row.state for row in rows]
    width = max(10, *map(len, states))
    return "\n".join(f"{state:{width}} {printable(row.path.name)}" for state, row in zip(states, rows, strict=True))

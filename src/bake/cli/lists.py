"""What there is, in words and for programs: the changesets of a folder, and what is remembered."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bake.renderer.printable import printable

if TYPE_CHECKING:
    from bake.app.list_changesets import Listed
    from bake.resolution.remembered import Memory


def memory_text(memory: Memory) -> str:
    """What is remembered, a line each."""
    from bake.resolution.remembered import entry_text

    lines = [printable(entry_text(entry)) for entry in memory.ordered()]
    return "\n".join(lines) or "nothing is remembered yet: bake changeset resolve FILE --remember"


def memory_document(memory: Memory) -> list[dict[str, Any]]:
    """What is remembered, for programs."""
    from msgspec import to_builtins

    return [to_builtins(entry, builtin_types=(Decimal,)) for entry in memory.ordered()]


def listing_text(rows: list[Listed]) -> str:
    """The changesets of a folder, a line each."""
    if not rows:
        return "no changesets here"
    return "\n".join(f"{row.state:10} {printable(row.path.name)}" for row in rows)


def listing_document(rows: list[Listed]) -> list[dict[str, Any]]:
    """The changesets of a folder, for programs."""
    return [
        {"path": str(row.path), "state": row.state} | ({"problem": row.problem} if row.file is None else {})
        for row in rows
    ]

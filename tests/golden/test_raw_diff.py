"""What a pull request shows of the lines of a changeset, where nothing is installed that shows them in words."""

from __future__ import annotations

from collections.abc import Callable
from difflib import unified_diff

from bake.changeset.file import Changeset

WIDTH = 120


def _diff(before: str, after: str) -> list[str]:
    """The lines of a diff, as wide as a page shows them."""
    lines = unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=1)
    return [part for line in lines for part in (line[at : at + WIDTH] for at in range(0, len(line), WIDTH))]


def test_the_diff_of_a_pull_request(
    undecided: Changeset, applied: Changeset, compare: Callable[[str, bytes], None]
) -> None:
    """The first row of an operation says what happens to which row, and those of an answer what was answered.

    Two commits: the changeset as it was built, and what happened to it; each event adds one line and changes none.
    """
    now = applied.path.read_text(encoding="utf-8")
    built = applied.path.read_bytes()[: undecided.end].decode()
    changes = _diff(built, now)
    assert not [line for line in changes[3:] if line.startswith("-")]
    assert len(now.splitlines()) == len(built.splitlines()) + len(applied.events)
    compare("raw_diff.120.txt", "\n".join([*_diff("", built), *changes, ""]).encode())

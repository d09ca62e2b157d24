"""What a situation comes to: the words of docs/reference/conformance.md, and the looking before and after a command."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from support.kitchen import Edit, Kitchen
from support.shell import Said, lines
from support.tables import Contents


class Outcome(NamedTuple):
    """How a situation ends, as the cells of a row have it."""

    exit: str
    reports: str
    database: str
    file: str


#: Brings a situation about in a kitchen, and types the command; the twin of the kitchen says what ought to come of it.
Situation: TypeAlias = Callable[[Kitchen, Kitchen], Outcome]
Expected: TypeAlias = Callable[[], Contents]

BROUGHT_IN_LINE = "already applied, file brought in line"


class Watch:
    """A kitchen as it is before a command.

    Args:
        kitchen: where the command is going to be typed.
        before: the rows before, if they cannot be looked at just now.
    """

    def __init__(self, kitchen: Kitchen, before: Contents | None = None) -> None:
        self._kitchen = kitchen
        self._before = kitchen.contents() if before is None else before
        text = kitchen.changeset.read_bytes()
        self._text = text[: text.rindex(b"\n") + 1]

    def outcome(self, said: Said, expected: Mapping[str, Expected]) -> Outcome:
        """What a command came to.

        Args:
            said: what it said.
            expected: by its name, what the database may hold besides what it held before.
        """
        return Outcome(str(said.status), reported(said), self._database(expected), self._added())

    def _database(self, expected: Mapping[str, Expected]) -> str:
        now = self._kitchen.contents()
        if now == self._before:
            return "as it was"
        return next((name for name, rows in expected.items() if now == rows()), f"something else: {now}")

    def _added(self) -> str:
        text = self._kitchen.changeset.read_bytes()
        if not text.startswith(self._text):
            return "another text"
        added = text.removeprefix(self._text).splitlines(keepends=True)
        return ", ".join(json.loads(line)["type"] for line in added if line.endswith(b"\n")) or "nothing"


def reported(said: Said) -> str:
    """The kinds of the conflicts, or the code of the error, or the state."""
    document = said.document
    if document.get("conflicts"):
        return ", ".join(sorted({conflict["kind"] for conflict in document["conflicts"]}))
    if "error" in document:
        return str(document["error"])
    return str(document["state"]) + (", file brought in line" if document.get("repaired") else "")


def whole(twin: Kitchen, *edits: Edit) -> dict[str, Expected]:
    """All of it: what the twin holds when its changeset is applied, and others edit only then."""

    def contents() -> Contents:
        assert twin.apply().status == 0
        twin.edit(*edits)
        return twin.contents()

    return {"all of it": contents}


def applied(kitchen: Kitchen) -> Contents:
    """Apply the changeset; what the database held before."""
    before = kitchen.contents()
    said = kitchen.apply()
    assert said.status == 0, said
    assert kitchen.contents() != before
    return before


def reverted(kitchen: Kitchen) -> None:
    """Apply the changeset, and undo it."""
    before = applied(kitchen)
    assert kitchen.apply(file=kitchen.revert()).status == 0
    assert kitchen.contents() == before


def forget(file: Path, type_: str) -> bytes:
    """Take the last line from a file, which is of a type; that line."""
    *before, last = file.read_bytes().splitlines(keepends=True)
    assert json.loads(last)["type"] == type_
    file.write_bytes(b"".join(before))
    return last


def is_told_once(kitchen: Kitchen, twin: Kitchen) -> None:
    """Check that tables, ledger and file agree that the changeset was applied, once."""
    assert twin.apply().status == 0
    assert kitchen.contents() == twin.contents()
    [entry] = kitchen.entries()
    assert entry.state == "applied"
    assert [event["receipt"] for event in lines(kitchen.changeset, "applied")] == [entry.receipt]

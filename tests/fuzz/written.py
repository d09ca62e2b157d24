"""The changesets of a sequence, and what is wrong with what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.tables import Contents

from bake.changeset.file import Changeset, read
from bake.changeset.model import Operation


class Wrong(AssertionError):
    """A command did what it must not do."""


@dataclass
class Written:
    """A changeset of the sequence.

    Attributes:
        path: its file.
        found: the rows before it was last applied.
        left: the rows after that.
        goal: what rows it makes of `start`, if that is known: it is a revert.
        start: the rows from which it makes them.
    """

    path: Path
    found: Contents | None = None
    left: Contents | None = None
    goal: Contents | None = None
    start: Contents | None = None

    def read(self) -> Changeset:
        """The file."""
        return read(self.path)

    @property
    def operations(self) -> list[Operation]:
        """What it would do."""
        return list(self.read().effective())


def difference(expected: Contents, found: Contents) -> list[Any]:
    """The rows in which two databases differ, each with the values of both."""
    return [
        (
            entity,
            uuid,
            {name: (row.get(name), there.get(name)) for name in {*row, *there} if row.get(name) != there.get(name)},
        )
        for entity in expected
        for uuid in {*expected[entity], *found.get(entity, {})}
        if (row := expected[entity].get(uuid, {})) != (there := found.get(entity, {}).get(uuid, {}))
    ]

"""What a changeset did, as a revert reads it: kind by kind, forwards or backwards, in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from bake.database.history import Action, RowChange

_BATCH = 1000


class ChangeBatches(Protocol):
    """Changes numbered from 0 in the order in which they were done (`bake.database.applied_changes` reads them)."""

    def __len__(self) -> int: ...

    def entities(self, action: Action) -> list[str]:
        """The kinds of rows that this was done to, in the order in which it first was."""

    def records(self, action: Action, entity: str, *, backwards: bool = False) -> Iterable[int]:
        """The numbers of these changes, ascending or descending."""

    def batches(self, action: Action, entity: str, *, backwards: bool = False) -> Iterator[list[tuple[int, RowChange]]]:
        """These changes with their numbers, some hundred at a time."""


class ListedChanges:
    """Changes that are in memory."""

    def __init__(self, changes: Sequence[RowChange]) -> None:
        self._changes = changes
        self._records: defaultdict[tuple[Action, str], list[int]] = defaultdict(list)
        for record, change in enumerate(changes):
            self._records[change.action, change.entity].append(record)

    def __len__(self) -> int:
        return len(self._changes)

    def entities(self, action: Action) -> list[str]:
        """As `ChangeBatches` says."""
        return [entity for done, entity in self._records if done == action]

    def records(self, action: Action, entity: str, *, backwards: bool = False) -> list[int]:
        """As `ChangeBatches` says."""
        found = self._records.get((action, entity), [])
        return found[::-1] if backwards else found

    def batches(self, action: Action, entity: str, *, backwards: bool = False) -> Iterator[list[tuple[int, RowChange]]]:
        """As `ChangeBatches` says."""
        records = self.records(action, entity, backwards=backwards)
        for start in range(0, len(records), _BATCH):
            yield [(record, self._changes[record]) for record in records[start : start + _BATCH]]

"""The operations of a changeset that is in no file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bake.changeset.model import Create, Operation


@dataclass(frozen=True)
class HeldOperations:
    """Operations as built, held as a list (`bake.changeset.operation_index.OperationLookup`)."""

    held: Sequence[Operation]

    def operations(self) -> Iterator[Operation]:
        """All of them."""
        return iter(self.held)

    def numbered(self, numbers: Iterable[int]) -> Iterator[Operation]:
        """Those with these numbers."""
        known = {operation.n: operation for operation in self.held}
        return (known[n] for n in numbers if n in known)

    def creates(self, entities: Collection[str]) -> Iterator[Operation]:
        """Those that create rows of these entities."""
        return (one for one in self.held if isinstance(one, Create) and one.entity in entities)

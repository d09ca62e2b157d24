"""Where the operations of a changeset stand in its file: found once, and held, since what was built never changes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from bake.changeset.codec import OPERATION, blocks, decode, operations_in
from bake.changeset.model import Create, Operation
from bake.errors import UsageError


class OperationLookup(Protocol):
    """The operations of a build, of which any can be looked up."""

    def operations(self) -> Iterator[Operation]:
        """All of them, in their order."""
        ...

    def numbered(self, numbers: Iterable[int]) -> Iterator[Operation]:
        """The operations with these numbers; those that are not there are left out."""
        ...

    def creates(self, entities: Collection[str]) -> Iterator[Operation]:
        """The operations that create rows of these entities, in their order."""
        ...


class OperationIndex:
    """An index over the operations in a file: of each its number, where it begins, and what it creates, 18 bytes.

    Args:
        path: the file.
        end: the offset up to which it is read.
    """

    def __init__(self, path: Path, end: int) -> None:
        self._path = path
        self._numbers, self._offsets, self._creates = array("q"), array("q"), array("H")
        self._entities: dict[str, int] = {"": 0}
        offset = 0
        with path.open("rb") as stream:
            for block in blocks(stream):
                self._add(block[: end - offset], offset)
                offset += len(block)
                if offset >= end:
                    break

    def numbered(self, numbers: Iterable[int]) -> Iterator[Operation]:
        """The operations with these numbers, as built; those that are not there are left out.

        Raises:
            UsageError: the file was replaced since it was read.
        """
        with self._path.open("rb") as stream:
            for n in numbers:
                place = bisect_left(self._numbers, n)
                if place == len(self._numbers) or self._numbers[place] != n:
                    continue
                stream.seek(self._offsets[place])
                if (operation := _decoded(stream.readline())) is None or operation.n != n:
                    raise UsageError(f"{self._path.name} was replaced since it was read", hint="read it again")
                yield operation

    def creates(self, entities: Collection[str]) -> Iterator[Operation]:
        """The operations that create rows of these entities, as built, in their order.

        Raises:
            UsageError: as `numbered`.
        """
        wanted = {self._entities[name] for name in entities if name in self._entities}
        if wanted:
            found = zip(self._numbers, self._creates, strict=True)
            yield from self.numbered(n for n, entity in found if entity in wanted)

    def _add(self, block: bytes, offset: int) -> None:
        lines = block.splitlines(keepends=True)
        operations: Iterable[Operation | None] = operations_in(block) or map(_decoded, lines)
        for line, operation in zip(lines, operations, strict=True):
            if operation is not None:
                creates = operation.entity if isinstance(operation, Create) else ""
                self._numbers.append(operation.n)
                self._offsets.append(offset)
                self._creates.append(self._entities.setdefault(creates, len(self._entities)))
            offset += len(line)


def _decoded(raw: bytes) -> Operation | None:
    """An operation; None if the line is none, or cannot be read."""
    try:
        return decode(raw) if raw.startswith(OPERATION) else None  # type: ignore[return-value]
    except msgspec.DecodeError:
        return None

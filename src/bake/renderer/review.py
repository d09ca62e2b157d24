"""A changeset to be looked through: indexed in one pass, then filtered, searched and shown a page at a time.

Of each operation no more is held than where its line begins and what it can be filtered by (some 20 bytes), so that a
page costs what it shows, however many operations there are.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TypeAlias

import msgspec
from msgspec import structs

from bake.changeset.codec import OPERATION, blocks, decode, encode
from bake.changeset.file import Changeset
from bake.changeset.model import Operation, Skip, Update
from bake.changeset.pointers import is_undecided
from bake.errors import UsageError
from bake.renderer.document_builder import Gathering
from bake.renderer.document_parts import Listing, Passed, Step, Summary, Warned
from bake.renderer.patch_steps import action_of, step

#: How many warnings of a changeset are held, the most important ones.
_WARNINGS = 200
_ACTIONS = ("create", "update", "delete", "skip")
_WARNED, _WAITING = 1, 2
#: What in a line is no value: the names of members, and what a patch says of its fields.
_NAMES = re.compile(r'"op":"[a-z]*","path":"[^"\\]*"|"[^"\\]*":')

#: Positions of operations in a review, in the order in which they are shown.
Positions: TypeAlias = Sequence[int]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which operations are shown: those of which all of this is true.

    Attributes:
        entity: it is of this entity.
        action: `create`, `update`, `delete`, or `skip` for what answers and people have left out.
        warned: there is a warning on it.
        waiting: it waits for an answer.
        text: a value in it holds this text, in whatever case.
        like: the number of an operation: it makes the same change of a row as that one does.
    """

    entity: str | None = None
    action: str | None = None
    warned: bool = False
    waiting: bool = False
    text: str = ""
    like: int | None = None


class Review:
    """A changeset to be looked through: its operations but for records that the build skipped.

    Args:
        file: as it was read.

    Attributes:
        file: the same.
        summary: the counts by entity.
        skips: records that are skipped for one reason, by entity and reason.
        warnings: the most important ones, and how many there are.
    """

    def __init__(self, file: Changeset) -> None:
        self.file = file
        self._made = tuple(file.decisions.created())
        self._entities: list[str] = []
        self._offsets, self._numbers, self._alike = array("q"), array("q"), array("q")
        self._entity, self._action, self._flags = array("H"), bytearray(), bytearray()
        gathering = Gathering(_WARNINGS)
        for offset, operation, is_shown in self._read():
            gathering.add(operation)
            if is_shown:
                self._add(offset, operation)
        self.summary: tuple[Summary, ...] = gathering.summary()
        self.skips: list[Passed] = gathering.skips()
        self.warnings: Listing[Warned] = gathering.warnings.listing()

    def __len__(self) -> int:
        """How many operations can be shown."""
        return len(self._offsets)

    def find(self, wanted: Filter) -> Positions:
        """The positions of the operations that a filter lets through."""
        found: Positions = range(len(self))
        if wanted.entity is not None:
            entity = self._entities.index(wanted.entity) if wanted.entity in self._entities else -1
            found = [n for n in found if self._entity[n] == entity]
        if wanted.action is not None:
            action = _ACTIONS.index(wanted.action) if wanted.action in _ACTIONS else -1
            found = [n for n in found if self._action[n] == action]
        flags = (_WARNED if wanted.warned else 0) | (_WAITING if wanted.waiting else 0)
        if flags:
            found = [n for n in found if self._flags[n] & flags == flags]
        if wanted.like is not None:
            example = self._position(wanted.like)
            found = [n for n in found if example is not None and self._alike[n] == self._alike[example]]
        return list(self._holding(found, wanted.text)) if wanted.text else found

    def groups(self, positions: Positions) -> list[tuple[int, int]]:
        """Those of these operations that make the same change: the position of the first, and how many; most first."""
        numbers = Counter(self._alike[position] for position in positions)
        first = {self._alike[position]: position for position in reversed(positions)}
        return [(first[alike], number) for alike, number in numbers.most_common()]

    def steps(self, positions: Positions) -> list[Step | Skip]:
        """The operations at these positions, as they are shown; what was left out is a skip, with its reason.

        Raises:
            UsageError: the file was replaced since it was read.
        """
        with self.file.path.open("rb") as stream:
            now = (self._now(stream, position) for position in positions)
            return [one if isinstance(one, Skip) else step(one) for one in now]

    def operation(self, n: int) -> Operation | None:
        """The operation with a number, as it is now; None if there is none here.

        Raises:
            UsageError: as `steps`.
        """
        if (position := self._position(n)) is None:
            return None
        with self.file.path.open("rb") as stream:
            return self._now(stream, position)

    def _read(self) -> Iterator[tuple[int, Operation, bool]]:
        """Each operation as it is now, with where its line begins, and whether it is shown; added ones come first."""
        yield from ((-1 - n, made, True) for n, made in enumerate(self._made))
        offset, decisions = 0, self.file.decisions
        with self.file.path.open("rb") as stream:
            for block in blocks(stream):
                for raw in block.splitlines(keepends=True):
                    if raw.startswith(OPERATION) and (operation := _decoded(raw)) is not None:
                        yield offset, decisions.effective(operation), not isinstance(operation, Skip)
                    offset += len(raw)

    def _add(self, offset: int, operation: Operation) -> None:
        if operation.entity not in self._entities:
            self._entities.append(operation.entity)
        self._offsets.append(offset)
        self._numbers.append(operation.n)
        self._entity.append(self._entities.index(operation.entity))
        self._action.append(_ACTIONS.index("skip" if isinstance(operation, Skip) else action_of(operation)))
        self._flags.append(_flags(operation))
        self._alike.append(_change(operation))

    def _position(self, n: int) -> int | None:
        """Where the operation with a number is; those that answers add come first, the others in their order."""
        for position, made in enumerate(self._made):
            if made.n == n:
                return position
        position = bisect_left(self._numbers, n, lo=len(self._made))
        return position if position < len(self) and self._numbers[position] == n else None

    def _now(self, stream: IO[bytes], position: int) -> Operation:
        offset = self._offsets[position]
        if offset < 0:
            return self._made[-1 - offset]
        stream.seek(offset)
        operation = _decoded(stream.readline())
        if operation is None or operation.n != self._numbers[position]:
            raise UsageError(f"{self.file.path.name} was replaced since it was read", hint="read it again")
        return self.file.decisions.effective(operation)

    def _holding(self, positions: Positions, text: str) -> Iterator[int]:
        """Those that hold a text in a value; the names of fields do not count."""
        wanted = msgspec.json.encode(text).decode()[1:-1].casefold()
        decided = self.file.decisions.change_anything
        with self.file.path.open("rb") as stream:
            for position in positions:
                offset = self._offsets[position]
                if decided or offset < 0:
                    raw = encode(self._now(stream, position))
                else:
                    stream.seek(offset)
                    raw = stream.readline()
                line = raw.decode("utf-8", "replace").casefold()
                if wanted in line and wanted in _NAMES.sub("", line):
                    yield position


def _decoded(raw: bytes) -> Operation | None:
    """An operation; None if the line of a damaged file is none."""
    try:
        return decode(raw)  # type: ignore[return-value]
    except msgspec.DecodeError:
        return None


def _flags(operation: Operation) -> int:
    if isinstance(operation, Skip):
        return 0
    return (_WARNED if operation.warnings else 0) | (_WAITING if is_undecided(operation.needs) else 0)


def _change(operation: Operation) -> int:
    """A number that operations share which make the same change: updates with the same patch; all others have none."""
    if isinstance(operation, Update) and operation.patch:
        return hash((operation.entity, encode(structs.replace(operation, n=0, key={}, label=None, from_=(), uuids={}))))
    return -operation.n

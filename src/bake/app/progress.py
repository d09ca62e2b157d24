"""Progress events: functions that work for long report how far they are to a callback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from bake.catalog.values import Json
    from bake.errors import Location
    from bake.sources.model import Batch, Section, SourceFile, Table


@dataclass(frozen=True, slots=True)
class Progress:
    """How far work has come.

    Attributes:
        step: what is being done, such as `comparing`. An empty one says that nothing is: whatever shows progress rests,
            and has no thread running until there is another step.
        done: how many records, rows or operations it has been done to.
        total: how many there are in all; None where that is not known yet.
    """

    step: str
    done: int = 0
    total: int | None = None


#: Is told the step, how much of it is done, and how much there is in all, as `Progress` has it.
Tell: TypeAlias = Callable[[str, int, int | None], None]

_Item = TypeVar("_Item")
#: So many items pass before anybody is told: telling must cost nothing.
_EVERY = 500


def silent(_step: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


def counted(items: Iterable[_Item], tell: Callable[[int], object]) -> Iterator[_Item]:
    """The items; `tell` hears every now and then how many have passed."""
    source = iter(items)
    passed = 0
    tell(passed)
    while batch := list(islice(source, _EVERY)):
        yield from batch
        passed += len(batch)
        tell(passed)


def watched(source: SourceFile, step: str, tell: Tell) -> SourceFile:
    """A source that reports how many of its records have been read."""
    return replace(source, content=_Watched(source, step, tell))


class _Watched:
    """The content of a source (`bake.sources.model.Content`), counted through all its sections."""

    def __init__(self, source: SourceFile, step: str, tell: Tell) -> None:
        self._content = source.content
        self._size = source.size
        self._step = step
        self._progress = tell
        self._read: dict[str, int] = {}

    def read(self, section: Section) -> Iterator[dict[str, Json]]:
        """The records in order."""
        return counted(self._content.read(section), lambda passed: self._tell(section.name, passed))

    def batches(self, section: Section, size: int) -> Iterable[Batch]:
        """The records, so many at a time; they count as they are read, or when they have been by somebody else."""
        batches = self._content.batches(section, size)
        watching = partial(self._watching, section)
        if isinstance(batches, Sequence):
            from bake.sources.model import Lazily

            return Lazily(len(batches), lambda n: watching(batches[n]))
        return map(watching, batches)

    def _watching(self, section: Section, batch: Batch) -> Batch:
        before = batch.first - section.first
        return replace(
            batch,
            tables=partial(self._tables, section, before, batch),
            passed=partial(self._tell, section.name, before + batch.size),
        )

    def _tables(self, section: Section, before: int, batch: Batch) -> Iterator[Table]:
        for table in batch.tables():
            before += len(table.rows)
            self._tell(section.name, before)
            yield table

    def locate(self, section: Section, index: int, steps: tuple[str | int, ...]) -> Location:
        """Where a record stands, or a part of it."""
        return self._content.locate(section, index, steps)

    def _tell(self, section: str, passed: int) -> None:
        self._read[section] = passed
        self._progress(self._step, sum(self._read.values()), self._size)

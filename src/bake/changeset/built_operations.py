"""Checks the operations of a build while they are read: their numbers, their records, and what they need."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TypeAlias

from bake.changeset.coverage import Coverage
from bake.changeset.model import Operation, Skip

#: The number of a line, and what is wrong there.
LineFault: TypeAlias = tuple[int, str]


class BuiltOperations:
    """The operations that were read so far, of which little is kept in memory.

    Attributes:
        total: how many there are.
    """

    def __init__(self) -> None:
        self.total = 0
        self._numbers = Coverage()
        self._records = Coverage()
        self._needed: dict[str | int, int] = {}
        self._is_being_written = False

    def add(self, operation: Operation, line: int) -> Iterator[LineFault]:
        """Add an operation; yields what is wrong with it."""
        yield from self._add(operation, line)
        self._note_needs(operation, line)

    def add_block(self, operations: Sequence[Operation], first: int) -> Iterator[LineFault]:
        """Add operations on successive lines; yields what is wrong with them.

        Args:
            operations: the operations, at least one.
            first: the number of their first line.
        """
        records = [operation.from_[0] for operation in operations if len(operation.from_) == 1]
        numbers = {operation.n - 1 for operation in operations}
        are_numbered = len(numbers) == len(operations) and min(numbers) >= 0
        if are_numbered and len(set(records)) == len(operations) and set(map(type, records)) == {int}:
            self.total += len(operations)
            self._numbers.add_all(numbers)
            self._records.add_all(records)  # type: ignore[arg-type]  # all of them are numbers
        else:
            for line, operation in enumerate(operations, first):
                yield from self._add(operation, line)
        for line, operation in enumerate(operations, first):
            self._note_needs(operation, line)

    def pass_over(self, operations: int) -> None:
        """Count operations that this process is writing, without checking them."""
        self._is_being_written = True
        self.total += operations

    def finish(self, line: int, records: int, asked: Container[str], *, is_damaged: bool) -> Iterator[LineFault]:
        """Check what can be checked only when all operations are known; yields what is wrong.

        Args:
            line: the number of the line that closes the build.
            records: how many records the source has; each must be in exactly one operation.
            asked: the ids of all questions.
            is_damaged: whether the file has other defects, which may be why numbers are missing.
        """
        if not self._is_being_written:
            if not self._records.is_all_below(records):
                yield line, f"not every one of the {records} records is in exactly one operation"
            elif not is_damaged and not self._numbers.is_all_below(self.total):
                yield line, f"the operations are not numbered from 1 to {self.total}"
        self._records, self._numbers = Coverage(), Coverage()
        yield from self._missing(asked)

    def _add(self, operation: Operation, line: int) -> Iterator[LineFault]:
        self.total += 1
        if operation.n < 1 or not self._numbers.add(operation.n - 1):
            yield line, f"{operation.n} is not the number of one operation alone"
        try:
            self._records.add_runs(operation.from_)
        except ValueError:
            yield line, "`from` is not a list of runs"

    def _note_needs(self, operation: Operation, line: int) -> None:
        """Remember, of each thing that operations need, the first line that needs it."""
        if not isinstance(operation, Skip):
            for need in operation.needs.values():
                self._needed.setdefault(need, line)
            for options in operation.outcomes.values():
                for taken in filter(None, (outcome.taken for outcome in options.values())):
                    self._needed.setdefault(taken, line)

    def _missing(self, asked: Container[str]) -> Iterator[LineFault]:
        """What operations need and the file lacks: questions, operations, and rows that answers may create."""
        for need, line in self._needed.items():
            made = f"q{need - self.total}" if isinstance(need, int) else need
            if made not in asked and not (isinstance(need, int) and 1 <= need <= self.total):
                yield line, f"this needs {need}, which is not there"
        self._needed = {}

"""Everything that Bake raises on purpose, and where it happened.

    BakeError                     1   (never raised itself)
    ├── UsageError                2   what was typed cannot be done: an option, a file that is not there
    ├── OpenQuestions             3   a changeset cannot be applied before its questions are answered
    ├── NotConfirmed              3   something has to be agreed to first, and nobody did
    │   └── NotApproved           3   people have to approve a changeset first, with their signatures
    ├── RefusedByPolicy           3   the project's policy does not allow it
    ├── Conflicts                 4   preconditions failed: the database is not what the changeset expects
    ├── InvalidSource             5   the source cannot be read as what it claims to be
    ├── InvalidAnswers            5   an answer does not fit its question
    ├── DamagedChangeset          6   torn, edited by hand, incomplete, or of an unknown format
    │   └── NotProven             6   after writing, a row did not read back as intended; rolled back
    ├── DamagedExport             6   a set or a base is not what its exporter wrote: cut off, edited, incomplete
    ├── DatabaseUnavailable       7   no connection, or no permission
    │   ├── DatabaseLocked        7   somebody else holds the lock for longer than we wait
    │   │   └── Deadlocked        7   the database took the transaction back
    │   ├── UnreadableValue       7   a stored value is not one of its column's type
    │   └── NotInitialised        7   the database lacks the tables of the catalog
    └── Interrupted             130   somebody stopped it; the message says what is true now

The number is the exit status of the command line. `code` is stable and machine-readable; `hint` is what to type next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a source something stands, as exactly as the format allows.

    `pointer` is an RFC 6901 JSON pointer; `line` and `column` count from 1; `cell` is that of a workbook, as `B7`.
    """

    file: str
    pointer: str | None = None
    line: int | None = None
    column: int | None = None
    cell: str | None = None

    def __str__(self) -> str:
        if self.cell:
            return f"{self.file}:{self.cell}"
        position = "".join(f":{number}" for number in (self.line, self.column) if number is not None)
        pointer = f" ({self.pointer})" if self.pointer else ""
        return f"{self.file}{position}{pointer}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, for errors that report several in one pass."""

    message: str
    location: Location | None = None

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


@dataclass(frozen=True, slots=True)
class Conflict:
    """A precondition that failed (`changed`, `missing`, `exists`, `constraint`, `reference`), at one operation."""

    kind: str
    operation: int
    entity: str
    key: dict[str, object]
    field: str | None = None
    expected: object = None
    found: object = None
    detail: str = ""


class BakeError(Exception):
    """What went wrong, where, what was expected, and what to do next.

    Raised only through its subclasses; catching it catches every error that is not a bug.
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        location: Location | None = None,
        hint: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class UsageError(BakeError):
    """What was asked for makes no sense as it stands: an unknown name, a file that is not there."""

    code = "usage"
    exit_status = 2


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question as an error reports it: enough to find it in the source and to answer it from the command line."""

    id: str
    text: str
    waiting: int
    candidates: tuple[str, ...] = field(default=())
    where: str | None = None


class OpenQuestions(BakeError):
    """The changeset has unanswered questions, so it cannot be applied as a whole."""

    code = "open_questions"
    exit_status = 3

    def __init__(self, message: str, *, questions: Sequence[OpenQuestion], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.questions = tuple(questions)


class NotConfirmed(BakeError):
    """Something in a plan needs a confirmation, which was refused, or for which nobody could be asked."""

    code = "not_confirmed"
    exit_status = 3


class RefusedByPolicy(BakeError):
    """The policy of the project does not allow a changeset to be applied by this actor; nothing was written."""

    code = "refused_by_policy"
    exit_status = 3


class NotApproved(NotConfirmed):
    """Fewer people than are required have approved what the changeset does; nothing was written."""

    code = "not_approved"


class Conflicts(BakeError):
    """The database no longer is what the changeset expects; nothing was written."""

    code = "conflicts"
    exit_status = 4

    def __init__(self, message: str, *, conflicts: Sequence[Conflict], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.conflicts = tuple(conflicts)


class InvalidSource(BakeError):
    """The source is not what its kind promises: not JSON, a wrong envelope, records that are no objects."""

    code = "invalid_source"
    exit_status = 5


class UnnamedRecords(InvalidSource):
    """The source is a sheet that does not say what its rows are: their view or entity has to be named."""

    code = "unnamed_records"


class InvalidAnswers(BakeError):
    """An answer names no open question, offers what the question does not take, or carries values that do not fit."""

    code = "invalid_answers"
    exit_status = 5


class DamagedChangeset(BakeError):
    """The changeset file is torn, incomplete, edited after it was built, or of a format this version does not know."""

    code = "damaged_changeset"
    exit_status = 6


class NotProven(DamagedChangeset):
    """A row, read again after writing, differs from the after-image; the transaction was rolled back."""

    code = "not_proven"


class DamagedExport(BakeError):
    """A set or a base is not what its exporter wrote: torn, edited, incomplete, or with names that lead elsewhere."""

    code = "damaged_export"
    exit_status = 6


class DatabaseUnavailable(BakeError):
    """The database cannot be reached, opened or written to."""

    code = "database_unavailable"
    exit_status = 7


class DatabaseLocked(DatabaseUnavailable):
    """Somebody else held a lock for longer than Bake waits."""

    code = "database_locked"


class Deadlocked(DatabaseLocked):
    """The database took a transaction back, since it and another one waited for each other, or contradict each other.

    An application is begun again some times before this is raised.
    """

    code = "deadlocked"


class NotInitialised(DatabaseUnavailable):
    """The database has no tables for the catalog's entities."""

    code = "not_initialised"


class UnreadableValue(DatabaseUnavailable):
    """A value in the database is not one that its column can hold: SQLite lets any value stand in any column."""

    code = "unreadable_value"


class Interrupted(BakeError):
    """Somebody stopped it; what was unfinished was taken back, and the message says what is so now."""

    code = "interrupted"
    exit_status = 130

"""Changing operations of a changeset after it was built: each change is an event, with who and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from bake.app.actor import now
from bake.app.answering.state import state_of
from bake.app.interruption import recorded, stoppable
from bake.app.ledger_sync import deciding
from bake.app.project import Project
from bake.app.results import AmendResult
from bake.changeset.amendment import steps
from bake.changeset.events import Amended
from bake.changeset.file import Changeset
from bake.changeset.model import Amendment, Create, Operation, Skip
from bake.changeset.place import ChangesetLike
from bake.changeset.writing import append
from bake.commands import command
from bake.compiler.answers.amend_operation import NotAmendable, dropped, with_value
from bake.compiler.answers.resolution_state import ResolutionState
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import Problem, UsageError
from bake.renderer.words import warned_of

_EXPECTED = "expected OPERATION/FIELD=VALUE, such as 3/city=Boston"

#: Makes of an operation what it is to become.
_Change = Callable[[Operation], Operation]


def amend(
    project: Project,
    changeset: ChangesetLike,
    *,
    set_: Sequence[str] = (),
    drop: Sequence[int] = (),
    note: str | None = None,
) -> AmendResult:
    """Set fields of operations and drop operations: all that is asked for, or nothing.

    Args:
        project: whose catalog checks the values, and whose database knows the rows that they name.
        changeset: the changeset, or its path.
        set_: `OPERATION/FIELD=VALUE`; `null` for no value, a key or a JSON object for a reference.
        drop: numbers of operations.
        note: why; alone, a note on the changeset.

    Raises:
        Interrupted: it was cancelled; the message says how much was recorded.
        UsageError: there is no such changeset, it has been applied, or something of what is asked for cannot be; all
            that cannot is among the problems, and nothing was recorded.
        DamagedChangeset: it is damaged.
        DatabaseUnavailable: the database cannot be read.
    """
    with deciding(project, changeset) as file:
        if not (set_ or drop or note):
            raise UsageError(
                "there is nothing to amend",
                hint=command("changeset", "amend", file.path, "--set", "3/city=Boston", "--note", "WHY"),
            )
        return _amend(project, file, set_, drop, note)


def _amend(
    project: Project, file: Changeset, set_: Sequence[str], drop: Sequence[int], note: str | None
) -> AmendResult:
    path = file.path
    with (
        stoppable(recorded(file)),
        project.connect() as database,
        database.reading() as connection,
        project.finding(connection),
    ):
        snapshot = DatabaseSnapshot(connection, project.catalog)
        about = {operation.entity for operation in file.operations()} & project.catalog.entities.keys() if set_ else ()
        work = AmendedOperations(file, state_of(project, snapshot, file, about=about))
        work.sets(set_)
        work.drops(drop, note)
    if work.problems:
        raise UsageError(
            f"{path.name} cannot be amended so; nothing was recorded",
            problems=work.problems,
            hint=f"{command('changeset', 'show', path, '--all')} shows the operations with their numbers",
        )
    after = append(file, *work.events(note, project.actor))
    fallen = after.decisions.skipped.keys() - file.decisions.skipped.keys() - set(drop)
    return AmendResult(after, tuple(work.changed), len(fallen), tuple(work.warnings))


class AmendedOperations:
    """The operations that are changed, before and after.

    Args:
        file: the changeset.
        state: its resolution state, which checks the values.
    """

    def __init__(self, file: Changeset, state: ResolutionState) -> None:
        self._file = file
        self._state = state
        self._before: dict[int, Operation] = {}
        self.changed: dict[int, Operation] = {}
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def sets(self, texts: Iterable[str]) -> None:
        """Set what `OPERATION/FIELD=VALUE` says."""
        for text in texts:
            target, given, value = text.partition("=")
            number, slash, name = target.partition("/")
            if not (given and slash and name and number.isascii() and number.isdigit() and len(number) < 10):
                self.problems.append(Problem(f"{text!r} cannot be read; {_EXPECTED}"))
                continue
            self._set(int(number), name, value)

    def _set(self, n: int, name: str, value: str) -> None:
        referred_to = self._referred_to(n)
        self._change(n, lambda op: with_value(self._state, op, name, value, referred_to=referred_to))
        after = self.changed.get(n)
        if after is not None and not isinstance(after, Skip):
            self.warnings += [warned_of(n, warning) for warning in after.warnings if warning.field == name]

    def drops(self, numbers: Iterable[int], reason: str | None) -> None:
        """Make skips of these operations."""
        for n in numbers:
            self._change(n, lambda op: dropped(op, reason or "dropped"))

    def _change(self, n: int, change: _Change) -> None:
        operation = self.changed.get(n) or self._file.bare(n)
        if operation is None:
            self.problems.append(Problem(f"there is no operation {n}"))
            return
        cause = self._file.decisions.skipped.get(n)
        if cause and not isinstance(operation, Skip):
            self.problems.append(Problem(f"operation {n} is left out already, because of {cause}"))
            return
        try:
            self.changed[n] = change(operation)
        except NotAmendable as error:
            self.problems.append(Problem(f"operation {n}: {error}"))
            return
        self._before.setdefault(n, operation)

    def _referred_to(self, n: int) -> bool:
        """Whether another operation names the row that this one creates."""
        if not isinstance(self._file.bare(n), Create):
            return False
        return any(
            n in operation.needs.values() for operation in self._file.effective() if not isinstance(operation, Skip)
        )

    def events(self, note: str | None, by: str) -> list[Amended]:
        """An event for each operation, or one for the note alone."""
        blank = Amended(by=by, at=now(), prev="", reason=note or None)
        if not self.changed:
            return [blank]
        return [
            Amended(
                by=blank.by,
                at=blank.at,
                prev="",
                operation=n,
                patch=patch,
                reason=blank.reason,
            )
            for n, patch in self.patches()
        ]

    def patches(self) -> Iterator[tuple[int, Amendment]]:
        """The number of each operation that is changed, and the patch that changes it."""
        return ((n, steps(self._before[n], after)) for n, after in self.changed.items())

"""What `check` and `check_folder` found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from bake.errors import Conflicts, DamagedChangeset, NotApproved, OpenQuestions, RefusedByPolicy

if TYPE_CHECKING:
    from bake.app.approval_results import CheckedApproval
    from bake.changeset.file import Changeset
    from bake.database.ledger.ledger import LedgerEntry
    from bake.errors import Conflict, OpenQuestion, Problem
    from bake.policy.verdict import Verdict
    from bake.renderer.annotations import Finding


State: TypeAlias = Literal["ready", "applied", "damaged", "open", "stale", "refused", "unapproved"]

_STATUS: Mapping[State, int] = {
    "ready": 0,
    "applied": 0,
    "damaged": DamagedChangeset.exit_status,
    "open": OpenQuestions.exit_status,
    "refused": RefusedByPolicy.exit_status,
    "stale": Conflicts.exit_status,
    "unapproved": NotApproved.exit_status,
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of `bake.check`.

    Attributes:
        changeset: the changeset.
        database: the label of the database; None if the changeset was not checked against it.
        problems: the problems of the file: it is torn, was edited, or a record belongs to no operation or to two.
        questions: the open questions.
        conflicts: the preconditions that do not hold; operations that wait for an answer are not checked.
        entry: the ledger's entry of the changeset; None if there is none.
        counts: how many operations applying would carry out, by entity and action; None if that was not tried.
        remarks: what should be known of it, in sentences: that the catalog has changed since the build.
        policy: what the policy of the project says of it; None if it was not asked, or there is none.
        approvals: who has approved it.
        lacking: what is lacking of the approvals that are required; None if nothing is.
    """

    changeset: Changeset
    database: str | None = None
    problems: tuple[Problem, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    entry: LedgerEntry | None = None
    counts: Mapping[str, Mapping[str, int]] | None = None
    remarks: tuple[str, ...] = ()
    policy: Verdict | None = None
    approvals: tuple[CheckedApproval, ...] = ()
    lacking: str | None = None

    @property
    def state(self) -> State:
        """The first that is true: damaged, applied, open, stale (has conflicts), refused, unapproved; else ready."""
        if self.problems:
            return "damaged"
        if self.entry and self.entry.state == "applied":
            return "applied"
        if self.questions:
            return "open"
        if self.conflicts:
            return "stale"
        if self.policy is not None and self.policy.refused:
            return "refused"
        return "unapproved" if self.lacking else "ready"

    @property
    def exit_status(self) -> int:
        """The exit status of the command `bake changeset check`."""
        return _STATUS[self.state]


#: The exit status of what is found, the most serious first.
_FINDING_STATUS = {
    "damaged": DamagedChangeset.exit_status,
    "conflict": Conflicts.exit_status,
    "collision": Conflicts.exit_status,
    "open_question": OpenQuestions.exit_status,
    "policy": RefusedByPolicy.exit_status,
    "not_approved": NotApproved.exit_status,
}


@dataclass(frozen=True, slots=True)
class FolderCheck:
    """The result of `bake.check_folder`.

    Attributes:
        files: the paths of the changesets that were checked.
        findings: what was found, in the order of the files.
        approvals: who has approved those that are not applied yet, by path.
    """

    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    approvals: Mapping[str, tuple[CheckedApproval, ...]] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """6 if a file is damaged, else 4 if one cannot be applied, else 3 if it waits for people, else 0."""
        errors = {one.code for one in self.findings if one.level == "error"}
        return next((status for code, status in _FINDING_STATUS.items() if code in errors), 0)

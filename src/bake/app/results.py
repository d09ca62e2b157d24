"""The types that the functions of Bake return. All are frozen; `bake.to_dict` converts them to the JSON of commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bake.applier.undo.not_reverted import NotReverted
    from bake.catalog.values import Json
    from bake.changeset.events import Proposed
    from bake.changeset.file import Changeset
    from bake.changeset.model import Evidence, Key
    from bake.database.ledger.ledger import LedgerEntry
    from bake.database.ledger.row_changes import Action
    from bake.errors import Conflict, Location, Problem


@dataclass(frozen=True, slots=True)
class ResolveResult:
    """The result of `bake.resolve`.

    Attributes:
        changeset: the changeset with the new answers; `changeset.decisions.open` has the questions still open.
        answered: how many answers were recorded.
        warnings: sentences about answers that are valid but look wrong.
        remembered: how many answers the project remembers for later imports.
    """

    changeset: Changeset
    answered: int
    warnings: tuple[str, ...] = ()
    remembered: int = 0


@dataclass(frozen=True, slots=True)
class ProposeResult:
    """The result of `bake.propose`.

    Attributes:
        changeset: the changeset with the new proposals; `changeset.decisions.proposed` has all that wait.
        proposed: the new ones; none of those that waited already.
        warnings: sentences about proposals that are valid but look wrong.
    """

    changeset: Changeset
    proposed: tuple[Proposed, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettleResult:
    """The result of `bake.settle_proposals` and `bake.review_proposals`.

    Attributes:
        changeset: the changeset with what was decided.
        accepted: how many proposals were accepted.
        rejected: how many were rejected.
    """

    changeset: Changeset
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """The result of `bake.apply`.

    Attributes:
        changeset: the changeset with the event of its application.
        database: the label of the database: its URL without password and options.
        state: `applied`; `already applied`: nothing was written; `tried`: a dry run.
        counts: how many operations were carried out, by entity and action.
        receipt: the digest of all before- and after-images.
        skipped: how many records were left out because of open questions.
        log: the path of the log of these records; None if there are none.
        repaired: whether the file lacked the event of an earlier application, which has now been added.
        reverted: the time at which an earlier application was reverted; None if none was, or the revert was reverted.
        remarks: what should be known of it, in sentences: that the catalog has changed since the build.
    """

    changeset: Changeset
    database: str
    state: Literal["applied", "already applied", "tried"]
    counts: Mapping[str, Mapping[str, int]]
    receipt: str
    skipped: int = 0
    log: Path | None = None
    repaired: bool = False
    reverted: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of `bake.import_source`.

    Attributes:
        changeset: the changeset built from the source.
        applied: the result of applying it; None if there was nothing to apply.
        repaired: the path of an earlier changeset of this source that was applied, but whose file lacked the event,
            which has now been added; None if there is none.
    """

    changeset: Changeset
    applied: ApplyResult | None
    repaired: Path | None = None


@dataclass(frozen=True, slots=True)
class RebaseResult:
    """The result of `bake.rebase`.

    Attributes:
        changeset: the rebased changeset.
        dropped: how many operations were dropped because nothing was left to do, by reason.
        changed: how many other operations were changed.
        asked: how many questions are new.
        reopened: the ids of the questions whose answers were withdrawn.
        conflicts: the preconditions that still do not hold; checked only if no question is open.
        remarks: what should be known of it, in sentences: that the catalog has changed since the build.
    """

    changeset: Changeset
    dropped: dict[str, int]
    changed: int
    asked: int
    reopened: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def unchanged(self) -> bool:
        """Whether rebasing changed nothing."""
        return not (self.dropped or self.changed or self.asked or self.reopened)


@dataclass(frozen=True, slots=True)
class RevertResult:
    """The result of `bake.revert`.

    Attributes:
        changeset: the new changeset, which undoes the other one.
        reverts: the digest of the other one.
        changes: how many row changes of the other one the ledger has.
        left: what is not undone, and why, in the order of the changes; only the first of a long list.
        more: how many further items are not undone; the changeset's notices and skips have their records.
        repaired: whether the other one's file lacked the event of its application, which has now been added.
    """

    changeset: Changeset
    reverts: str
    changes: int
    left: tuple[NotReverted, ...]
    more: int = 0
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class AmendResult:
    """The result of `bake.amend`.

    Attributes:
        changeset: the amended changeset.
        amended: the numbers of the operations that were amended.
        fallen: how many other operations are dropped as a consequence, since they refer to a row that is not created.
        warnings: sentences about new values that are valid but look wrong.
    """

    changeset: Changeset
    amended: tuple[int, ...]
    fallen: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SealResult:
    """The result of `bake.seal`.

    Attributes:
        changeset: the sealed changeset.
        edits: the edits that were accepted, as far as they could be located.
    """

    changeset: Changeset
    edits: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The result of `bake.merge`.

    Attributes:
        changeset: the merged changeset.
        ours: how many events only the first version had.
        theirs: how many events only the second version had.
        reopened: the ids of the questions that are open again, since each version has another answer to them.
        kept: how many of `ours` the base has as well: the second version lacks them, and the merge takes none out.
        brought: how many of `theirs` the base has as well: the first version lacks them, and later ones follow them.
    """

    changeset: Changeset
    ours: int
    theirs: int
    reopened: tuple[str, ...] = ()
    kept: int = 0
    brought: int = 0


@dataclass(frozen=True, slots=True)
class GitSetup:
    """The result of `bake.install_git` and `bake.uninstall_git`.

    Attributes:
        folder: the root of the repository.
        changed: what was changed, in sentences; empty if it was so already.
    """

    folder: Path
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedChangeset:
    """A file in a folder of changesets: the changeset, or why it cannot be read."""

    path: Path
    changeset: Changeset | None
    problem: str = ""

    @property
    def state(self) -> str:
        """Its state for a list: `damaged`, `applied`, `3 open`, `ready` or `nothing to change`."""
        if self.changeset is None or self.changeset.damage:
            return "damaged"
        if self.changeset.decisions.applied:
            return "applied"
        if waiting := len(self.changeset.decisions.open):
            return f"{waiting} open"
        from bake.renderer.plan import plan_of  # here, so that `import bake` does not load the renderer

        return "ready" if plan_of(self.changeset, 0).changes else "nothing to change"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a row, with its values before and after a change."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class RowEvent:
    """One change that a changeset made to a row.

    Attributes:
        entry: the ledger's entry: time, actor, source and changeset.
        action: `create`, `update` or `delete`.
        key: the row's key after the change.
        uuid: the row's uuid; None if it has none.
        fields: the fields that changed; of a row that was created or deleted, all that were not null.
        records: the numbers of the source's records from which the change was made.
        locations: their locations in the source; empty if it is gone, has changed, or is very large.
        evidence: where the values come from, as the records said.
    """

    entry: LedgerEntry
    action: Action
    key: Key
    uuid: str | None
    fields: tuple[FieldChange, ...]
    records: tuple[int, ...]
    locations: tuple[Location, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class InitResult:
    """The result of `bake.initialise`: the database, the tables that were created, and the columns that were added."""

    database: str
    created: tuple[str, ...]
    added: tuple[str, ...] = ()

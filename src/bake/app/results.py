"""What the functions of Bake return. All of it is frozen; `bake.to_dict` makes of each what `--format json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from bake.errors import Conflicts, DamagedChangeset, OpenQuestions

if TYPE_CHECKING:
    from bake.applier.undo.not_reverted import NotReverted
    from bake.catalog.model import View
    from bake.catalog.values import Json
    from bake.changeset.file import Changeset
    from bake.changeset.model import Key
    from bake.database.history import Action
    from bake.database.ledger import LedgerEntry
    from bake.errors import Conflict, Location, OpenQuestion, Problem
    from bake.exporter.heading import Heading
    from bake.sources.manifest import Manifest


@dataclass(frozen=True, slots=True)
class ResolveResult:
    """What resolving came to.

    Attributes:
        changeset: the changeset as it is now; what is still open is in its decisions.
        answered: how many answers were recorded.
        warnings: what looks wrong about them although it fits.
        remembered: how much of what was said is remembered for the next time.
    """

    changeset: Changeset
    answered: int
    warnings: tuple[str, ...] = ()
    remembered: int = 0


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What applying came to.

    Attributes:
        changeset: the changeset as it is now.
        database: which database, as people see it.
        state: `applied`; `already applied`, and nothing was done; or `tried` (a dry run).
        counts: operations done, by entity and action.
        receipt: the digest of the before- and after-images.
        skipped: how many records were left out because of open questions.
        log: where those are.
        repaired: whether an earlier run had applied it without getting to say so in the file, which now says it.
        reverted: when an earlier application of it was undone; None if there was none, or it came back by itself.
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


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import came to.

    Attributes:
        changeset: the changeset.
        applied: what applying it did; None if there was nothing to apply.
        repaired: the changeset of an earlier import of this source, cut off before it could say so; now it does.
    """

    changeset: Changeset
    applied: ApplyResult | None
    repaired: Path | None = None


State: TypeAlias = Literal["ready", "applied", "damaged", "open", "stale"]

_STATUS: Mapping[State, int] = {
    "ready": 0,
    "applied": 0,
    "damaged": DamagedChangeset.exit_status,
    "open": OpenQuestions.exit_status,
    "stale": Conflicts.exit_status,
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a changeset is worth now.

    Attributes:
        changeset: the changeset.
        database: what it was checked against; None if that was left out.
        problems: what is wrong with the file: torn, edited, records that no operation or two of them have.
        questions: those that are open.
        conflicts: preconditions that do not hold, of what does not wait for an answer.
        entry: what the ledger says of it, if anything.
        counts: what applying would do, by entity and action.
    """

    changeset: Changeset
    database: str | None = None
    problems: tuple[Problem, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    entry: LedgerEntry | None = None
    counts: Mapping[str, Mapping[str, int]] | None = None

    @property
    def state(self) -> State:
        """What counts most: damage, then that it was applied, then open questions, then conflicts."""
        if self.problems:
            return "damaged"
        if self.entry and self.entry.state == "applied":
            return "applied"
        if self.questions:
            return "open"
        return "stale" if self.conflicts else "ready"

    @property
    def exit_status(self) -> int:
        """The exit status of the command line."""
        return _STATUS[self.state]


@dataclass(frozen=True, slots=True)
class RebaseResult:
    """What rebasing came to.

    Attributes:
        changeset: the changeset as it is now.
        dropped: operations of which nothing was left to do, by the reason.
        changed: how many operations are not what they were, and are still to be done.
        asked: new questions.
        reopened: questions whose answers were taken back.
        conflicts: what applying would be refused for all the same; looked for only where no question is open.
    """

    changeset: Changeset
    dropped: dict[str, int]
    changed: int
    asked: int
    reopened: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()

    @property
    def unchanged(self) -> bool:
        """Whether everything still held."""
        return not (self.dropped or self.changed or self.asked or self.reopened)


@dataclass(frozen=True, slots=True)
class RevertResult:
    """A changeset that undoes another one.

    Attributes:
        changeset: the changeset that undoes.
        reverts: the digest of what it undoes.
        changes: how many rows that one had changed.
        left: what is not undone, and why: the first of it, by the order of the changes.
        more: how much else is left; which records it is stands in the changeset's notices and skips.
        repaired: whether the file of that one did not say yet that it was applied; now it does.
    """

    changeset: Changeset
    reverts: str
    changes: int
    left: tuple[NotReverted, ...]
    more: int = 0
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class AmendResult:
    """What amending came to.

    Attributes:
        changeset: the changeset as it is now.
        amended: the numbers of the operations that were changed.
        fallen: how many other operations are left out since, because they need what was dropped.
        warnings: what looks wrong about the new values although they fit.
    """

    changeset: Changeset
    amended: tuple[int, ...]
    fallen: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SealResult:
    """What sealing came to: the changeset as it is now, and the edits that were accepted, as far as they are known."""

    changeset: Changeset
    edits: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ListedChangeset:
    """A file in a folder of changesets: the changeset, or why it cannot be read."""

    path: Path
    changeset: Changeset | None
    problem: str = ""

    @property
    def state(self) -> str:
        """How far it is, in a word or two."""
        if self.changeset is None or self.changeset.damage:
            return "damaged"
        if self.changeset.decisions.applied:
            return "applied"
        if waiting := len(self.changeset.decisions.open):
            return f"{waiting} open"
        from bake.renderer.plan import plan_of  # `import bake` needs none of what renders

        return "ready" if plan_of(self.changeset, 0).changes else "nothing to change"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, and both sides of what happened to it."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class RowEvent:
    """What one changeset did to one row.

    Attributes:
        entry: when, by whom, from which source, by which changeset.
        action: what it did.
        key: the row's key afterwards.
        uuid: the row's, if it has one.
        fields: what changed; of a row that was created or deleted, all that was not null.
        records: the numbers of the source's records that asked for it.
        locations: where those stand in the source, if it is still there as it was, and not very large.
    """

    entry: LedgerEntry
    action: Action
    key: Key
    uuid: str | None
    fields: tuple[FieldChange, ...]
    records: tuple[int, ...]
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class InitResult:
    """Which database was prepared, and the tables that it lacked."""

    database: str
    created: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written: the folder, the ZIP if one was asked for, and the manifest."""

    folder: Path
    archive: Path | None
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """A set that is in order: what it is called, and its manifest."""

    name: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class ViewExport:
    """What was written: the file, how many records, under which id."""

    path: Path
    view: View
    heading: Heading


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that could not be carried over: what, and of how many records; 0 if it is not about records."""

    what: str
    records: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was written: the places, how many records of each entity, and what could not be carried over."""

    paths: tuple[Path, ...]
    records: dict[str, int]
    lost: tuple[Lost, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value in which two versions of a changeset differ.

    Attributes:
        path: where it is: a field that is written, `expects FIELD`, `waits for FIELD`, `action`; or a part of a header.
        kind: `added` and `removed` where only one version has a value there, which may be null.
        before: in the one; None if it has none.
        after: in the other; None if it has none.
    """

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class ChangedOperation:
    """An operation that two versions of a changeset have for the same row, and differently."""

    entity: str
    key: Key
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one version of a changeset to another.

    Attributes:
        before: the one.
        after: the other.
        header: what differs in what they were built from, and how.
        added: what only the second one does, as entity and key.
        removed: what only the first one does.
        changed: what both do to one row, differently.
        skipped: how many records are skipped, by entity and reason, where that differs.
        opened: the questions that are open only in the second one, in words.
        closed: those that are open only in the first one.
    """

    before: Changeset
    after: Changeset
    header: tuple[Difference, ...] = ()
    added: tuple[tuple[str, str, Key], ...] = ()
    removed: tuple[tuple[str, str, Key], ...] = ()
    changed: tuple[ChangedOperation, ...] = ()
    skipped: tuple[Difference, ...] = ()
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both come to the same."""
        differs = (
            self.header or self.added or self.removed or self.changed or self.skipped or self.opened or self.closed
        )
        return not differs

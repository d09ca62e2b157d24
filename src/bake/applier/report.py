"""What an application did, or why it did nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from bake.applier.written_rows import WrittenRows
from bake.changeset.model import Change, Create, Delete, Json, Key, Row, Update, Uuids
from bake.database.ledger.row_changes import Action, RowChange
from bake.errors import Conflict, NotProven

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written, or what stood against it.

    Attributes:
        counts: operations done, by entity and action.
        receipt: the digest of all before- and after-images, in the order of writing.
        conflicts: the preconditions that failed; with any, nothing may be committed.
    """

    counts: Mapping[str, Mapping[str, int]]
    receipt: str
    conflicts: tuple[Conflict, ...] = ()


#: The pointer of a row itself.
_OWN = frozenset(("",))

_ACTIONS: Mapping[type[Change], Action] = {Create: "create", Update: "update", Delete: "delete"}


def _not_kept(_change: RowChange) -> None:
    """What becomes of the changes of rows where nobody wants them."""


@dataclass(slots=True)
class Report:
    """Gathers the outcome while operations are carried out.

    Attributes:
        keep: is told what happened to each row, as it happens.
        written: which operation wrote which row.
        idle: how many updates only expect something, and write nothing.
    """

    keep: Callable[[RowChange], None] = _not_kept
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    written: WrittenRows = field(default_factory=partial(WrittenRows, kept=False))
    idle: int = 0
    _sha: hashlib._Hash = field(default_factory=hashlib.sha256)

    def done(
        self,
        operations: Sequence[Change],
        before: Sequence[Row | None],
        after: Sequence[Row | None],
        uuids: Sequence[str | None],
        *,
        whole: Sequence[Row] | None = None,
        renamed: Sequence[Key | None] | None = None,
        named: Sequence[Uuids] | None = None,
        created: Sequence[Uuids] | None = None,
    ) -> None:
        """Operations of one kind on rows of one entity were carried out, in this order.

        Args:
            operations: which, at least one.
            before: the images before, references as keys.
            after: the images after.
            uuids: the rows', if they have one.
            whole: the images that are kept of rows that were created or deleted: also the fields that the operations do
                not name. They are not part of the receipt: defaults such as the time differ from database to database.
            renamed: the keys afterwards of rows that were updated, where those are others.
            named: the uuids of the rows that references of the images before name, by JSON pointer.
            created: those of rows that were created with them, which references of the images after name.
        """
        action, entity = _ACTIONS[type(operations[0])], operations[0].entity
        counts = self.counts.setdefault(entity, {})
        counts[action] = counts.get(action, 0) + len(operations)
        keys = [operation.key for operation in operations]
        told = [(action, entity, *one) for one in zip(keys, before, after, strict=True)]
        self._sha.update(_ENCODER.encode_lines(told))
        if whole is not None:
            before, after = (before, whole) if action == "create" else (whole, after)
        names = renamed or [None] * len(keys)
        nameds: Sequence[Uuids] = named or [{}] * len(keys)
        news: Sequence[Uuids] = created or [{}] * len(keys)
        told_of = zip(operations, keys, names, uuids, before, after, nameds, news, strict=True)
        for operation, key, name, uuid, was, becomes, meant, new in told_of:
            self.keep(
                RowChange(
                    n=operation.n,
                    action=action,
                    entity=entity,
                    key=key,
                    renamed=name,
                    uuid=uuid,
                    before=was,
                    after=becomes,
                    records=operation.from_,
                    uuids=meant,
                    uuids_after={**_referred(operation), **new},
                    evidence=() if isinstance(operation, Delete) else operation.evidence,
                )
            )

    def conflict(
        self,
        operation: Change,
        kind: str,
        name: str | None = None,
        *,
        key: Key | None = None,
        expected: Json = None,
        found: Json = None,
        detail: str = "",
    ) -> None:
        """A precondition of an operation failed."""
        self.conflicts.append(
            Conflict(kind, operation.n, operation.entity, key or operation.key, name, expected, found, detail)
        )

    def account_for(self, operations: int) -> None:
        """Check that each of so many operations was carried out, unless there are conflicts.

        Raises:
            NotProven: some were neither carried out nor reported.
        """
        done = self.idle + sum(sum(counts.values()) for counts in self.counts.values())
        if not self.conflicts and done != operations:
            raise NotProven(f"{done} of {operations} operations were carried out; nothing was kept")

    def outcome(self) -> Outcome:
        """All of it."""
        return Outcome(self.counts, "sha256:" + self._sha.hexdigest(), tuple(self.conflicts))


def _referred(operation: Change) -> Uuids:
    """The uuids of the rows that the references mean which an operation writes."""
    if operation.uuids.keys() <= _OWN or isinstance(operation, Delete):
        return {}
    return {path: uuid for path, uuid in operation.uuids.items() if path}

"""What an application did, or why it did nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from bake.applier.report import Outcome
from bake.changeset.model import Change, Create, Delete, Json, Key, Row, Update, Uuids
from bake.database.history import Action, RowChange
from bake.errors import Conflict

_ENCODER = msgspec.json.Encoder(decimal_format="number")


_ACTIONS: Mapping[type[Change], Action] = {Create: "create", Update: "update", Delete: "delete"}


def _not_kept(_change: RowChange) -> None:
    """What becomes of the changes of rows where nobody wants them."""


@dataclass(slots=True)
class Report:
    """Gathers the outcome while operations are carried out.

    Attributes:
        keep: is told what happened to each row, as it happens.
    """

    keep: Callable[[RowChange], None] = _not_kept
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    _sha: hashlib._Hash = field(default_factory=hashlib.sha256)

    def done(
        self,
        operation: Change,
        before: Row | None,
        after: Row | None,
        *,
        uuid: str | None,
        whole: Row | None = None,
        renamed: Key | None = None,
        uuids: Uuids | None = None,
    ) -> None:
        """An operation was carried out.

        Args:
            operation: which.
            before: its image before, references as keys.
            after: its image after.
            uuid: the row's, if it has one.
            whole: the image that is kept of a row that was created or deleted: also the fields that the operation does
                not name. They are not part of the receipt: defaults such as the time differ from database to database.
            renamed: the key afterwards of a row that was updated.
            uuids: those of the rows that references of the image before name, by JSON pointer.
        """
        names = None if renamed is None or renamed == operation.key else [renamed]
        self.all_done(
            [operation],
            [before],
            [after],
            [uuid],
            whole=None if whole is None else [whole],
            renamed=names,
            named=[uuids or {}],
        )

    def all_done(
        self,
        operations: Sequence[Change],
        before: Sequence[Row | None],
        after: Sequence[Row | None],
        uuids: Sequence[str | None],
        *,
        whole: Sequence[Row] | None = None,
        renamed: Sequence[Key] | None = None,
        named: Sequence[Uuids] | None = None,
    ) -> None:
        """Operations of one kind on rows of one entity were carried out, in this order; for each, what `done` says."""
        if not operations:
            return
        action, entity = _ACTIONS[type(operations[0])], operations[0].entity
        counts = self.counts.setdefault(entity, {})
        counts[action] = counts.get(action, 0) + len(operations)
        keys = [operation.key for operation in operations]
        told = [(action, entity, *one) for one in zip(keys, before, after, strict=True)]
        self._sha.update(_ENCODER.encode_lines(told))
        if whole is not None:
            before, after = (before, whole) if action == "create" else (whole, after)
        names: Sequence[Key | None] = renamed or [None] * len(keys)
        nameds: Sequence[Uuids] = named or [{}] * len(keys)
        told_of = zip(operations, keys, names, uuids, before, after, nameds, strict=True)
        for operation, key, name, uuid, was, becomes, meant in told_of:
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
                    uuids_after={path: uuid for path, uuid in operation.uuids.items() if path}
                    if action != "delete"
                    else {},
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

    def outcome(self) -> Outcome:
        """All of it."""
        return Outcome(self.counts, "sha256:" + self._sha.hexdigest(), tuple(self.conflicts))

"""What an application did, or why it did nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from bake.changeset.model import Change, Json, Key, Row
from bake.errors import Conflict

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


@dataclass(slots=True)
class Report:
    """Gathers the outcome while operations are carried out."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    _sha: hashlib._Hash = field(default_factory=hashlib.sha256)

    def done(self, operation: Change, before: Row | None, after: Row | None) -> None:
        """An operation was carried out: its images, references as keys."""
        action = type(operation).__name__.lower()
        counts = self.counts.setdefault(operation.entity, {})
        counts[action] = counts.get(action, 0) + 1
        self._sha.update(_ENCODER.encode([action, operation.entity, operation.key, before, after]) + b"\n")

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

"""A changeset in a few lines: what it would do, counted, and what should be read before it is applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from bake.changeset.file import Changeset
from bake.changeset.model import Counts
from bake.renderer.document_builder import Gathering, noticed
from bake.renderer.document_parts import Listing, Noticed, Summary, Warned
from bake.renderer.selection import Selection

#: How many warnings and how many notices a summary shows.
SHOWN = 3


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What would happen to the rows of one entity, and to how many records nothing happens."""

    create: int = 0
    update: int = 0
    delete: int = 0
    unchanged: int = 0
    skipped: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a changeset, as it is now, would do.

    Attributes:
        counts: by entity.
        warnings: those that matter most, and how many there are.
        notices: the first of them, and how many there are.
        codes: how many warnings there are of each code.
        leaves_out: whether a notice says that something of the source was not taken.
    """

    counts: dict[str, Planned]
    warnings: Listing[Warned]
    notices: Listing[Noticed]
    codes: Counter[str]
    leaves_out: bool

    @property
    def changes(self) -> int:
        """How many rows would be created, updated or deleted."""
        return sum(one.create + one.update + one.delete for one in self.counts.values())

    @property
    def deletes(self) -> int:
        """How many rows would be deleted."""
        return sum(one.delete for one in self.counts.values())

    @property
    def is_as_the_source_says(self) -> bool:
        """Whether every record was compared with its row and found equal, and nothing of any was left out."""
        left = self.changes + sum(one.skipped for one in self.counts.values())
        return not (left or self.leaves_out) and any(one.unchanged for one in self.counts.values())


def plan_of(file: Changeset, limit: int | None = SHOWN) -> Plan:
    """The plan of a changeset.

    Most operations are never looked at: a build has counted them, and as long as nothing has been decided since, only
    those are read that have warnings or skip something.

    Args:
        file: the changeset.
        limit: how many warnings and notices to hold; None for all.
    """
    as_built = file.built is not None and not file.decisions.change_anything
    gathering = Gathering(limit)
    for operation in file.warned_or_skipped() if as_built else file.effective():
        gathering.add(operation)
    changes = file.built.counts if file.built and as_built else gathering.counts
    warnings, notices = gathering.warnings, file.built.notices if file.built else ()
    return Plan(
        counts=_counts(changes, gathering.summary()),
        warnings=warnings.listing(),
        notices=noticed(file, Selection(limit=limit)),
        codes=warnings.codes,
        leaves_out=any(notice.code not in _TAKEN for notice in notices),
    )


def _counts(changes: Counts, gathered: Iterable[Summary]) -> dict[str, Planned]:
    """The counts by entity: its changes, and what was gathered of its skips."""
    skips = {row.entity: row for row in gathered}
    counts = {}
    for entity in {**changes, **skips}:
        row, actions = skips.get(entity) or Summary(entity=entity), changes.get(entity, {})
        done = {name: actions.get(name, 0) for name in _CHANGES}
        counts[entity] = Planned(**done, unchanged=row.unchanged, skipped=row.skip - row.unchanged)
    return counts


_CHANGES = ("create", "update", "delete")
#: Notices of how records were understood; all other notices say that something of the source was not taken.
_TAKEN = frozenset(
    {
        *("applied_before", "reverted_before", "read_as", "record_count"),
        *("matched_by_id", "id_differs", "uuid_unknown", "normalised"),
    }
)

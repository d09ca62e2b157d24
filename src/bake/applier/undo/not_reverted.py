"""What a revert leaves as it is, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappush, heappushpop
from typing import Literal, NamedTuple, TypeAlias

from bake.applier.current_rows import CurrentRows
from bake.catalog.row import Row
from bake.catalog.values import Json
from bake.changeset.model import Key, Runs, Skip
from bake.changeset.runs import RunBuilder
from bake.changeset.skips import Skipped, Skips
from bake.database.ledger.row_changes import RowChange

Why: TypeAlias = Literal["kept", "blocked", "undone"]

#: Of how many things that are left all is told; of the others, which records they are.
LISTED = 1000


class Reason(NamedTuple):
    """Why something is left: a field of a row, or the whole row."""

    why: Why
    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class NotReverted:
    """Something that is not undone.

    Attributes:
        record: which of the changes, counted from 0.
        why: `kept`, because it was edited since; `blocked`, because something else stands against it; `undone`,
            because it is as before already.
        entity: the kind of row.
        key: the row.
        field: which field; None for the whole row.
        recorded: what the changeset left there.
        found: what is there now.
        reason: in words.
    """

    record: int
    why: Why
    entity: str
    key: Key
    reason: str
    field: str | None = None
    recorded: Json = None
    found: Json = None


@dataclass(frozen=True, slots=True)
class MoreNotReverted:
    """What else is left, in one word and by its records: there is too much of it to tell of each."""

    why: Why
    entity: str
    field: str | None
    records: Runs


class NotRevertedRows:
    """Gathers what is left; the changes of which nothing is undone become skips.

    Attributes:
        more: how many things are left beyond those that are told of.
    """

    def __init__(self, present: CurrentRows) -> None:
        self.more = 0
        self._present = present
        self._told: list[tuple[int, int, NotReverted]] = []
        self._further: dict[tuple[Why, str, str | None], RunBuilder] = {}
        self._skips = Skips()
        self._count = 0

    def leave(self, record: int, change: RowChange, reasons: Sequence[Reason], row: Row | None = None) -> None:
        """Leave some of a change, the rest of it is undone.

        Args:
            record: its number.
            change: the change.
            reasons: of what is left, each field or the whole row.
            row: as it is now, to tell what is there.
        """
        for reason in reasons:
            left = NotReverted(record, reason.why, change.entity, change.key_after, reason.text, reason.field)
            self._note(left, change, row)

    def skip(self, record: int, change: RowChange, reasons: Sequence[Reason], row: Row | None = None) -> None:
        """Leave a change whole, for the first of these reasons."""
        self.leave(record, change, reasons, row)
        self._skips.add(change.entity, f"{reasons[0].why}: {reasons[0].text}", record, record)

    def told(self) -> tuple[NotReverted, ...]:
        """The first things that are left, by their records."""
        return tuple(left for _, _, left in sorted(self._told, reverse=True))

    def further(self) -> Iterator[MoreNotReverted]:
        """The others."""
        for (why, entity, field), records in self._further.items():
            yield MoreNotReverted(why, entity, field, records.runs())

    def full_skips(self) -> Iterator[Skip]:
        """Skips that can be written already; not numbered yet."""
        return map(_skip, self._skips.full())

    def skips(self) -> Iterator[Skip]:
        """All other skips."""
        return map(_skip, self._skips.rest())

    def _note(self, left: NotReverted, change: RowChange, row: Row | None) -> None:
        self._count += 1
        position = -left.record, -self._count
        if len(self._told) < LISTED:
            heappush(self._told, (*position, self._sides(left, change, row)))
            return
        self.more += 1
        if position > self._told[0][:2]:
            left = heappushpop(self._told, (*position, self._sides(left, change, row)))[2]
        self._further.setdefault((left.why, left.entity, left.field), RunBuilder()).add(left.record)

    def _sides(self, left: NotReverted, change: RowChange, row: Row | None) -> NotReverted:
        """Of a field, what was recorded and what is there."""
        if left.field is None:
            return left
        found = row.values.get(left.field) if row is not None else None
        named = self._present.named(left.entity, left.field, found)
        return replace(left, recorded=(change.after or {}).get(left.field), found=named)


def _skip(skipped: Skipped) -> Skip:
    entity, reason, runs = skipped
    return Skip(n=0, entity=entity, reason=reason, from_=runs)

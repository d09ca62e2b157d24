"""The results of matching a record: which row it is about (`bake.compiler.matching.record_matching` finds it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from bake.catalog.row import Row
from bake.changeset.model import Key
from bake.compiler.reading.binding import Binding, Reading
from bake.compiler.reading.column_decisions import ColumnDecision


class Existing(msgspec.Struct, frozen=True):
    """The record is about this row."""

    row: Row


class Equal(Existing, frozen=True):
    """The record has no key, and equals this row (`bake.compiler.matching.equal_rows`).

    `sole` says whether neither the row nor the record has another one that equals it.
    """

    sole: bool = True


class New(msgspec.Struct, frozen=True):
    """The record is about a row that the database does not have."""


class Near(New, frozen=True):
    """The record has no key, and equals rows in all that is compared but for one field (`matching.near_rows`).

    Attributes:
        fields: the field in which they differ, or those of which it is not known what the record says there.
        gap: whether it is not known.
        rows: those rows.
        is_clear: whether it is clear which row it is about, if it is not new: the only one of `rows`.
        problem: the question.
    """

    fields: tuple[str, ...]
    gap: bool
    rows: tuple[Row, ...]
    is_clear: bool
    problem: str = ""


class Varied(New, frozen=True):
    """Which row the record is about hangs on how columns are read (`bake.compiler.matching.matching_by_option`).

    Attributes:
        decisions: how columns of the source are read that can be read in several ways.
        own: those that are about texts of the record itself.
        ways: by the options that are chosen, one for each of `decisions`: how it is read then, and what it is about.
        otherwise: the same, where a value is given to it by itself.
        for_all: whether others are about its row by other options.
    """

    decisions: tuple[ColumnDecision, ...]
    own: tuple[ColumnDecision, ...]
    ways: Mapping[tuple[str, ...], tuple[Reading, Identity]]
    otherwise: tuple[Reading, Identity]
    for_all: bool


class Doubtful(msgspec.Struct, frozen=True):
    """The record may be about one of these rows, or a new one: the question of kind `identity`."""

    rows: tuple[Row, ...]
    problem: str


class SharedDoubt(Doubtful, frozen=True):
    """The same for a reason that other records have, too, with at most one row: one decision for all of these."""


Identity: TypeAlias = Existing | New | Doubtful


class DeferredRecord(NamedTuple):
    """A record that had to wait for the others: how it is read, what it says, and which row it is about."""

    binding: Binding
    reading: Reading
    identity: Identity


def lookup_of(reading: Reading) -> Key:
    """What a record says of its own row."""
    return {**reading.fields, **reading.lookups}

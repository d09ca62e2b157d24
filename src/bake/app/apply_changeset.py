"""Carrying out a changeset as it is now: the ground of its answers first, then every precondition of its operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from bake.app.progress import Tell, counted, silent
from bake.applier.apply import carry_out
from bake.applier.report import Outcome
from bake.catalog.model import Catalog
from bake.changeset.effects import created_number
from bake.changeset.file import Changeset
from bake.compiler.context import Distinct, DistinctRowResolver, RowResolver, nothing_distinct
from bake.compiler.stale_answers import stale_answers
from bake.database.history import RowChange
from bake.database.snapshot import DatabaseSnapshot
from bake.errors import Conflict


def apply_changeset(
    file: Changeset,
    connection: sa.Connection,
    catalog: Catalog,
    keep: Callable[[RowChange], None] | None = None,
    *,
    distinct: Distinct = nothing_distinct,
    tell: Tell = silent,
) -> Outcome:
    """Check and write all that a changeset has become, within the connection's transaction.

    Args:
        file: the changeset; nothing in it waits for an answer.
        connection: in a transaction that writes; the caller rolls it back if there are conflicts.
        catalog: the entities.
        keep: is told what happened to each row, as it happens; to be forgotten with the transaction.
        distinct: rows that lookups do not mean, although they look like it.
        tell: is told how many operations have been taken up.

    Raises:
        NotProven: a row, read again after writing, is not what was written.
    """
    lost_ground = tuple(
        _stale_creations(file, DistinctRowResolver(catalog, DatabaseSnapshot(connection, catalog), distinct))
    )
    operations = counted(file.effective(), lambda done: tell("applying", done, file.total))
    outcome = carry_out(operations, connection, catalog, keep)
    return replace(outcome, conflicts=(*lost_ground, *outcome.conflicts))


def _stale_creations(file: Changeset, known: RowResolver) -> Iterator[Conflict]:
    """Rows that answers create, and that others have created since under the name that was asked about."""
    for lost in stale_answers(known, file.decisions):
        question = lost.question
        named = ", ".join(map(str, (question.lookup or {}).values()))
        yield Conflict(
            kind="exists",
            operation=created_number(file.total, question.id),
            entity=question.entity,
            key=lost.candidates[0].key,
            expected=question.lookup,
            detail=f"{question.id} was answered when nobody was called {named}; bake changeset rebase asks it again",
        )

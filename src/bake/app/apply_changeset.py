"""Carries out a changeset: checks that its answers are still valid, then checks and writes its operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from bake.app.progress import Tell, counted, silent
from bake.applier.apply import carry_out
from bake.applier.report import Outcome
from bake.catalog.model import Catalog
from bake.changeset.accepted import accepted_proposals
from bake.changeset.effects import created_number
from bake.changeset.file import Changeset
from bake.compiler.answers.stale_answers import stale_answers
from bake.compiler.rows.row_resolver import Distinct, DistinctRowResolver, RowResolver, nothing_distinct
from bake.database.ledger.row_changes import RowChange
from bake.database.reading.snapshot import DatabaseSnapshot
from bake.errors import Conflict


def apply_changeset(
    file: Changeset,
    connection: sa.Connection,
    catalog: Catalog,
    keep: Callable[[RowChange], None] | None = None,
    *,
    distinct: Distinct = nothing_distinct,
    tell: Tell = silent,
    rehearse: bool = False,
) -> Outcome:
    """Check and write the effective operations of a changeset, within the connection's transaction.

    Args:
        file: the changeset; no operation may wait for an answer.
        connection: a connection in a transaction that writes; the caller rolls it back if there are conflicts.
        catalog: the entities.
        keep: called with each change of a row as it is written; void if the transaction is rolled back.
        distinct: gives the keys (`repr`) of the rows that a lookup does not mean, according to earlier answers.
        tell: called with the number of operations carried out so far.
        rehearse: whether to write nothing (`bake.database.writing.rehearsal`); then the transaction may only read.

    Returns:
        The counts of what was written, the receipt, and all conflicts, those of answers first.

    Raises:
        NotProven: a row does not read back as written.
    """
    stale = tuple(_stale_creations(file, DistinctRowResolver(catalog, DatabaseSnapshot(connection, catalog), distinct)))
    evidenced = accepted_proposals(file).evidenced(file.effective())
    operations = counted(evidenced, lambda done: tell("applying", done, file.total))
    outcome = carry_out(operations, connection, catalog, keep, rehearse=rehearse)
    return replace(outcome, conflicts=(*stale, *outcome.conflicts))


def _stale_creations(file: Changeset, known: RowResolver) -> Iterator[Conflict]:
    """A conflict for each answer that creates a row for a lookup that names a row of the database by now."""
    for stale in stale_answers(known, file.decisions):
        question = stale.question
        named = ", ".join(map(str, (question.lookup or {}).values()))
        yield Conflict(
            kind="exists",
            operation=created_number(file.total, question.id),
            entity=question.entity,
            key=stale.candidates[0].key,
            expected=question.lookup,
            detail=f"{question.id} was answered when nobody was called {named}; bake changeset rebase asks it again",
        )
